"""Two items are compared, weighed, and vetoed where alike texts are not one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest

from dermai_feed.matching import compare, explain, snapshot, ties
from dermai_feed.model import Identifier, Image, Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]

TEXT = (
    "Dermatologists at the University of Northfield trained a network on 12,400 photographs of moles. It found "
    "melanoma in 91.5% of cases, the team around Dr. Zelinka writes, and missed fewer thin tumours than nurses did."
)
OTHER = (
    "A start-up from Porto has raised 4.2 million euros to build wristbands that warn outdoor workers of strong "
    "sunshine. Founder Inês Valadares says that the first thousand will ship in spring."
)


def test_comparing_is_symmetric(weights: MatchWeights, news: Make) -> None:
    """The order of the two items changes nothing, and the ends are sorted."""
    a, b = news("Network finds melanoma", TEXT, id="b"), news("Network spots melanoma", TEXT, id="a", site="x.example")
    assert compare(a, b, weights) == compare(b, a, weights)
    assert (compare(a, b, weights).a, compare(a, b, weights).b) == ("a", "b")


def test_an_item_is_not_compared_with_itself(weights: MatchWeights, news: Make) -> None:
    """Asking for it is a mistake of the caller."""
    item = news("Network finds melanoma")
    with pytest.raises(ValueError, match="cannot be compared with itself"):
        compare(item, item, weights)


def test_every_edge_carries_its_snapshot_and_its_sum(weights: MatchWeights, news: Make) -> None:
    """The weight is the prior and the comparisons, the snapshot is the weights' hash (decision 4)."""
    a, b = news("Moles and machines", TEXT, id="a"), news("Sunshine", OTHER, id="b", site="x.example", day=40)
    edge = compare(a, b, weights)
    assert edge.level is None
    assert edge.snapshot == snapshot(weights)
    total = weights.stories.prior + sum(c.weight for c in edge.comparisons)
    assert edge.weight == pytest.approx(total, abs=0.1)
    assert snapshot(replace(weights, related=0.9)) != snapshot(weights)


def test_one_address_is_one_work_whatever_the_title(weights: MatchWeights, news: Make) -> None:
    """A page retitled after publication stays one work, tracking and AMP aside."""
    url = "https://www.paper.example/news/2026/03/moles-machines"
    a = news("Machines judge moles", TEXT, id="a", url=f"{url}?utm_source=feed")
    b = news("A wholly new headline", "", id="b", url=f"{url}/amp", day=40)
    assert compare(a, b, weights).level == "work"


@pytest.mark.parametrize("day", [0.3, 200])
def test_one_text_on_two_sites_is_one_work_at_any_distance(weights: MatchWeights, news: Make, day: float) -> None:
    """Title and excerpt word for word: a syndicated copy."""
    title = "Network finds melanoma in photographs of moles, Northfield study says"
    a = news(title, TEXT, id="a")
    b = news(f"{title} - Daily Example", TEXT, id="b", site="daily.example", day=day)
    assert compare(a, b, weights).level == "work"


def test_a_wire_text_under_another_headline_is_one_work(weights: MatchWeights, news: Make) -> None:
    """The whole excerpt and a few words of the title agree, hours apart."""
    a = news("Network finds melanoma in photographs of moles", TEXT, id="a")
    b = news("Photographs of moles: machine finds more melanoma than nurses", TEXT, id="b", site="x.example", day=0.4)
    assert compare(a, b, weights).level == "work"


def test_texts_alone_do_not_join_beyond_the_window(weights: MatchWeights, news: Make) -> None:
    """Decision 12: two own wordings of one study join within 14 days and not after 40."""
    a = news("Northfield network finds melanoma in photographs of moles", TEXT, id="a")
    wording = (
        "Dr. Zelinka of Northfield says that a network trained on 12,400 mole photographs found 91.5% of melanoma."
    )
    near = news("Network finds melanoma in mole photographs, says Northfield", wording, id="b", site="x.example", day=2)
    far = replace(near, id="c", published=near.published.replace(month=5), first_seen=near.first_seen.replace(month=5))
    assert compare(a, near, weights).level == "story"
    late = compare(a, far, weights)
    assert late.level in {"related", None}
    assert "texts alone join within 14" in late.veto


def test_different_events_of_one_topic_are_apart(weights: MatchWeights, news: Make) -> None:
    """ "AI" and "skin cancer" in both titles are no reason to merge."""
    a = news("AI helps detect skin cancer in primary care", TEXT, id="a")
    b = news("AI app for skin cancer raises funds", OTHER, id="b", site="x.example", day=1)
    assert compare(a, b, weights).level in {"related", None}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What's new: skin toolkit August 2026 update", "What's new: skin toolkit September 2026 update"),
        ("Skin AI market report 2025", "Skin AI market report 2026"),
        ("Skin toolkit version 3.1 released today", "Skin toolkit version 3.2 released today"),
        ("7 facts about skin imaging software", "10 facts about skin imaging software"),
        ("Dermatology imaging market to grow by 2030", "Teledentistry market to grow by 2030"),
        ("Announcing general availability of lesion tracking", "Announcing general availability of hair counting"),
    ],
)
def test_template_series_are_never_one_work(weights: MatchWeights, news: Make, one: str, other: str) -> None:
    """Other month, year, version, figure, market or product in one pattern: a veto, and it is named."""
    text = (
        "Welcome to our regular look at what the last weeks have brought for all users of the product and its friends."
    )
    edge = compare(news(one, text, id="a"), news(other, text, id="b", day=5), weights)
    assert edge.level not in {"work", "story"}
    assert edge.veto


