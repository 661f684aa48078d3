"""What a good configuration becomes."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from dermai_feed import __version__
from dermai_feed.config import Config, load
from dermai_feed.config.written import FetchSection, ParseSection, ScheduleSection, SettingsFile, SourceBlock
from dermai_feed.model import FetchSettings, ParseLimits, Provider, Source
from dermai_feed.schedule import Policy

HOUR = 3600.0


def test_values_end_where_they_are_used(setup):
    """What the files say stands in the values that the parts of the program take."""
    config = setup.load()
    assert config.fetch.deadline == 20
    assert config.fetch.user_agent == f"dermai_feed/{__version__} (+https://editors.example.net/contact)"
    assert config.digest.zone == "Europe/Berlin"
    assert config.providers.providers == (Provider(name="A journal", domain="journal.example.net", tier="primary"),)
    assert config.providers.tracking_by_domain == {"journal.example.net": ("ref",)}
    journal = config.sources[1]
    assert (journal.id, journal.kind, journal.interval, journal.needs_filter) == ("journal", "rss", 6 * HOUR, False)
    assert journal.topics == ("AI", "Skin cancer")
    assert journal.where == f"{setup.sources}:9"
    assert not config.warnings


def test_1_2_defaults_are_those_of_the_values(setup):
    """What is not written has the default of RELIABILITY 1.2, which stands in one place only."""
    setup.settings.write_text("fetch: {contact: editor@example.net}\n", encoding="utf-8")
    config = setup.load()
    assert config.parse == ParseLimits()
    assert config.policy == Policy()
    assert config.fetch == FetchSettings(user_agent=f"dermai_feed/{__version__} (+mailto:editor@example.net)")
    assert config.sources[0].interval == HOUR
    assert config.busy == 10


@pytest.mark.parametrize(
    ("section", "value", "besides"),
    [
        (FetchSection, FetchSettings, {"contact", "user_agent"}),
        (ParseSection, ParseLimits, set()),
        (ScheduleSection, Policy, {"interval"}),
        (SourceBlock, Source, {"where"}),
    ],
)
def test_every_field_can_be_written(section, value, besides):
    """A field of a value and a key of the file are the same word, so none is forgotten."""
    assert {f.name for f in fields(value)} ^ set(section.model_fields) == besides


def test_c06_paths_start_from_the_file(setup, tmp_path):
    """Relative paths mean the same from whatever folder the program is started in."""
    there = Path.cwd()
    try:
        os.chdir("/")
        config = setup.load()
        os.chdir(setup.folder)
        assert load(Path("dermai-feed.yaml"), {"JOURNAL_KEY": "marker-s3cret"}).corpus == config.corpus
    finally:
        os.chdir(there)
    assert config.corpus == tmp_path / "corpus"
    assert config.state == tmp_path / "state"
    assert config.base == setup.folder
    assert config.database == f"sqlite:///{tmp_path}/state/dermai.sqlite"


def test_c06_home_folder_is_expanded(setup, monkeypatch, tmp_path):
    """`~` is the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    setup.replace("dermai-feed.yaml", "../corpus", "~/corpus")
    assert setup.load().corpus == tmp_path / "home" / "corpus"


@pytest.mark.parametrize(
    "scalar",
    [
        "no", "yes", "on", "off", "y", "n", "true", "False", "~", "null", "Null", "12:30", "12:30:45", "010", "0x1f",
        "0o17",        "1e3", "1_000", "1.10", ".5", "+1", "-0", ".inf", ".nan", "=", "<<", "2020-03-31", "2020-02-30",
        "2020-03-31T04:04:00Z", "123", "0", "1.", "0b1", "190:20:30.15", "NaN",
    ],
)  # fmt: skip
def test_c04_scalars_are_the_text_that_was_written(setup, scalar):
    """None of the 35 spellings that YAML 1.1 turns into something else is touched."""
    setup.replace("sources.yaml", "name: A journal", f"name: {scalar}")
    assert setup.load().sources[1].name == scalar


def test_c05_secrets_come_from_the_environment(setup):
    """`${NAME}` in a header is the variable NAME, and the secret shows in no text of the configuration."""
    config = setup.load()
    assert config.sources[1].headers == (("X-Api-Key", "marker-s3cret"),)
    assert "marker-s3cret" not in repr(config)


def test_c05_database_password_comes_from_the_environment(setup):
    """A PostgreSQL address takes its password from the environment and names the driver."""
    url = "postgresql://dermai:${DB_PASSWORD}@db.example.net/dermai"
    setup.replace("dermai-feed.yaml", "digest:", f"store:\n  database: {url}\ndigest:")
    config = setup.load({"JOURNAL_KEY": "x", "DB_PASSWORD": "marker-pw"})
    assert config.database == "postgresql+psycopg://dermai:marker-pw@db.example.net/dermai"
    assert "marker-pw" not in repr(config)


