"""Matching is scored by the figures of the field, in and out of fold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dermai_feed.codec import to_python
from dermai_feed.evaluation.labelled import headlines_of, labelled, pairs_within, read_labelled
from dermai_feed.evaluation.learning import learn_weights, training_pairs
from dermai_feed.evaluation.matching import cross_validate, evaluate_matching
from dermai_feed.evaluation.rows import item_from_row
from dermai_feed.rules import MatchWeights

Row = dict[str, object]


def article(ident: str, title: str, excerpt: str, day: str, site: str, **more: object) -> Row:
    """A row as the corpus has it."""
    return {
        "id": ident, "title": title, "excerpt": excerpt, "publishedDateTime": f"2026-03-{day}T08:00:00Z",
        "webUrl": f"https://{site}/{ident}", "provider": {"name": site, "domain": site}, **more,
    }  # fmt: skip


MOLES = "Doctors in Northfield trained a network on 12,400 photographs of moles and found melanoma in 91.5% of cases."
FUNDS = "The Porto start-up Solbanda raised 4.2 million euros for wristbands that warn outdoor workers of sunshine."
A = article("a", "Northfield network finds melanoma in photographs of moles", MOLES, "02", "a.example")
B = article("b", "Northfield network finds melanoma in photographs of moles | Copy", MOLES, "02", "b.example")
C = article("c", "Solbanda raises millions for sunshine wristbands", FUNDS, "05", "c.example")


def test_pairs_are_scored_three_ways(weights: MatchWeights) -> None:
    """Duplicate, same story, and the macro mean over the three answers."""
    data = labelled(
        [
            {"pair_id": "1", "label": "duplicate", "a": A, "b": B},
            {"pair_id": "2", "label": "different", "a": A, "b": C},
            {"pair_id": "3", "label": "duplicate", "a": B, "b": C},
        ],
        "pairs",
    )
    found = evaluate_matching(data, weights)
    duplicate = found.scores["duplicate"]
    assert (duplicate.right, duplicate.wrong, duplicate.missed) == (1, 0, 1)
    assert (duplicate.precision, duplicate.recall) == (1.0, 0.5)
    # duplicate: F1 2/3; related: nothing expected or found, 1; different: 1 right, 1 too many, 2/3
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 + 2 / 3) / 3, abs=1e-4)
    (mistake,) = found.mistakes
    assert (mistake.a, mistake.b, mistake.expected, mistake.got) == ("b", "c", "work", "apart")
    assert "apart" in mistake.why[0]


def test_the_corpus_is_scored_on_its_labelled_half_only(weights: MatchWeights) -> None:
    """Stories and copies count where the split is tuning, news and papers apart."""
    more = {"kind": "news", "split": "tuning"}
    rows: list[Row] = [
        {**A, **more, "story": "s", "dup_group": "g", "dup_basis": "text"},
        {**B, **more, "story": "s", "dup_group": "g", "dup_basis": "text"},
        {**C, **more},
        {**article("d", "Elsewhere", FUNDS, "06", "d.example"), "kind": "news", "split": "unlabelled"},
        {**article("e", "A paper", "", "06", "arxiv.org"), "kind": "paper", "split": "tuning"},
    ]
    found = evaluate_matching(labelled(rows, "corpus"), weights)
    assert found.items == 5
    assert (found.scores["news story pairs"].right, found.scores["news story pairs"].wrong) == (1, 0)
    assert found.scores["news copies, url or text"].recall == 1.0
    assert found.scores["papers story pairs"].f1 == 1.0
    assert not found.mistakes


def record(ident: str, title: str, cluster: str, pages: str) -> Row:
    """A row as the citation sets have it."""
    return {
        "id": ident, "title": title, "excerpt": "", "publishedDateTime": "2024", "authors": "Roth, A. and Zelinka, P.",
        "journal": "Lesion", "volume": "3", "number": "1", "pages": pages, "gold_cluster": cluster, "doi": None,
    }  # fmt: skip


def test_citations_are_scored_by_the_record_convention(weights: MatchWeights) -> None:
    """Of n records that hold g works n - g are rightly removed and g - 1 wrongly (tools/score.py)."""
    title = "Deep learning for the early detection of melanoma in primary care"
    rows = [
        record("1", title, "x", "10-19"),
        record("2", title + ".", "x", "10-9"),
        record("3", title.upper(), "y", "10-19"),  # labelled apart, and cannot be told apart
        record("4", "Sunscreen use among roofers: a survey of three unions", "z", "40-44"),
        record("5", "Sonnenschutz bei Dachdeckern", "z", "40-44"),
    ]
    found = evaluate_matching(labelled(rows, "cit"), weights)
    records = found.scores["records"]
    # removable: 5 records, 3 works = 2; the cluster 1,2,3 rightly removes 1 and wrongly 1
    assert (records.right, records.wrong) == (1, 1)
    assert records.right + records.missed == 2
    assert {m.expected for m in found.mistakes} == {"apart", "work"}
    assert found.mistakes[0].expected == "apart"  # false merges come first


def test_clusters_are_scored_by_pairs_and_bcubed(weights: MatchWeights) -> None:
    """BCubed: the mean over items of the share of the own group that is right, and of the cluster that is there."""
    rows = [{**row, "gold_cluster": cluster} for row, cluster in ((A, "x"), (B, "x"), (C, "x"))]
    found = evaluate_matching(labelled(rows, "clusters"), weights)
    bcubed = found.scores["story bcubed"]
    assert bcubed.precision == 1.0
    assert bcubed.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3, abs=1e-4)
    assert bcubed.recall_interval == (bcubed.recall, bcubed.recall)  # one family: nothing to resample
    assert found.scores["story pairs"].recall == pytest.approx(1 / 3, abs=1e-4)


def test_rows_of_another_shape_are_refused() -> None:
    """The message says what was expected; so does that of a broken line."""
    with pytest.raises(ValueError, match="neither pair_id and label, nor split, nor gold_cluster"):
        labelled([{"id": "1"}], "x")


def test_a_file_is_read_by_line_and_a_repeated_id_is_left_out(tmp_path: Path) -> None:
    """Blank lines are skipped, the second row of an id too, and a broken line is named."""
    path = tmp_path / "set.jsonl"
    row = json.dumps({**A, "gold_cluster": "x"})
    path.write_text(f"{row}\n\n{row}\n", encoding="utf-8")
    data = read_labelled(path)
    assert (data.name, len(data.items)) == ("set", 1)
    assert headlines_of(data, "bare").items[0].excerpt == ""
    path.write_text(f"{row}\n{{\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"set\.jsonl:2: not JSON"):
        read_labelled(path)


def test_scores_can_be_written_as_json(weights: MatchWeights) -> None:
    """`--json` needs nothing but the values."""
    data = labelled([{"pair_id": "1", "label": "duplicate", "a": A, "b": B}], "pairs")
    assert json.dumps(to_python(evaluate_matching(data, weights)))


def test_pairs_within_groups() -> None:
    """Every pair of a group once, ends in order."""
    assert pairs_within({"c": "x", "a": "x", "b": "y"}) == {("a", "c")}


@pytest.fixture(scope="module")
def own_set(root: Path) -> Path:
    """The labelled set that comes with the program."""
    return root / "tests" / "data" / "matching" / "labelled.jsonl"


def test_each_fold_is_judged_by_weights_that_have_not_seen_it(own_set: Path, weights: MatchWeights) -> None:
    """Pairs with an end in the fold are not learnt from, and every family is in one fold."""
    data = read_labelled(own_set)
    training = [(data, training_pairs(data, weights))]
    assert len(training[0][1]) > 20
    folds = {data.fold(i.id, 3) for i in data.items}
    assert folds == {0, 1, 2}
    for i, family in data.family.items():
        assert data.fold(i, 3) == data.fold(family, 3)
    whole, without = learn_weights(training, weights), learn_weights(training, weights, leave=0, folds=3)
    assert whole.stories != without.stories
    assert whole.coverage == weights.coverage


def test_cross_validation_scores_every_set_once(own_set: Path, weights: MatchWeights) -> None:
    """Out of fold the own set stays within sight of its in-sample figures, and `only` chooses sets."""
    data = read_labelled(own_set)
    (scores,) = cross_validate([data], weights, folds=3)
    assert scores.scores["duplicate"].precision >= 0.9
    assert scores.scores["same story"].recall >= 0.8
    low, high = scores.scores["same story"].recall_interval
    assert 0.0 <= low <= scores.scores["same story"].recall <= high <= 1.0
    assert cross_validate([data], weights, folds=3, only=frozenset({"another"})) == ()


@pytest.mark.parametrize("told", ["Kim, J and Han, SS", "Kim, J; Han, SS", "Kim J, Han SS", ["Kim J", "Han SS"]])
def test_names_in_one_string_are_so_many_authors(told: str | list[str]) -> None:
    row = {"id": "c1", "title": "A title", "authors": told, "publishedDateTime": "2024"}
    found = item_from_row(row).authors
    assert len(found) == 2
    assert [name.replace(",", "").split()[0] for name in found] == ["Kim", "Han"]
