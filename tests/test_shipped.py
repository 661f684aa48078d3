"""What comes with the program reaches the person who starts it."""

from __future__ import annotations

import pytest

from dermai_feed.config import load
from dermai_feed.errors import UsageError
from dermai_feed.shipped import init, shipped_config, shipped_seeds


def test_shipped_files_are_found(root):
    """In a checkout the shipped files are the checkout's own."""
    assert shipped_config() == root / "config" / "dermai-feed.yaml"
    assert shipped_seeds() == root / "seeds"


def test_init_writes_a_configuration_that_loads(tmp_path):
    """An empty place becomes one from which the program starts."""
    written = init(tmp_path / "new")
    assert all(path.is_file() for path in written)
    config = load(tmp_path / "new" / "config" / "dermai-feed.yaml", {})
    assert config.corpus == tmp_path / "new" / "corpus"
    seeds = sorted(path.name for path in (tmp_path / "new" / "seeds").iterdir())
    assert seeds == sorted(path.name for path in shipped_seeds().iterdir())


def test_init_overwrites_nothing(tmp_path):
    """What an editor has changed stays, what is missing is added."""
    first = init(tmp_path)
    mine = tmp_path / "config" / "sources.yaml"
    mine.write_text("mine", encoding="utf-8")
    gone = tmp_path / "config" / "triage.yaml"
    gone.unlink()
    assert init(tmp_path) == (gone,)
    assert mine.read_text(encoding="utf-8") == "mine"
    assert len(first) > 10


def test_init_into_a_file_is_told(tmp_path):
    """A place that is a file is named, and nothing is written."""
    (tmp_path / "config").write_text("a file", encoding="utf-8")
    with pytest.raises(UsageError, match=r"config is not a folder; choose another place"):
        init(tmp_path)


def test_init_where_nothing_can_be_written_is_told(tmp_path):
    """A path below a file cannot be made, and the message says which."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="choose a folder that you may write to"):
        init(tmp_path / "file" / "below")
