"""People: one name each, whatever field they were squeezed into."""

from __future__ import annotations

import pytest

from dermai_feed.normalize import people


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["Ada Lovelace"], ("Ada Lovelace",)),
        (["editor@news.example (Ada Lovelace)"], ("Ada Lovelace",)),
        (["Ada Lovelace <ada@news.example>"], ("Ada Lovelace",)),
        (["ada@news.example"], ()),
        (["By Ada Lovelace"], ("Ada Lovelace",)),
        (["Author(s): Ada Lovelace, Alan Turing"], ("Ada Lovelace", "Alan Turing")),
        (["Lovelace, Ada"], ("Lovelace, Ada",)),
        (["Kim, S. H., Lee, J., Park, Y."], ("Kim S. H.", "Lee J.", "Park Y.")),
        (["Ada Lovelace,\n Alan Turing,\n Grace Hopper"], ("Ada Lovelace", "Alan Turing", "Grace Hopper")),
        (["Ada Lovelace, MD, PhD and Alan Turing, MSc"], ("Ada Lovelace", "Alan Turing")),
        (["Lovelace A; Turing A, MD"], ("Lovelace A", "Turing A")),
        (["Lovelace, Ada", "Turing, Alan, PhD"], ("Lovelace, Ada", "Turing, Alan")),
        (["A", "A", "B"], ("A", "B")),
        (["<b>Ada</b> Lovelace", "", "<script>x</script>"], ("Ada Lovelace",)),
        ([], ()),
    ],
)
def test_authors(given: list[str], names: tuple[str, ...]) -> None:
    """Lists are told apart, mail addresses and degrees go, each name stands once."""
    assert people.authors(given) == names
