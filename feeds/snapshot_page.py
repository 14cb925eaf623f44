"""What does the page of one snapshot say: how it looked, what it read, and where it comes from?"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from archiver.core.imported import is_foreign
from archiver.core.memento import timestamp14
from archiver.models import Header, RecordRef, Snapshot, ViewKind
from archiver.models.origin import Origin
from feeds import clean, wording
from feeds.link_page import HopLine
from feeds.link_rows import Stamp, stamp

_MOST_TEXT = 60_000
_SEEN_AT_ONCE = 600  # letters, in the box on a phone
_MOST_HEADERS = 80
_SHOWN_TIMES = 24
_MOST_FAULTS = 5
_SECRETS = frozenset({"set-cookie", "set-cookie2"})
_PICTURES = ("image/png", "image/jpeg")


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the table of facts; `mono`: its value is for machines."""

    name: str
    value: str
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """Another capture of the same address; `here`: it is the one that is shown."""

    at: Stamp
    href: str
    here: bool


@dataclass(frozen=True, slots=True)
class File:
    """A file to take along: `size` in words, empty if it is not known."""

    name: str
    href: str
    size: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The screenshot; `width` and `height` in pixels, 0 if they are not known."""

    href: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """
    All that the page says.

    Attributes:
        state: What was answered, in a word; `tone` is live or dead, for its colour.
        copy, raw: Addresses of the copy without scripts, and of the bytes as recorded.
        live: The original; empty if it is not safe to link.
        cut: There is more text than is given; `goes_on`: than is seen without scrolling.
        hops: How it was reached from the link in the post; empty if it was asked for itself.
        imported: From which file of others it came in; empty if this archive captured it.
        older, newer: How many captures are left out before and after those that are listed.
    """

    title: str
    language: str
    shown: str
    at: Stamp
    state: str
    tone: str
    copy: str
    raw: str
    live: str
    picture: Picture | None
    paragraphs: tuple[str, ...]
    cut: bool
    goes_on: bool
    facts: tuple[Fact, ...]
    tls: tuple[Fact, ...]
    headers: tuple[Fact, ...]
    hops: tuple[HopLine, ...]
    captures: tuple[Capture, ...]
    older: int
    newer: int
    files: tuple[File, ...]
    imported: tuple[Fact, ...] = ()


def place(prefix: str, url: str, at: dt.datetime, part: str = "") -> str:
    """
    Give the address of a snapshot page, or of a file that belongs to it.

    Args:
        prefix: Path of publish.base_url, without a slash at its end.
        part: A kind of view, or `record`; empty for the page.
    """
    return f"{prefix}/snapshot/{timestamp14(at)}{'~' if part else ''}{part}/{url}"


def page_of(
    ref: RecordRef,
    snapshot: Snapshot | None,
    *,
    prefix: str,
    noted: Sequence[Header],
    headers: Sequence[Header],
    hops: tuple[HopLine, ...],
    times: Sequence[dt.datetime],
    origin: Origin | None = None,
) -> SnapshotPage:
    """
    Say all of a snapshot.

    Args:
        ref: The capture that is shown.
        snapshot: What was made of it; None if it is a capture without one, such as a picture.
        prefix: Path of publish.base_url, without a slash at its end.
        noted: Lines of its metadata record.
        headers: As received.
        hops: The chain that led there.
        times: Of all captures of the address, oldest first.
        origin: The file that it was imported with, if it was and that is known.
    """
    shown, older, newer = _around(ref, times)
    paragraphs, cut = _paragraphs(snapshot.text if snapshot else "")
    digits = timestamp14(ref.at)
    return SnapshotPage(
        title=clean.line(snapshot.title if snapshot else "", longest=300)
        or clean.line(ref.url, longest=120),
        language=clean.line((snapshot.language if snapshot else "") or "", longest=20),
        shown=clean.line(ref.url, longest=2_000),
        at=stamp(ref.at),
        state=f"answered {ref.status}" if ref.status else "kept",
        tone="live" if ref.status and ref.status < 400 else "dead",
        copy=f"{prefix}/web/{digits}/{ref.url}",
        raw=f"{prefix}/web/{digits}id_/{ref.url}",
        live=clean.url(ref.url),
        picture=_picture(snapshot, ref, prefix),
        paragraphs=paragraphs,
        cut=cut,
        goes_on=cut or sum(map(len, paragraphs)) > _SEEN_AT_ONCE,
        facts=tuple(_facts(ref, snapshot, noted)),
        tls=tls_of(noted),
        headers=tuple(
            Fact(clean.line(name), clean.line(value, longest=1_000), mono=True)
            for name, value in headers[:_MOST_HEADERS]
            if name.lower() not in _SECRETS
        ),
        hops=hops,
        captures=tuple(
            Capture(stamp(at), place(prefix, ref.url, at), timestamp14(at) == digits)
            for at in shown
        ),
        older=older,
        newer=newer,
        files=tuple(_files(ref, snapshot, prefix)),
        imported=_imported(ref, origin),
    )


def _imported(ref: RecordRef, origin: Origin | None) -> tuple[Fact, ...]:
    """Say whose word an imported record is."""
    if not is_foreign(ref.filename):
        return ()
    if origin is None:
        return (Fact("File", "not told here; `archiver custody` names it"),)
    found = [
        Fact("File", origin.file, mono=True),
        Fact("Its digest", f"{origin.sha256}, {origin.bytes:,} bytes", mono=True),
        Fact("Imported", wording.moment(origin.at)),
        Fact("Signed by", origin.signer or "nobody whose signature holds"),
        *(Fact("Fault", each) for each in origin.faults[:_MOST_FAULTS]),
    ]
    return tuple(Fact(each.name, clean.line(each.value, longest=300), each.mono) for each in found)


def _around(ref: RecordRef, times: Sequence[dt.datetime]) -> tuple[Sequence[dt.datetime], int, int]:
    here = sum(1 for at in times if at < ref.at)
    start = max(0, min(here - _SHOWN_TIMES // 2, len(times) - _SHOWN_TIMES))
    shown = times[start : start + _SHOWN_TIMES]
    return shown, start, len(times) - start - len(shown)


def _paragraphs(text: str) -> tuple[tuple[str, ...], bool]:
    words = clean.text(text)[:_MOST_TEXT]
    parts = (" ".join(each.split()) for each in words.splitlines())
    return tuple(each for each in parts if each), len(text) > _MOST_TEXT


def _picture(snapshot: Snapshot | None, ref: RecordRef, prefix: str) -> Picture | None:
    view = snapshot.view(ViewKind.SCREENSHOT) if snapshot else None
    if view is None or view.mime not in _PICTURES:
        return None
    return Picture(place(prefix, ref.url, ref.at, view.kind), view.width, view.height)


def _facts(ref: RecordRef, snapshot: Snapshot | None, noted: Sequence[Header]) -> list[Fact]:
    said = {name: value for name, value in reversed(noted)}
    found = [
        Fact(
            "Dated by its file" if is_foreign(ref.filename) else "Captured", wording.moment(ref.at)
        ),
        Fact("Answer", f"{ref.status or 'none'}, {ref.mime or 'no type'}"),
        Fact("Size", f"{ref.payload_bytes:,} bytes"),
        Fact("Payload digest", ref.digest or "none", mono=True),
        Fact("Record", ref.record_id, mono=True),
        Fact("Lies in", f"{ref.filename} at {ref.offset:,}, {ref.length:,} bytes", mono=True),
    ]
    if ref.refers_to:
        found.append(Fact("Same bytes as", ref.refers_to, mono=True))
    if ref.truncated:
        found.append(Fact("Cut", f"the end is missing: {ref.truncated}"))
    if "fetchTimeMs" in said:
        found.append(Fact("Took", f"{said['fetchTimeMs']} ms"))
    if "via" in said:
        found.append(Fact("Asked for because of", said["via"], mono=True))
    if snapshot is not None:
        parts = wording.counted(snapshot.requisites, "part")
        missing = f", {snapshot.missing:,} of them missing" if snapshot.missing else ", all kept"
        found.append(Fact("The page needs", parts + (missing if snapshot.requisites else "")))
        made = (
            "a browser" if snapshot.engine == "browser" else "the archive's own client, no script"
        )
        found.append(Fact("Captured with", made))
        found += [
            Fact(f"{each.kind.capitalize()} digest", each.digest, mono=True)
            for each in snapshot.views
        ]
    return [Fact(each.name, clean.line(each.value, longest=2_000), each.mono) for each in found]


def tls_of(noted: Sequence[Header]) -> tuple[Fact, ...]:
    """Say what a metadata record notes of TLS: version, cipher, and the chain, leaf first."""
    said = {name: value for name, value in reversed(noted)}
    if "tlsVersion" not in said:
        return ()
    facts = [Fact("Version", f"{said['tlsVersion']}, {said.get('tlsCipher', '')}")]
    for number, (_, value) in enumerate(each for each in noted if each[0] == "tlsCertificate"):
        facts += _certificate("Certificate" if number == 0 else "Issued by", value)
    return tuple(Fact(each.name, clean.line(each.value, longest=600), each.mono) for each in facts)


def _certificate(name: str, value: str) -> list[Fact]:
    try:
        der = base64.b64decode(value, validate=True)
        found = x509.load_der_x509_certificate(der)
        subject = found.subject.rfc4514_string()
        until = wording.moment(found.not_valid_after_utc)
    except (ValueError, binascii.Error):
        return [Fact(name, "cannot be read; it lies in the metadata record")]
    digest = hashlib.sha256(der).hexdigest()
    return [Fact(name, f"{subject}, valid until {until}"), Fact("", f"sha256:{digest}", mono=True)]


def _files(ref: RecordRef, snapshot: Snapshot | None, prefix: str) -> list[File]:
    names = {
        ViewKind.SCREENSHOT: "Screenshot",
        ViewKind.FIRST: "Screenshot before banners were closed",
        ViewKind.PDF: "PDF",
        ViewKind.TEXT: "Text",
        ViewKind.DOM: "Final DOM",
        ViewKind.PAGEINFO: "What the browser noted",
    }
    record = place(prefix, ref.url, ref.at, "record")
    files = [File("WARC record, as it lies", record, f"{ref.length:,} bytes")]
    for view in snapshot.views if snapshot else ():
        if view.kind in names:
            href = place(prefix, ref.url, ref.at, view.kind)
            files.append(File(names[view.kind], href, f"{view.bytes:,} bytes"))
    return files
