"""How is a bag made of parts? BagIt 1.0, with PREMIS and Dublin Core as tag files."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import bagit

from archiver.errors import StoreError
from archiver.packages.parts import Listed, Part, Passing
from archiver.packages.premis import premis, xml_text
from archiver.packages.premis_events import Making

_DC = "http://purl.org/dc/elements/1.1/"
_METADATA = "metadata"
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class BagAbout:
    """
    What a bag says of what it holds.

    Attributes:
        identifier: Of the thread, for ever.
        contact: Who made it; may be empty.
        by: `user@machine` that let it be made; may be empty.
        warcs: Names of the archive's WARCs that the records come from.
    """

    title: str
    description: str
    identifier: str
    creator: str
    source: str
    language: str
    created: dt.datetime
    software: str
    contact: str = ""
    by: str = ""
    warcs: tuple[str, ...] = ()


def write(
    folder: Path, parts: Iterable[Part], about: BagAbout, custody: Sequence[bytes]
) -> tuple[Listed, ...]:
    """
    Write a bag into an empty folder.

    The library changes the working folder of the process while it works.

    Args:
        folder: There, and empty.
        parts: The payload.
        custody: Lines of the custody log; those about the thread and its WARCs become events.

    Raises:
        OSError: If the disk refuses. What the parts raise passes through.
        StoreError: If the library refuses.

    Source: RFC 8493
    """
    files = tuple(_put(folder, part) for part in parts)
    day = f"{about.created:%Y-%m-%d}"
    info = {
        "Bagging-Date": day,
        "Bag-Software-Agent": about.software,
        "External-Identifier": about.identifier,
        "External-Description": _one_line(about.description),
        "Source-Organization": _one_line(about.contact),
    }
    try:
        bag = bagit.make_bag(
            str(folder), {key: each for key, each in info.items() if each}, checksums=["sha256"]
        )
        tags = folder / _METADATA
        tags.mkdir()
        payload = [Listed(f"data/{each.path}", each.bytes, each.digest) for each in files]
        created = f"{about.created.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}Z"
        making = Making(about.identifier, created, about.software, about.by, about.warcs)
        with (tags / "premis.xml").open("xb") as file:
            file.writelines(premis(payload, custody, making))
        (tags / "dc.xml").write_bytes(dublin_core(about))
        # The library says 0.97, whose rules are those of 1.0 for what stands here.
        (folder / "bagit.txt").write_bytes(_DECLARATION)
        bag.save()
    except bagit.BagError as err:
        raise StoreError(f"{folder}: the bag could not be made ({err})") from err
    return files


def dublin_core(about: BagAbout) -> bytes:
    """Write the fifteen elements, as far as they are known (DCMES 1.1)."""
    ET.register_namespace("dc", _DC)
    root = ET.Element("metadata")
    for name, value in (
        ("title", about.title),
        ("creator", about.creator),
        ("description", about.description),
        ("date", f"{about.created:%Y-%m-%d}"),
        ("type", "Collection"),
        ("format", "application/warc"),
        ("identifier", about.identifier),
        ("source", about.source),
        ("language", about.language),
    ):
        if value:
            ET.SubElement(root, f"{{{_DC}}}{name}").text = xml_text(_one_line(value))
    ET.indent(root)
    written: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def _put(folder: Path, part: Part) -> Listed:
    place = folder / part.path
    place.parent.mkdir(parents=True, exist_ok=True)
    passing = Passing(part)
    with place.open("xb") as file:
        file.writelines(passing.pieces())
    return passing.listed


def _one_line(words: str) -> str:
    return " ".join(words.split())[:2_000]
