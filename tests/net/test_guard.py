"""Which addresses are refused, in whatever clothes they come."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.net.guard import Guard, refused


@pytest.mark.parametrize(
    ("ip", "reason"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "inside a provider's network"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("192.0.0.192", "metadata"),
        ("192.0.0.1", "reserved"),
        ("192.0.2.1", "documentation"),
        ("198.18.0.1", "benchmarks"),
        ("203.0.113.9", "documentation"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "metadata"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "metadata"),
        ("64:ff9b:1::1", "reserved"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::1", "metadata"),
        ("2001:0:7f00:1::", "loopback"),  # the Teredo server is loopback
        ("2001:0:808:808::80ff:fffe", "loopback"),  # the Teredo client is 127.0.0.1
        ("2a00::5efe:7f00:1", "loopback"),  # ISATAP
        ("fd00:ec2::254", "metadata"),
        ("fd20:ce::254", "metadata"),
        ("fd12:3456::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("100::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("2001:10::1", "reserved"),
        ("3fff::1", "documentation"),
        ("5f00::1", "reserved"),
        ("4000::1", "reserved"),
    ],
)
def test_addresses_that_are_not_public_are_refused(ip: str, reason: str) -> None:
    """Each special-purpose range is refused by its name."""
    assert reason in (refused(ip) or "")


@pytest.mark.parametrize(
    "ip",
    [
        "1.1.1.1",
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "169.253.0.1",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_allowed(ip: str) -> None:
    """Public addresses pass, also where they are carried in IPv6."""
    assert refused(ip) is None


def test_what_is_no_address_is_an_error() -> None:
    """A name is not judged: only what a socket connects to is."""
    with pytest.raises(ValueError, match="localhost"):
        refused("localhost")


@pytest.mark.parametrize("ip", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_allowed_networks_are_exceptions_in_each_form(ip: str) -> None:
    """allow_private names the network that is reached, however it is written."""
    loopback = ipaddress.ip_network("127.0.0.0/8")
    assert refused(ip, [loopback]) is None
    assert refused("10.0.0.1", [loopback]) == "a private address"


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_passes_that_python_calls_private(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """Another table of the same registries never refuses what we allow."""
    if refused(str(address)) is None and getattr(address, "sixtofour", None) is None:
        assert not address.is_private or getattr(address, "ipv4_mapped", None) is not None
        assert not address.is_multicast
        assert not address.is_loopback


@given(st.ip_addresses(v=4))
def test_ipv6_clothes_change_nothing(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address is judged alike when it is mapped, translated or tunnelled."""
    plain = refused(str(address))
    number = int(address)
    forms = (
        ipaddress.IPv6Address((0xFFFF << 32) + number),
        ipaddress.IPv6Address((0x64FF9B << 96) + number),
        ipaddress.IPv6Address((0x2002 << 112) + (number << 80)),
    )
    assert [refused(str(form)) for form in forms] == [plain] * 3


def test_grants_name_one_port_only() -> None:
    """A server of our own is allowed; what else listens on the machine is not."""
    guard = Guard(grants=frozenset({"127.0.0.1:4711", "[::1]:4712"}))
    assert guard.refusal("127.0.0.1", 4711) is None
    assert guard.refusal("::1", 4712) is None
    assert guard.refusal("127.0.0.1", 22) == "a loopback address"
    assert guard.granted("127.0.0.1", 4711)
    assert not guard.granted("localhost", 4711)