def test_another_company_in_one_releases_pattern_is_another_event(weights: MatchWeights, news: Make) -> None:
    """A partner programme's release names its sender in the first word."""
    a = news(
        "Amperidon achieves Cloud Retail Competency status",
        "Today Amperidon, a maker of lamps, joined the programme that Cloud runs for its retail partners.",
        id="a",
    )
    b = news(
        "Tensoridge achieves Cloud Retail Competency status",
        "We are proud, says Tensoridge chief Ana Roth, to be a partner now in retail.", id="b", site="x.example",
    )  # fmt: skip
    edge = compare(a, b, weights)
    assert edge.level not in {"work", "story"}
    assert "another name in one pattern" in edge.veto


def test_what_a_site_prints_under_every_article_is_no_copy(weights: MatchWeights, news: Make) -> None:
    """Equal excerpts under titles without a common word are not one work."""
    text = "Sign up now for our early bird offer and read the all new industry report with sixty case studies inside."
    a = news("Thai tycoon plans acquisitions", text, id="a")
    b = news("Chip maker revives lapsed relationship", text, id="b", site="y.example", day=2)
    edge = compare(a, b, weights)
    assert edge.level != "work"


def test_one_paper_named_is_one_story_and_two_are_two(weights: MatchWeights, news: Make) -> None:
    """Articles that name one DOI tell one story at any distance; with other DOIs they do not."""
    doi = (Identifier(scheme="doi", value="10.5555/a.1"),)
    a = news("Computers judge moles", TEXT, id="a", identifiers=doi)
    b = news("Nurses lose to network", "A report from the north.", id="b", site="x.example", day=50, identifiers=doi)
    assert compare(a, b, weights).level == "story"
    other = replace(b, identifiers=(Identifier(scheme="doi", value="10.5555/b.2"),))
    assert compare(a, other, weights).level != "story"
    many = tuple(Identifier(scheme="doi", value=f"10.5555/a.{n}") for n in range(5))
    assert compare(a, replace(b, identifiers=many), weights).level != "story"  # a round-up of five studies


def test_paper_and_coverage_are_one_story_and_never_one_work(weights: MatchWeights, news: Make, record: Make) -> None:
    """A link to the DOI joins; so do journal, author and subject together; subject alone does not."""
    paper = record(
        "Convolutional networks for the detection of melanoma in clinical photographs", "Zelinka, Petra; Roth, A.",
        id="p", year=2026, doi="10.5555/a.1", journal="Annals of Lesion Imaging",
        excerpt="We trained a convolutional network on 12,400 clinical photographs of moles; sensitivity was 91.5%.",
    )  # fmt: skip
    linked = news("Computers judge moles", "A report.", id="n", links=("https://doi.org/10.5555/a.1",), day=90)
    assert compare(paper, linked, weights).level == "story"
    told = news(
        "Convolutional network detects melanoma in clinical photographs",
        "Writing in Annals of Lesion Imaging, Petra Zelinka and colleagues trained a convolutional network on 12,400 "
        "photographs of moles; it reached a sensitivity of 91.5%.", id="t", day=3,
    )  # fmt: skip
    assert compare(paper, told, weights).level == "story"
    near = news("Network detects melanoma", "Another group used photographs of moles, too.", id="x", day=3)
    assert compare(paper, near, weights).level not in {"story", "work"}


def test_an_explanation_says_what_decided(weights: MatchWeights, news: Make) -> None:
    """The verdict comes first, the veto next, then the comparisons by weight; what is missing is left out."""
    a = news("Skin AI market report 2025", TEXT, id="a")
    b = news("Skin AI market report 2026", TEXT, id="b", day=3)
    lines = explain(compare(a, b, weights))
    assert "probability" in lines[0]
    assert snapshot(weights) in lines[0]
    assert lines[1] == "not more than that, because: other years in the titles: 2025 / 2026"
    assert any(line.startswith("excerpt: whole") for line in lines)
    assert not any(line.startswith("picture") for line in lines)


# --------------------------------------------------------------------------- pairs in the style of the seeds


