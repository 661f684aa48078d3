"""Comparisons of a piece of news with a record of the literature: is it about that paper?

An article seldom repeats a paper's title. It is about a paper when it links to it or names its
identifier; failing that, when it names the journal and an author and speaks of the same things
within weeks of the paper.
"""

from __future__ import annotations

from . import news
from .news import Finding
from .profile import Profile


def _sides(a: Profile, b: Profile) -> tuple[Profile, Profile]:
    """(article, paper)"""
    return (b, a) if a.literature else (a, b)


def identifier(a: Profile, b: Profile) -> Finding:
    """The paper's identifier or address among what the article names or links to."""
    article, paper = _sides(a, b)
    own = {f"{scheme}:{value}" for scheme, values in paper.ids.items() for value in values}
    if named := own & article.cited:
        return f"names {min(named)}", "exact"
    if own and any(c.split(":", 1)[0] in paper.ids for c in article.cited):
        return "names another paper", "conflict"
    return "", "missing"


def url(a: Profile, b: Profile) -> Finding:
    """The paper's address: the article's own, or among its links."""
    article, paper = _sides(a, b)
    if both := article.addresses & paper.addresses:
        return min(both), "exact"
    if both := article.outgoing & paper.addresses:
        return f"links to {min(both)}", "exact"
    return "", "missing"


def journal(a: Profile, b: Profile) -> Finding:
    """The journal's full name in the article's text."""
    article, paper = _sides(a, b)
    name = paper.record.journal
    if not name:
        return "", "missing"
    text = " ".join(w for part in article.parts for w in part)
    if f" {name} " in f" {text} ":
        return name, "exact" if " " in name else "low"  # "Nature" and "Cancer" are words as well
    return "not named", "none"


def author(a: Profile, b: Profile) -> Finding:
    """Family names of the paper's authors among the article's names."""
    article, paper = _sides(a, b)
    if not paper.record.authors or not article.names:
        return "", "missing"
    both = paper.record.authors & article.names
    return (", ".join(sorted(both)), "exact") if both else ("none named", "none")


def time(a: Profile, b: Profile) -> Finding:
    """Days between paper and article; papers dated by month or year only are compared by year."""
    gap = news.gap_days(a, b)
    if gap is None:
        x, y = a.record.year, b.record.year
        if x is None or y is None:
            return "", "missing"
        return f"{x} / {y}", "two months" if x == y else "far"
    return news.time(a, b)


COMPARISONS = {
    "identifier": identifier,
    "url": url,
    "title": news.title,
    "topic": news.topic,
    "names": news.names,
    "numbers": news.numbers,
    "journal": journal,
    "author": author,
    "time": time,
}
