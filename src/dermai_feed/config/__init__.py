"""The configuration: what people wrote, checked as a whole, as one frozen `Config`.

::

    positions   bytes -> text values, each with its line
    schemas     text values -> typed values, by the classes in `written` and `..rules`
    load        all files together -> Config, or every mistake at once (C-01)
    show, edit  back to text: for people, and into the file with its comments kept
    listing     sources for other programs
    save        that text into the file, whole or not at all
"""

from .addresses import filled
from .edit import append_source, set_source
from .listing import as_json
from .load import load
from .save import read_text, replace_text
from .schemas import schemas
from .show import show
from .values import Config, Files
from .weights import weights_text

__all__ = [
    "Config", "Files", "append_source", "as_json", "filled", "load", "read_text", "replace_text", "schemas",
    "set_source", "show", "weights_text",
]  # fmt: skip