def test_missing_secret_of_a_disabled_source_is_no_mistake(setup):
    """What is not asked needs no key."""
    setup.replace("sources.yaml", "interval: 6h", "interval: 6h\n    enabled: false")
    assert setup.load({}).sources[1].enabled is False


def test_disabled_source_may_be_of_an_unknown_kind(setup):
    """A source that only a later version can read may stay in the file."""
    setup.replace("sources.yaml", "name: Dead\n    kind: rss", "name: Dead\n    kind: telepathy")
    assert setup.load().sources[2].kind == "telepathy"


def test_one_address_may_be_asked_two_questions(setup):
    """Interfaces have one address for everything: what tells their sources apart are the options."""
    place = 'url: ""\n    enabled: false'
    setup.replace("sources.yaml", place, "url: https://journal.example.net/feed\n    options: {term: mole}")
    assert setup.load().sources[2].options == {"term": "mole"}


def test_kinds_are_not_checked_when_none_are_given(setup):
    """Without a list of kinds every kind is taken."""
    setup.replace("sources.yaml", "kind: rss\n    url: https", "kind: telepathy\n    url: https")
    assert load(setup.settings, {"JOURNAL_KEY": "x"}).sources[1].kind == "telepathy"


def _hash(setup) -> str:
    return setup.load().hash


def test_hash_tells_results_apart_and_nothing_else(setup, tmp_path):
    """Comments, a moved folder and another key leave the hash; another source, word or limit changes it."""
    first = _hash(setup)
    setup.replace("sources.yaml", "# the journal asks for a key", "# a comment\n\n  # of two lines")
    setup.replace("dermai-feed.yaml", "../corpus", "../elsewhere")
    assert setup.load({"JOURNAL_KEY": "another"}).hash == first
    setup.replace("dermai-feed.yaml", "Europe/Berlin", "Europe/Paris")
    assert _hash(setup) != first
    setup.replace("dermai-feed.yaml", "Europe/Paris", "Europe/Berlin")
    assert _hash(setup) == first
    setup.replace("providers.yaml", "[utm_*]", "[utm_*, mc_*]")
    assert _hash(setup) != first
    setup.replace("providers.yaml", "[utm_*, mc_*]", "[utm_*]")
    setup.replace("sources.yaml", "journal.example.net/feed", "journal.example.net/atom")
    assert _hash(setup) != first


def test_f22_default_contact_is_warned_of(setup):
    """As long as the contact is the shipped one, a start says where to change it."""
    setup.replace("dermai-feed.yaml", "https://editors.example.net/contact", "https://example.org/contact")
    (warning,) = setup.load().warnings
    assert warning.startswith(f"{setup.settings}:5: fetch.contact")


def test_interval_below_the_floor_is_warned_of(setup):
    """An interval that cannot be kept is said, with the one that counts."""
    setup.replace("sources.yaml", "interval: 6h", "interval: 5m")
    (warning,) = setup.load().warnings
    assert warning.startswith(f"{setup.sources}:13: sources.1.interval")
    assert "15m" in warning


def test_byte_order_mark_is_no_part_of_the_file(setup):
    """A file saved with a byte order mark reads as one without."""
    setup.settings.write_bytes(b"\xef\xbb\xbf" + setup.settings.read_bytes())
    assert setup.load().fetch.deadline == 20


def test_empty_settings_file_is_all_defaults(setup):
    """A settings file that says nothing is good, except that nobody can be reached."""
    setup.settings.write_text("# nothing\n", encoding="utf-8")
    config = setup.load()
    assert isinstance(config, Config)
    assert len(config.warnings) == 1
    assert config.digest.zone == SettingsFile().digest.zone


def test_proxy_and_private_hosts_are_handed_on(setup):
    """A proxy may take its password from the environment; private hosts are exact pairs (H2)."""
    setup.replace(
        "dermai-feed.yaml", "deadline: 20s",
        "allow_hosts: [127.0.0.1:8099, '[::1]:80']\n  proxy: http://me:${PROXY_PW}@proxy.example.net:3128",
    )  # fmt: skip
    fetch = setup.load({"JOURNAL_KEY": "x", "PROXY_PW": "pw"}).fetch
    assert fetch.allow_hosts == ("127.0.0.1:8099", "[::1]:80")
    assert fetch.proxy == "http://me:pw@proxy.example.net:3128"
