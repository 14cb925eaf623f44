"""Which addresses may we connect to? Pure policy; net.connector asks it for every socket."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The first network that holds an address names the reason, so the narrow ones come first.
# Source: IANA special-purpose address registries (RFC 6890), as of 2026.
_REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(network), reason)
    for network, reason in (
        ("169.254.169.254/32", "the metadata service of a cloud"),
        ("169.254.170.2/32", "the metadata service of a cloud"),
        ("100.100.100.200/32", "the metadata service of a cloud"),
        ("168.63.129.16/32", "the metadata service of a cloud"),
        ("192.0.0.192/32", "the metadata service of a cloud"),
        ("fd00:ec2::/32", "the metadata service of a cloud"),
        ("fd20:ce::254/128", "the metadata service of a cloud"),
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address inside a provider's network"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a reserved address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("2001::/23", "a reserved address"),
        ("2001:db8::/32", "an address for documentation"),
        ("3fff::/20", "an address for documentation"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address"),
        ("ff00::/8", "a multicast address"),
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TEREDO = ipaddress.IPv6Network("2001::/32")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)


def refused(ip: str, allow_private: Iterable[Network] = ()) -> str | None:
    """
    Say why we do not connect to an address.

    An IPv6 address that carries an IPv4 address (mapped, compatible, 6to4, NAT64, Teredo, ISATAP)
    leads to that one, so both are judged.

    Args:
        ip: IPv4 or IPv6 text, as a socket names it; a zone (`%eth0`) is ignored.
        allow_private: Networks that are allowed all the same (network.allow_private).

    Returns:
        None if we may connect; else what the address is, e.g. `a loopback address`.

    Raises:
        ValueError: If `ip` is not an address.

    Source: RFC 6890, 4291 (2.5.5), 6052, 3056, 4380, 5214

    >>> refused("::ffff:127.0.0.1")
    'a loopback address'
    """
    address = ipaddress.ip_address(ip.partition("%")[0])
    allowed = tuple(allow_private)
    if any(address in network for network in allowed):
        return None
    carried = _carried(address)
    if not carried:
        return _reason(address)
    reasons = (refused(str(each), allowed) for each in carried)
    return next((reason for reason in reasons if reason), None)


def _reason(address: Address) -> str | None:
    for network, reason in _REFUSED:
        if address in network:
            return reason
    if address.version == 6 and address not in _GLOBAL_V6:
        return "a reserved address"
    return None


def _carried(address: Address) -> tuple[Address, ...]:
    """Give the addresses that packets to this one are really sent to."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    number = int(address)
    last = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or address in _NAT64:
        return (last,)
    if number >> 32 == 0 and number > 1:  # IPv4-compatible, without :: and ::1
        return (last,)
    if address in _SIX_TO_FOUR:
        return (ipaddress.IPv4Address(number >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:
        server = ipaddress.IPv4Address(number >> 64 & 0xFFFFFFFF)
        return (server, ipaddress.IPv4Address(int(last) ^ 0xFFFFFFFF))
    if number >> 32 & 0xFFFFFFFF in _ISATAP and address in _GLOBAL_V6:
        return (last,) if _reason(address) is None else ()
    return ()


@dataclass(frozen=True, slots=True)
class Guard:
    """
    The policy of one archive.

    Attributes:
        allow_private: Networks that are allowed though they are not public.
        grants: `ip:port` of servers of our own (the demo) that are allowed too.
    """

    allow_private: tuple[Network, ...] = ()
    grants: frozenset[str] = frozenset()

    def refusal(self, ip: str, port: int) -> str | None:
        """Say why a socket may not go to this address; None if it may."""
        if self.granted(ip, port):
            return None
        return _cached(ip, self.allow_private)

    def granted(self, host: str, port: int) -> bool:
        """Say whether this is a server of our own; a name never is, only an address."""
        return bool(self.grants) and host_port(host, port) in self.grants


def host_port(host: str, port: int) -> str:
    """
    Write host and port as settings do.

    >>> host_port("::1", 80)
    '[::1]:80'
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@functools.lru_cache(maxsize=4096)
def _cached(ip: str, allow_private: tuple[Network, ...]) -> str | None:
    return refused(ip, allow_private)
