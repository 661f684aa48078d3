"""Text: HTML read, mojibake proved, characters cleaned, length cut."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.normalize import text

# P-10, word for word.
STORABLE = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]*")

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one grapheme of three people
PERSIAN = "می\u200cخواهم"  # needs its non-joiner


# --------------------------------------------------------------------------- HTML (N-03)


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("no markup at all", "no markup at all"),
        ("<p>one</p><p>two</p>three", "one two three"),
        ("one<br/>two<br>three", "one two three"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("<td>a</td><td>b</td>", "a b"),
        ("<div class='boxTitle'>Abstract</div>The study", "Abstract The study"),
        ("<jats:title>Abstract</jats:title><jats:p>We</jats:p>", "Abstract We"),
        ("H<sub>2</sub>O and <b>b</b>old", "H2O and bold"),
        ("AT&T < R&D & more", "AT&T < R&D & more"),
        ("p<0.05 and 3 > 2", "p<0.05 and 3 > 2"),
        ("Sj&ouml;gren &#8217;s &mdash; ok&nbsp;now", "Sjögren ’s — ok now"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("<p>&amp;amp;lt;b&amp;amp;gt;</p>", "&amp;lt;b&amp;gt;"),
        ("a<script>bad()</script>b<style>p{}</style>c", "abc"),
        ("a<!-- <p>comment</p> -->b", "ab"),
        ("<![CDATA[<b>kept</b>]]> text", "kept text"),
        ("<template>t</template><noscript>n</noscript><textarea>f</textarea><xmp><b></xmp>x", "x"),
        ("<svg><text>s</text></svg><iframe>i</iframe>x", "x"),
        ("<p onclick='x()'>unclosed <b>tags", "unclosed tags"),
        ("<frameset>", ""),
        ("<", "<"),
        ("<img src=x onerror=alert(1)", ""),
    ],
)
def test_n03_text_of_markup(markup: str, plain: str) -> None:
    """Tags go, words are not glued, entities are decoded exactly once, what no reader sees goes."""
    assert text.to_text(markup) == plain


def test_links_of_markup() -> None:
    """The addresses that a text links to come out in order, also those that must not be stored: others judge."""
    reading = text.read("<a href='https://a.example/1'>x</a> <a>none</a> <a href='javascript:x'>y</a>")
    assert reading.links == ("https://a.example/1", "javascript:x")


def test_m17_deep_or_huge_markup_is_read_in_bounded_time() -> None:
    """100,000 nested elements and a megabyte of inline picture cost less than a second."""
    started = time.process_time()
    for opening in ("<div>", "<b><p>", "<table>", "<a href=1><i>", "<"):
        text.to_text(opening * 100_000 + "end")
    inline = "<img src='data:image/png;base64," + "QUJD" * 300_000 + "'>Then the text."
    assert text.to_text(inline) == "Then the text."
    assert time.process_time() - started < 2.0


# --------------------------------------------------------------------------- mojibake (N-08)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Caroline Uhlerâ€™s research", "Caroline Uhler’s research"),
        ("â€˜Sensitive Dataâ€™", "‘Sensitive Data’"),
        ("â€œAIâ€\x9d in dermatology", "“AI” in dermatology"),
        ("SjÃ¶gren and MÃ¼ller", "Sjögren and Müller"),
        ("Ã¢â‚¬Å“twiceÃ¢â‚¬Â\x9d", "“twice”"),
        ("Emoji ðŸ˜€ here", "Emoji 😀 here"),
        ("Uhlerâ€™s ’good’ part", "Uhler’s ’good’ part"),
    ],
)
def test_n08_provable_mojibake_is_repaired(broken: str, whole: str) -> None:
    """UTF-8 that was read as cp1252, once or twice, is read rightly, and the rule is named."""
    assert text.repair(broken) == (whole, ("mojibake",))


GOOD = [
    "Deep learning for skin cancer: “ok”, naïve, café, 10 °C ± 2 µg/mL, β-catenin ≥ 5 %",
    "L’intelligence artificielle détecte le mélanome à un stade précoce – une étude",
    "Künstliche Intelligenz erkennt Hautkrebs früher als Ärzte, sagt Forscherin Größe",
    "La inteligencia artificial diagnostica el cáncer de piel: ¿mejor que el médico?",
    "Inteligência artificial e câncer de pele: avaliação não é diagnóstico — São Paulo",
    "Sztuczna inteligencja wykrywa czerniaka wcześniej niż lekarze, mówi Żółć",
    "Umělá inteligence rozpozná kožní nádory dříve než lékař, říká Dvořák",
    "Yapay zekâ cilt kanserini doktorlardan önce buluyor: İstanbul’da çalışma",
    "Искусственный интеллект распознаёт меланому раньше врачей",
    "Η τεχνητή νοημοσύνη εντοπίζει το μελάνωμα",
    "בינה מלאכותית מזהה מלנומה",
    "الذكاء الاصطناعي يكشف سرطان الجلد",
    "皮膚科におけるAI診断 – 深層学習",
    "인공지능이 피부암을 진단한다",
    "Trí tuệ nhân tạo phát hiện ung thư da sớm hơn bác sĩ – Đặng",
    "Tekoäly löytää ihosyövän ajoissa – Åbo Akademi",
    "Ö, Ä, Å, É, Â, Ã and © ® ™ € alone",
    "ÂGE ET PEAU : L’ÂGE DE LA PEAU",
    "Citroën, Noël, Häagen-Dazs, Beyoncé, Đurić",
    "Zürich–Genève, 50 € für 100 g",
]


@pytest.mark.parametrize("good", GOOD)
def test_n08_good_text_is_left_alone(good: str) -> None:
    """Nothing that is right is repaired, in none of many languages, as it is, in capitals or in parts."""
    for variant in (good, good.upper(), good.lower(), *good.split(), good[::-1], unicodedata.normalize("NFD", good)):
        assert text.repair(variant) == (variant, ())


def test_n08_what_cannot_be_proved_stays_and_is_told() -> None:
    """A sequence that lost a byte is no UTF-8 reading; it stays and still looks broken."""
    assert text.repair("overlong à€€ â€™") == ("overlong à€€ ’", ("mojibake",))
    lost = "Ã  la carte, MÃ¼ÃÃ"
    assert "ÃÃ" in text.repair(lost).text
    assert text.looks_broken("â€ broken â€")
    assert not text.looks_broken("Uhler’s")
    assert not text.looks_broken("plain")


# --------------------------------------------------------------------------- characters (N-07, P-10)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("AI\u200b \u200c\u200dmela\u2060noma\ufeff", "AI melanoma"),
        ("report \u202egnp.exe\u202c end", "report gnp.exe end"),
        ("\u2066unclosed isolate", "unclosed isolate"),
        ("Cafe\u0301", "Café"),
        ("a\u2028b\u2029c\u0085d\te\r\nf\u00a0g", "a b c d e f g"),
        ("a\0b\x1b[31mc\x7fd\x9fe", "ab[31mcde"),
        ("a\ud800b\ufffec\uffffd\ufdd0e\U0001ffff", "abcde"),
        ("derma\u00adtology", "dermatology"),
        (FAMILY, FAMILY),
        (PERSIAN, PERSIAN),
        ("x\u200d", "x"),
        ("\u200dx", "x"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("  two   words  ", "two words"),
        ("\u200b\u200c\u2060", ""),
        ("ＡＩ ｓｋｉｎ", "ＡＩ ｓｋｉｎ"),
        ("\u05d1\u05d9\u05e0\u05d4 \u0627\u0644\u0630", "\u05d1\u05d9\u05e0\u05d4 \u0627\u0644\u0630"),
    ],
)
def test_n07_p10_characters(raw: str, cleaned: str) -> None:
    """What hides, reorders or breaks is removed, separators become spaces, everything else stays, in NFC."""
    assert text.clean(raw) == cleaned


@settings(deadline=None, max_examples=200)
@given(raw=st.text(st.characters() | st.sampled_from("\u200d\u200c\ufeff\u202e\x00\x85\ud800<>&;"), max_size=60))
def test_n03_p10_any_text_becomes_storable(raw: str) -> None:
    """For any text: clean, to_text, cut and fold end, hold no forbidden character, and clean twice is clean once."""
    cleaned = text.clean(raw)
    assert STORABLE.fullmatch(cleaned)
    assert text.clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert STORABLE.fullmatch(text.to_text(raw))
    assert len(text.cut(cleaned, 20)) <= 20
    assert text.fold(cleaned) == text.fold(text.fold(cleaned))
    text.repair(raw)


def test_word_for_word_text_loses_only_what_no_database_holds() -> None:
    """`storable` keeps line ends and controls of a file, not NUL and lone surrogates."""
    assert text.storable("a\r\n\x1b\0\ud800b") == "a\r\n\x1bb"


# --------------------------------------------------------------------------- length


def test_n07_cut_between_words() -> None:
    """A long title ends with a whole word and an ellipsis, within the limit."""
    cut = text.cut("melanoma " * 60, text.TITLE_LIMIT)
    assert cut.endswith("melanoma…")
    assert set(cut[:-1].split()) == {"melanoma"}
    assert len(cut) <= text.TITLE_LIMIT


def test_n07_nothing_is_cut_that_fits() -> None:
    """A text of exactly the limit stays whole."""
    assert text.cut("皮" * 300, 300) == "皮" * 300


@pytest.mark.parametrize(
    "grapheme",
    ["e\u0301\u0323", FAMILY, "\U0001f44d\U0001f3fd", "\U0001f1f0\U0001f1f7", "\u2695\ufe0f", "皮", "x"],
    ids=["combining", "family", "skin tone", "flag", "variation", "cjk", "letter"],
)
@pytest.mark.parametrize("shift", range(4))
def test_n07_cut_never_splits_a_grapheme(grapheme: str, shift: int) -> None:
    """Text without spaces is cut between graphemes, wherever the limit falls."""
    cut = text.cut("." * shift + grapheme * 40, 30)
    assert cut.endswith("…")
    body = cut[:-1].lstrip(".")
    assert body == grapheme * (len(body) // len(grapheme))
    assert 30 - len(grapheme) - 1 <= len(cut) <= 30


def test_fold_compares_words() -> None:
    """Case, accents, width and punctuation do not count; letters of other scripts do."""
    assert text.fold("Café: “ＡＩ”—Dermatology?!") == text.fold("CAFE ai dermatology") == "cafe ai dermatology"
    assert text.fold("皮膚科 AI") == "皮膚科 ai"
