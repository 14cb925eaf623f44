"""Which of the anchors that were given are meant for timestamps, and which for domains?

An anchor does not say what it is for, and who gives one for the authority of a timestamp has not
said anything about domains. So anchors that lead one of the two chains are not asked of the other:
a chain for which none is left is not judged. Those that lead neither are meant for both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.x509 import Certificate, load_pem_x509_certificates

from archiver.evidence.domain import chain_faults
from archiver.evidence.timestamps import token_faults


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whom a timestamp must lead to, and whom a domain; with none, nobody is judged."""

    time: tuple[Certificate, ...] = ()
    web: tuple[Certificate, ...] = ()


def trusted(
    anchors: Sequence[bytes],
    stamps: Sequence[tuple[bytes, bytes]],
    chain: Sequence[Certificate],
    at: dt.datetime | None,
) -> Trusted:
    """
    Tell anchors apart by what they lead.

    Args:
        anchors: Certificates (PEM); those of one file are of one kind.
        stamps: The timestamps of the package (DER), each with what it should be of.
        chain: Of the domain that signed, leaf first; empty if none did.
        at: When it did, as its timestamp says.
    """
    groups = [tuple(load_pem_x509_certificates(pem)) for pem in anchors]
    time: list[Certificate] = []
    web: list[Certificate] = []
    for group in groups:
        for_time = any(not token_faults(token, message, group) for token, message in stamps)
        for_web = bool(chain) and at is not None and not chain_faults(chain, group, at)
        time += group if for_time or not for_web else ()
        web += group if for_web or not for_time else ()
    return Trusted(tuple(time), tuple(web))
