"""The hostile entries and the real addresses of the evaluation data; skipped where they are absent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.normalize import urls
from dermai_feed.rules import ProviderRules

pytestmark = pytest.mark.shared
Normal = Any

STORABLE = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]*")

# N-07: what each hostile title becomes; a title not named here stays as it is. None: the stand-in.
TITLES = {
    "bidi-override": "report gnp.exe end",
    "bidi-isolate-open": "unclosed isolate",
    "zero-width": "AI melanoma",
    "zero-width-only": None,
    "nfd": "Café dermatology",
    "empty": None,
    "spaces": None,
    "nbsp-only": None,
    "trailing-dot": "title.",
    "newline": "line one line two",
    "crlf": "line one Set-Cookie: x=1",
    "tab": "a b",
    "line-sep": "a b c d",
    "ansi": "red [31malert[0m",
    "yaml-leading-space": "leading",
    "csv-tab": "=1+1",
    "md-html": None,
    "md-autolink": None,
    "md-setext": "title ===",
    "html-entity": "<script>alert(1)</script>",
    "double-entity": "&amp;lt;b&amp;gt;",
    "script": None,
    "mojibake": "Caroline Uhler’s research",
    "long-300": "long " * 59 + "long",
    "long-10k": "x" * 299 + "…",
}


def test_n07_every_hostile_title(hostile_module: Any, normal: Normal) -> None:
    """All 93 hostile titles become what the table says; the decomposed one is compared composed."""
    import unicodedata

    assert len(hostile_module.TITLES) == 93
    for name, title in hostile_module.TITLES:
        item = normal(
            title=title, link=f"http://news.example/t/{name}", guid=f"t-{name}", summary="<p>The stand-in.</p>"
        )
        expected = TITLES.get(name, unicodedata.normalize("NFC", title))
        assert item.title == ("The stand-in." if expected is None else expected), name


# N-01: what each bad link is stored as; a link not named here is refused.
LINKS = {
    "http://user:hunter2@news.example/x": "https://news.example/x",
    "http://news.example@evil.example/": "https://evil.example/",
    "http://news.example/a b": "https://news.example/a%20b",
    "http://news.example/\nX-Injected: 1": "https://news.example/X-Injected:%201",
    "http://news.example/%00": "https://news.example/%00",
    "http://news.example/\u202egnp.exe": "https://news.example/%E2%80%AEgnp.exe",
    "http://\u0430pple.example/": "https://xn--pple-43d.example/",
    "http://xn--a.example/": "https://xn--a.example/",
    "http://news.example/" + "a" * 9000: "https://news.example/" + "a" * 9000,
    "http://news.example/?utm_source=x&utm_medium=y&id=5#c": "https://news.example/?id=5",
    "HTTP://NEWS.EXAMPLE:80/A/../B/./c": "https://news.example/B/c",
    'http://news.example/"><script>alert(1)</script>': "https://news.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "http://news.example/' onmouseover='alert(1)": "https://news.example/'%20onmouseover='alert(1)",
    "http://news.example/](javascript:alert(1))": "https://news.example/%5D(javascript:alert(1))",
    "http://news.example/%2e%2e/%2e%2e/etc/passwd": "https://news.example/etc/passwd",
    "http://news.example./trailing-dot": "https://news.example/trailing-dot",
}


def test_n01_every_bad_link(hostile_module: Any, rules: ProviderRules) -> None:
    """Of the 58 bad links exactly the storable ones are stored, in their safe form."""
    assert len(hostile_module.BAD_LINKS) == 58
    stored = {link: urls.canonical(link, rules) for link in hostile_module.BAD_LINKS}
    assert {link: address for link, address in stored.items() if address} == LINKS


def test_n03_no_markup_survives_in_any_field(hostile_module: Any, normal: Normal) -> None:
    """No vector leaves anything like a tag, or a character that no store holds, in title, excerpt, author or tag."""
    for number, vector in enumerate(hostile_module.XSS):
        item = normal(
            title=f"X{number} {vector}", link="https://a.example/x", summary=vector, content=vector, authors=(vector,),
            tags=(vector,),
        )  # fmt: skip
        assert item.title.startswith(f"X{number}")
        for field in (item.title, item.excerpt, *item.authors, *item.tags):
            assert re.search(r"<[a-z!/?]", field, re.IGNORECASE) is None, vector
            assert STORABLE.fullmatch(field)


def _triples(shared: Path) -> set[tuple[str, str, str]]:
    """The (webUrl, ampWebUrl, cdnAmpWebUrl) triples of the real files and pairs."""
    found = set()
    line = re.compile(r'\s*(?:- )?(webUrl|ampWebUrl|cdnAmpWebUrl|sourceUrl|ampUrl|cdnAmpUrl): "?([^"\s]+)"?')
    for path in (shared / "data" / "schema_files").iterdir():
        now: dict[str, str] = {}
        for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if not (match := line.match(text)):
                continue
            now["web" if match[1] in {"webUrl", "sourceUrl"} else "cdn" if "cdn" in match[1] else "amp"] = match[2]
            if "cdn" in match[1]:
                found.add((now.get("web", ""), now["amp"], now["cdn"]))
    for row in (shared / "data" / "matching" / "pairs_news.jsonl").read_text(encoding="utf-8").splitlines():
        for item in (json.loads(row)["a"], json.loads(row)["b"]):
            if amp := item.get("ampWebUrl") or item.get("ampUrl"):
                cdn = item.get("cdnAmpWebUrl") or item.get("cdnAmpUrl")
                found.add((item.get("webUrl") or item.get("sourceUrl"), amp, cdn))
    return found


def test_amp_cache_is_exact_on_every_real_pair(shared: Path, rules: ProviderRules) -> None:
    """Every AMP cache address of the publisher's files follows from its AMP address, and leads back to it."""
    triples = _triples(shared)
    assert len(triples) > 140
    assert [amp for _, amp, cdn in triples if urls.amp_cache(amp) != cdn] == []
    assert [cdn for _, amp, cdn in triples if urls.canonical(cdn, rules) != urls.canonical(amp, rules)] == []


