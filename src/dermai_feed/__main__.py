"""`python -m dermai_feed` is `dermai-feed`."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="dermai-feed")
