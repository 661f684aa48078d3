"""Items that may belong together share a key; what cannot be compared does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dermai_feed.matching import blocking, keys, minhash
from dermai_feed.matching.wording import shingles
from dermai_feed.model import Identifier, Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]


def test_paper_and_article_share_the_papers_doi(weights: MatchWeights, news: Make, record: Make) -> None:
    """An article that links to a DOI meets the paper under the same identifier key."""
    paper = record("Predicting the management of lesions", id="p", doi="10.5555/x.1")
    article = news("Computers decide", links=("https://doi.org/10.5555/X.1",))
    assert "id:doi:10.5555/x.1" in keys(paper, weights) & keys(article, weights)


def test_an_article_meets_the_page_it_links_to(weights: MatchWeights, news: Make) -> None:
    """Outgoing links are keys of the same form as own addresses."""
    page = news("Original", site="a.example")
    follower = news("A wholly other headline", site="b.example", links=(page.url,))
    assert any(k.startswith("url:") for k in keys(page, weights) & keys(follower, weights))


@pytest.mark.parametrize(
    "other",
    [
        "AI System Finds Melanoma Earlier Than Dermatologists Do",
        "AI system finds melanoma earlier than dermatologist do!",
        "AI system finds melanoma earlier than dermatologists do - Example News",
    ],
)
def test_titles_that_differ_by_little_share_a_key_at_any_distance(
    weights: MatchWeights, news: Make, other: str
) -> None:
    """Fingerprint and MinHash bands carry no date."""
    one = news("AI system finds melanoma earlier than dermatologists do", site="a.example")
    two = news(other, site="b.example", day=400)
    assert keys(one, weights) & keys(two, weights)


def test_copies_under_another_title_share_a_run_of_words(weights: MatchWeights, news: Make) -> None:
    """Six-word runs of the excerpt bring a retitled copy back."""
    text = "The robot arm placed the lens on the lesion and sent twelve pictures to a hospital across the border."
    one = news("Robots at the border", text, site="a.example")
    two = news("Lens and hospital", text, site="b.example", day=90)
    assert any(k.startswith("text:") for k in keys(one, weights) & keys(two, weights))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.floats(min_value=0, max_value=400), gap=st.floats(min_value=0, max_value=14))
def test_items_within_the_window_share_their_rare_words(
    weights: MatchWeights, news: Make, start: float, gap: float
) -> None:
    """Whatever the day, two items at most 14 days apart have a dated key in common (decision 12)."""
    one = news("Zyxwator lamp cleared", id="a", day=start)
    two = news("Regulator likes Zyxwator", id="b", day=start + gap)
    assert any("@" in k for k in keys(one, weights) & keys(two, weights))


def test_items_far_apart_do_not_share_a_word(weights: MatchWeights, news: Make) -> None:
    """Two months apart, a common rare word is no reason to compare."""
    one = news("Zyxwator lamp cleared", id="a")
    two = news("Regulator likes Zyxwator", id="b", day=60)
    assert not keys(one, weights) & keys(two, weights)


def test_a_notice_shares_its_subjects_title(weights: MatchWeights, record: Make) -> None:
    """A correction is compared with what it corrects."""
    paper = record("Deep learning for the early detection of melanoma", id="p")
    erratum = record("Erratum: Deep learning for the early detection of melanoma", id="e", year=2026)
    assert any(k.startswith("title:") for k in keys(paper, weights) & keys(erratum, weights))


def test_records_share_a_place_in_a_journal(weights: MatchWeights, record: Make) -> None:
    """Volume and page bring records together whose titles were mangled."""
    one = record("A", "Ozcan, A", id="a", volume="12", pages="869-75")
    two = record("Something else", "Smith, B", id="b", volume="12", pages="869-875", year=2024)
    assert any(k.startswith("rec:") for k in keys(one, weights) & keys(two, weights))


def test_keys_depend_on_the_item_alone(weights: MatchWeights, news: Make) -> None:
    """Asked twice, and seen at another time, an item has the same keys."""
    item = news("AI system finds melanoma", "Ozcan's group at UCLA reports 95% accuracy.")
    later = replace(item, first_seen=item.first_seen + timedelta(days=30))
    assert keys(item, weights) == keys(item, weights) == keys(later, weights)


def test_video_identifiers_are_keys(weights: MatchWeights, news: Make) -> None:
    """Two feeds that carry one video share its id."""
    one = news("A", id="a", identifiers=(Identifier(scheme="youtube", value="abc123"),))
    assert "id:youtube:abc123" in keys(one, weights)


def test_minhash_bands_are_stable_for_ever() -> None:
    """The permutations are fixed: 12 bands, none for a text too short to be told apart."""
    assert len(minhash.bands("a title that is long enough")) == minhash.BANDS
    assert minhash.bands("short") == ()
    assert minhash.bands("Skin cancer & AI") == minhash.bands("Skin cancer AI")


def test_minhash_finds_light_edits_and_not_other_texts() -> None:
    """Texts that share most four-letter runs share a band; unrelated ones do not."""
    one = set(minhash.bands("microsoft power apps misconfiguration exposes 38 million records"))
    near = set(minhash.bands("microsoft power apps misconfigurations expose 38 million records"))
    far = set(minhash.bands("self-driving truck completes first cross-country trip in winter"))
    assert one & near
    assert not one & far


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet="abcdeéß漢 xyz01", max_size=70))
def test_bands_are_the_least_of_each_permutation(text: str) -> None:
    """Worked out for all 48 at once; here one by one, as the module's head says."""
    squeezed = "".join(c for c in text if c.isalnum())
    runs = {crc32(squeezed[i : i + 4].encode()) for i in range(len(squeezed) - 3)} if len(squeezed) >= 12 else set()
    least = [min((a * run + b) % 2**32 for run in runs) for a, b in minhash._coefficients()] if runs else []
    rows = [least[at : at + minhash.ROWS] for at in range(0, len(least), minhash.ROWS)]
    assert minhash.bands(text) == tuple(f"{n}:{crc32(repr(row).encode()):08x}" for n, row in enumerate(rows))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(alphabet="abé漢", min_size=1, max_size=3), max_size=12).map(tuple), st.integers(1, 6))
def test_runs_of_words_are_cut_where_the_words_are(words: tuple[str, ...], size: int) -> None:
    """As bytes, with blanks between."""
    assert set(blocking._runs(words, size)) == {" ".join(run).encode() for run in shingles((words,), size)}