def test_amp_editions_lead_to_their_pages(shared: Path, rules: ProviderRules) -> None:
    """At least 85 % of real AMP addresses become the address of their page; the rest name it by other words or ids."""
    triples = [(web, amp) for web, amp, _ in _triples(shared) if web]
    same = [urls.key(urls.canonical(web, rules)) == urls.key(urls.canonical(amp, rules)) for web, amp in triples]
    assert sum(same) / len(same) >= 0.85


def test_variants_of_one_address_are_equal(shared: Path, rules: ProviderRules) -> None:
    """All real variants that differ by tracking, "www." or a slash have one key."""
    rows = [json.loads(row) for row in (shared / "data" / "url_variants.jsonl").read_text("utf-8").splitlines()]
    equal = [[urls.key(urls.canonical(u["url"], rules)) for u in row["urls"]] for row in rows if row["canon_equal"]]
    assert len(equal) == 26
    assert [keys for keys in equal if len(set(keys)) != 1] == []


def test_pairs_of_one_address_are_equal(shared: Path, rules: ProviderRules) -> None:
    """All labelled pairs of the "sameurl" strata have one key."""
    rows = [json.loads(r) for r in (shared / "data" / "matching" / "pairs_news.jsonl").read_text("utf-8").splitlines()]
    pairs = [row for row in rows if row["stratum"].startswith("sameurl")]
    assert len(pairs) == 11
    for row in pairs:
        a, b = (item.get("webUrl") or item.get("sourceUrl") for item in (row["a"], row["b"]))
        assert urls.key(urls.canonical(a, rules)) == urls.key(urls.canonical(b, rules))


def test_different_stories_have_different_keys(shared: Path, rules: ProviderRules) -> None:
    """No labelled pair that is different or only related shares a key: canonicalising merges nothing."""
    rows = [json.loads(r) for r in (shared / "data" / "matching" / "pairs_news.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        if row["label"] == "duplicate":
            continue
        a, b = (item.get("webUrl") or item.get("sourceUrl") or item.get("originalUrl") for item in (row["a"], row["b"]))
        assert urls.key(urls.canonical(a, rules)) != urls.key(urls.canonical(b, rules)), row["pair_id"]


def test_n08_good_titles_of_the_corpus_are_left_alone(shared: Path, normal: Normal) -> None:
    """Of all titles and excerpts of the corpus at most one in two hundred is repaired, each of them visibly broken."""
    from dermai_feed.normalize import text

    rows = [json.loads(row) for row in (shared / "data" / "corpus" / "items.jsonl").read_text("utf-8").splitlines()]
    words = [row[field] for row in rows for field in ("title", "excerpt") if row.get(field)]
    changed = [(word, text.repair(word).text) for word in words if text.repair(word).rules]
    assert len(words) > 1_500
    assert len(changed) <= len(words) // 200
    for before, after in changed:
        assert len(after) < len(before)
        assert "â€" in before or "Ã" in before
