"""The demonstration's world: two months of invented news, served on loopback at any moment.

People, hospitals, companies, journals and domains are fictional (`.example`, RFC 2606; DOIs
under 10.5555, which Crossref keeps for examples).

::

    news/*.yaml   what each source says, and when; what goes wrong with it, and when
    script        reads those files
    render        a source at a moment -> the bytes of its feed
    server        answers requests on loopback as of the simulated time
    world         the weeks, the configuration for them, the server
"""

from .world import Served, World

__all__ = ["Served", "World"]
