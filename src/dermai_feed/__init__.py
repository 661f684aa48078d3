"""dermai_feed: a curated, de-duplicated corpus of dermatology-AI news and literature."""

__version__ = "0.1.0"
