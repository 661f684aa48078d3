"""Which addresses are public: RELIABILITY.md, Appendix A."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.fetch.addresses import is_public

REFUSED = {
    "this host": "0.0.0.0 0.1.2.3 :: 127.0.0.1 127.9.9.9 ::1",
    "private": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd00:ec2::254 fec0::1",
    "link-local": "169.254.169.254 fe80::1 fe80::1%eth0 fe80::1%2",
    "carrier": "100.64.0.1 100.100.100.200 100.127.255.255",
    "special": "192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.9 "
    "2001::1 2001:db8::1 100::1 3fff::1 5f00::1",
    "multicast and reserved": "224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 ff02::1",
    "embedded": "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 "
    "64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::1",
}
# The first and last neighbours of refused blocks, so that no block is too wide.
ALLOWED = (
    "8.8.8.8 93.184.216.34 1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 "
    "169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.1 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 "
    "192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 "
    "223.255.255.255 2606:4700::1111 2a00:1450::1 2001:200::1 2001:db7::1 2001:db9::1 2003::1 3ffe::1 2000::"
)


@pytest.mark.parametrize("address", [a for group in REFUSED.values() for a in group.split()])
def test_f05_refused(address: str) -> None:
    """Every address that Appendix A refuses is not public."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ALLOWED.split())
def test_f05_allowed(address: str) -> None:
    """The public addresses of Appendix A, and the neighbours of the refused blocks, are public."""
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=200)
def test_f05_no_ipv6_spelling_opens_an_ipv4_address(number: int) -> None:
    """Mapped, compatible, NAT64 and 6to4 forms are refused whatever IPv4 address they carry."""
    for form in (0xFFFF << 32, 0, 0x64FF9B << 96):
        assert not is_public(str(IPv6Address(form + number)))
    assert not is_public(str(IPv6Address((0x2002 << 112) + (number << 80) + 1)))


@given(st.ip_addresses(v=4))
@settings(deadline=None, max_examples=200)
def test_f05_nothing_private_is_public(address: IPv4Address) -> None:
    """What the standard library calls private, loopback, multicast or reserved is never public here."""
    if address.is_private or address.is_loopback or address.is_multicast or address.is_reserved:
        assert not is_public(str(address))


@pytest.mark.parametrize("text", ["", "localhost", "2130706433", "127.1", "[::1]"])
def test_only_addresses_are_judged(text: str) -> None:
    """A text that is not an address is a mistake of the caller, not a verdict."""
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        is_public(text)
