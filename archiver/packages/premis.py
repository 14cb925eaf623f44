"""What was done with the files of a bag, and by whom? PREMIS 3: objects, events, agents."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator

from archiver.packages.parts import Listed
from archiver.packages.premis_events import (
    Happening,
    Making,
    Sealed,
    concerned,
    happenings,
    seals,
)

NAMESPACE = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DECLARED = f' xmlns:premis="{NAMESPACE}"', f' xmlns:xsi="{_XSI}"'
_FORMATS = {
    ".warc.gz": ("application/warc", "1.1"),
    ".html": ("text/html", "5"),
    ".json": ("application/json", ""),
    ".jsonl": ("application/x-ndjson", ""),
    ".cdxj": ("application/cdxj", ""),
    ".txt": ("text/plain", ""),
    ".jpg": ("image/jpeg", ""),
    ".png": ("image/png", ""),
    ".gif": ("image/gif", ""),
    ".webp": ("image/webp", ""),
    ".mp4": ("video/mp4", ""),
    ".webm": ("video/webm", ""),
    ".mp3": ("audio/mpeg", ""),
}
_IN_BAG = "path in bag"
_IN_ARCHIVE = "WARC of the archive"
_ENTITY = "thread of the archive"
_SOFTWARE, _WHO = "software", "user@machine"
_SCHEDULE = "schedule"
_EXPORT = "export"
_LINE = "line of custody.jsonl"

Reference = tuple[str, str]
"""Type and value of an identifier."""


def premis(files: Iterable[Listed], lines: Iterable[bytes], making: Making) -> Iterator[bytes]:
    """
    Write the document, piece by piece; only the lines that are about the objects are held.

    The objects are the files of the bag, the WARCs that its records were copied from, and the
    thread. The events are what the custody log tells of those, and the export that made the files.
    What the log tells of other threads is not in it.

    Args:
        files: The payload, with paths as the bag has them.
        lines: Of the custody log, JSON each, in their order; read once.
        making: The export.

    Source: PREMIS Data Dictionary 3.0
    """
    ET.register_namespace("premis", NAMESPACE)
    ET.register_namespace("xsi", _XSI)
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<premis:premis{"".join(_DECLARED)} version="3.0">\n'.encode()
    held = concerned(lines, making)
    made: list[Reference] = []
    for each in files:
        made.append((_IN_BAG, each.path))
        yield _written(_file(each, making))
    sealed = seals(held, making)
    for name in making.warcs:
        yield _written(_source(name, sealed.get(name)))
    yield _written(_entity(making))
    agents: dict[Reference, None] = dict.fromkeys(_agents_of(making.software, making.by))
    for told in happenings(held, making):
        agents.update(dict.fromkeys(_agents_of(told.software, told.who)))
        yield _written(_happened(told, making))
    yield _written(_exported(making, made))
    for agent in agents:
        yield _written(_agent(agent))
    yield b"</premis:premis>\n"


def _file(file: Listed, making: Making) -> ET.Element:
    root = _object("file", (_IN_BAG, file.path))
    facts = _sub(root, "objectCharacteristics")
    _sub(facts, "compositionLevel", "1" if file.path.endswith(".gz") else "0")
    _fixity(facts, file.digest, file.bytes)
    _format(facts, file.path)
    if making.warcs and file.path.endswith(".warc.gz"):
        sources = [(_IN_ARCHIVE, name) for name in making.warcs]
        _related(root, "derivation", "has source", sources, (_EXPORT, _event_id(making)))
    _related(root, "structural", "is part of", [(_ENTITY, making.identifier)])
    return root


def _source(name: str, sealed: Sealed | None) -> ET.Element:
    """A WARC of the archive; it is not in the bag, so what is said of it is what its seal says."""
    root = _object("file", (_IN_ARCHIVE, name))
    facts = _sub(root, "objectCharacteristics")
    _sub(facts, "compositionLevel", "1" if name.endswith(".gz") else "0")
    if sealed is not None:
        _fixity(facts, sealed.sha256, sealed.bytes)
    _format(facts, name)
    _sub(root, "originalName", name)
    return root


def _entity(making: Making) -> ET.Element:
    return _object("intellectualEntity", (_ENTITY, making.identifier))


def _happened(told: Happening, making: Making) -> ET.Element:
    about = [(_IN_ARCHIVE, name) for name in told.warcs] or [(_ENTITY, making.identifier)]
    root = _event((_LINE, str(told.number)), told.kind, told.at, told.detail)
    if told.outcome:
        _sub(_sub(root, "eventOutcomeInformation"), "eventOutcome", told.outcome)
    _linked_agents(root, told.software, told.who)
    for each in about:
        _link(root, "linkingObjectIdentifier", each)
    return root


def _exported(making: Making, made: Iterable[Reference]) -> ET.Element:
    detail = json.dumps({"kind": "exported", "format": "bagit"})
    root = _event((_EXPORT, _event_id(making)), "creation", making.created, detail)
    _linked_agents(root, making.software, making.by)
    _link(root, "linkingObjectIdentifier", (_ENTITY, making.identifier), "source")
    for name in making.warcs:
        _link(root, "linkingObjectIdentifier", (_IN_ARCHIVE, name), "source")
    for each in made:
        _link(root, "linkingObjectIdentifier", each, "outcome")
    return root


def _event_id(making: Making) -> str:
    return f"{making.identifier} {making.created}"


def _event(reference: Reference, kind: str, at: str, detail: str) -> ET.Element:
    root = ET.Element(_name("event"))
    _identifier(root, "eventIdentifier", reference)
    _sub(root, "eventType", kind)
    _sub(root, "eventDateTime", at)
    _sub(_sub(root, "eventDetailInformation"), "eventDetail", detail)
    return root


def _agents_of(software: str, who: str) -> list[Reference]:
    named = (_SOFTWARE, software), (_SCHEDULE if who == _SCHEDULE else _WHO, who)
    return [each for each in named if each[1]]


def _linked_agents(root: ET.Element, software: str, who: str) -> None:
    for each in _agents_of(software, who):
        role = "executing program" if each[0] == _SOFTWARE else "implementer"
        _link(root, "linkingAgentIdentifier", each, role)


def _agent(reference: Reference) -> ET.Element:
    kind, value = reference
    root = ET.Element(_name("agent"))
    _identifier(root, "agentIdentifier", reference)
    name, _, version = value.partition("/") if kind == _SOFTWARE else (value, "", "")
    _sub(root, "agentName", name)
    _sub(root, "agentType", "person" if kind == _WHO else "software")
    if version:
        _sub(root, "agentVersion", version)
    if kind == _WHO:
        _sub(root, "agentNote", "The account and host that the machine named; nobody proved who.")
    elif kind == _SCHEDULE:
        _sub(root, "agentNote", "`archiver run`, which works by itself.")
    return root


def _object(kind: str, reference: Reference) -> ET.Element:
    root = ET.Element(_name("object"), {f"{{{_XSI}}}type": f"premis:{kind}"})
    _identifier(root, "objectIdentifier", reference)
    return root


def _fixity(facts: ET.Element, digest: str, size: int) -> None:
    fixity = _sub(facts, "fixity")
    _sub(fixity, "messageDigestAlgorithm", "SHA-256")
    _sub(fixity, "messageDigest", digest.removeprefix("sha256:"))
    _sub(facts, "size", str(size))


def _format(facts: ET.Element, path: str) -> None:
    name, version = next(
        (found for ending, found in _FORMATS.items() if path.endswith(ending)),
        ("application/octet-stream", ""),
    )
    designation = _sub(_sub(facts, "format"), "formatDesignation")
    _sub(designation, "formatName", name)
    if version:
        _sub(designation, "formatVersion", version)


def _related(
    root: ET.Element,
    kind: str,
    subtype: str,
    objects: Iterable[Reference],
    event: Reference | None = None,
) -> None:
    related = _sub(root, "relationship")
    _sub(related, "relationshipType", kind)
    _sub(related, "relationshipSubType", subtype)
    for each in objects:
        _identifier(related, "relatedObjectIdentifier", each)
    if event is not None:
        _identifier(related, "relatedEventIdentifier", event)


def _link(root: ET.Element, name: str, reference: Reference, role: str = "") -> None:
    made = _identifier(root, name, reference)
    if role:
        _sub(made, name.replace("Identifier", "Role"), role)


def _identifier(parent: ET.Element, name: str, reference: Reference) -> ET.Element:
    made = _sub(parent, name)
    kind, value = reference
    _sub(made, f"{name}Type", kind)
    _sub(made, f"{name}Value", value)
    return made


def _sub(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    made = ET.SubElement(parent, _name(name))
    if text is not None:
        made.text = xml_text(text)
    return made


def xml_text(text: str) -> str:
    """Leave out what XML 1.0 cannot say (section 2.2)."""
    return "".join(
        c for c in text
        if c in "\t\n\r" or " " <= c < "\ud800" or "\ue000" <= c < "\ufffe" or c > "\uffff"
    )  # fmt: skip


def _written(root: ET.Element) -> bytes:
    """Write a child of the document, which has declared the namespaces already."""
    ET.indent(root)
    said = ET.tostring(root, "unicode")
    start, end, rest = said.partition(">")
    for each in _DECLARED:
        start = start.replace(each, "")
    return (start + end + rest).encode() + b"\n"


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"