def test_a_picture_page_and_the_reprint_of_its_release_are_one_work(weights: MatchWeights, news: Make) -> None:
    """The page "(image)" has a caption for an excerpt; the title is the release's (seed 000)."""
    title = "New artificial intelligence system can empower medical professionals in diagnosing skin diseases"
    page = news(
        f"{title.title()} (image)",
        "Examples of output from a model (http://model.example), showing the top-three choices for each skin lesion.",
        id="a",
        site="wire.example",
    )
    article = news(
        title,
        "Researchers in Korea have developed an algorithm that can accurately classify cutaneous skin disorders, "
        "predict malignancy, suggest primary treatment options and serve as an ancillary tool.",
        id="b", site="reprint.example", day=-0.003,
    )  # fmt: skip
    assert compare(page, article, weights).level == "work"


def test_release_and_reprint_with_one_title_are_one_work(weights: MatchWeights, news: Make) -> None:
    """Excerpts cut from different places do not matter beside a telling title (seed 003)."""
    title = "Artificial intelligence possesses potential to predict response to immunotherapy in advanced melanoma"
    a = news(title, "Using AI, researchers found that images of tumours tell who will respond.", id="a")
    b = news(
        title, "DALLAS – Nov. 20 – A finding that could save lives was made by our doctors.", id="b", site="u.example"
    )
    assert compare(a, b, weights).level == "work"


def test_two_copies_of_a_profile_are_one_work_and_not_the_papers_story(
    weights: MatchWeights, news: Make, record: Make
) -> None:
    """Title and excerpt differ by a word or two, the picture is one; the paper is another matter (seed 001)."""
    picture = (Image(url="https://news.mit.example/sites/default/files/images/202104/MIT-02-PRESS.jpg"),)
    body = "research blends machine learning and statistics with biology to better understand health, and disease."
    a = news(
        "Seeking the cellular mechanisms of disease, with help from machine learning",
        f"Ana Uhlmer blends machine learning, statistics, and biology to understand our bodies. Ana Uhlmerâ€™s {body}",
        id="a",
        site="mit.example",
        images=picture,
    )
    b = news(
        "Seeking cellular mechanisms of disease, with help from machine learning",
        f"Ana Uhlmer's {body} Despite", id="b", site="mirage.example", images=picture, day=-0.05,
    )  # fmt: skip
    paper = record(
        "Predicting the clinical management of skin lesions using deep learning",
        "Abhishek, K.",
        id="p",
        year=2026,
        excerpt="This study provides a proof of concept of predicting clinical management decisions of skin lesions.",
    )
    assert compare(a, b, weights).level == "work"
    assert compare(a, paper, weights).level not in {"work", "story"}
    assert compare(b, paper, weights).level not in {"work", "story"}


def test_two_cancers_are_two_stories(weights: MatchWeights, news: Make) -> None:
    """A drug discovery deal for skin and a piece on breast cancer MRI have nothing in common (seed 004)."""
    a = news(
        "An artificial intelligence tool that can help detect melanoma",
        "Using deep convolutional neural networks, researchers devise a system that quickly analyzes wide-field images "
        "of patients' skin in order to more efficiently detect cancer.",
        id="a",
        site="mit.example",
    )
    b = news(
        "Artificial intelligence models to predict breast cancer risk from MRI scans",
        "A study in radiology shows that breast MRI scans read by a model tell five-year risk.", id="b", day=2,
    )  # fmt: skip
    assert compare(a, b, weights).level not in {"work", "story"}


TITLES = (
    "Deep learning grades acne vulgaris on photographs", "Deep learning grades acne vulgaris on photographs: a trial",
    "Deep learning for acne vulgaris", "Tiefes Lernen bei der Akne. Deep learning grades acne vulgaris on photographs",
    "Correction: Deep learning grades acne vulgaris on photographs", "Costs of hip fracture in Denmark",
)  # fmt: skip


def test_the_short_way_to_find_records_apart_finds_what_the_long_way_finds(weights: MatchWeights, record: Make) -> None:
    """Every pair of 96 records that agree and differ in turn in all that is compared."""
    told = "We trained a network on photographs of faces and compared it with the grades that two readers gave. "
    items = {}
    for number in range(96):
        title = TITLES[number % 6]
        id_ = f"r{number:03}"
        items[id_] = record(
            title, ("Doe, J; Roe, R", "Do, K", "", "Roe, R; Poe, E")[number // 6 % 4], id=id_, year=2019 + number % 5,
            journal=("Skin Studies", "medRxiv", "", "Acta Derm")[number // 2 % 4], volume=str(number // 8 % 3),
            pages=("1-9", "77-80", "")[number // 4 % 3], types=("Preprint",) if number % 7 == 0 else (),
            excerpt=(told * 3, "", f"Other words of study {number}. {told}")[number // 3 % 3],
            doi=f"10.1000/skin.{number // 4}" if number % 3 == 0 else None,
        )  # fmt: skip
    pairs = list(combinations(items, 2))
    joined = [edge for a, b in pairs if (edge := compare(items[a], items[b], weights)).level is not None]
    assert list(ties(pairs, items, weights)) == joined
    assert 0 < len(joined) < len(pairs)
