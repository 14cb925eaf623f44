"""What was done with the files of a bag, and by whom? PREMIS 3: objects, events, agents."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archiver.packages.parts import Listed

NAMESPACE = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
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
_EVENTS = {
    "captured": "capture",
    "sealed": "message digest calculation",
    "exported": "dissemination",
    "verified": "fixity check",
    "imported": "ingestion start",
    "repaired": "recovery",
    "timestamped": "digital signature generation",
}
"""Kinds of the custody log -> eventType (LoC vocabulary); others stand there as they are."""


def premis(files: Iterable[Listed], lines: Iterable[bytes], software: str, created: str) -> bytes:
    """
    Write the document.

    Args:
        files: The payload, with paths as the bag has them.
        lines: Of the custody log, JSON each; what cannot be read is told as it stands.
        software: The agent of all events that name none.
        created: Time of the export, RFC 3339.

    Source: PREMIS Data Dictionary 3.0
    """
    ET.register_namespace("premis", NAMESPACE)
    ET.register_namespace("xsi", _XSI)
    root = ET.Element(_name("premis"), {"version": "3.0"})
    listed = tuple(files)
    for each in listed:
        _object(root, each)
    warcs = [each.path for each in listed if each.path.endswith(".warc.gz")]
    agents = {software: "software"}
    for number, line in enumerate(lines, start=1):
        said = _read(line)
        who = str(said.get("who") or "")
        if who:
            agents[who] = "person"
        _event(root, number, said, created, [software, *filter(None, [who])], warcs)
    for agent, kind in agents.items():
        _agent(root, agent, kind)
    ET.indent(root)
    written: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def _object(root: ET.Element, file: Listed) -> None:
    made = _sub(root, "object")
    made.set(f"{{{_XSI}}}type", "premis:file")
    _identifier(made, "object", "path in bag", file.path)
    facts = _sub(made, "objectCharacteristics")
    _sub(facts, "compositionLevel", "1" if file.path.endswith(".gz") else "0")
    fixity = _sub(facts, "fixity")
    _sub(fixity, "messageDigestAlgorithm", "SHA-256")
    _sub(fixity, "messageDigest", file.digest.removeprefix("sha256:"))
    _sub(facts, "size", str(file.bytes))
    name, version = next(
        (found for ending, found in _FORMATS.items() if file.path.endswith(ending)),
        ("application/octet-stream", ""),
    )
    designation = _sub(_sub(facts, "format"), "formatDesignation")
    _sub(designation, "formatName", name)
    if version:
        _sub(designation, "formatVersion", version)


def _event(
    root: ET.Element,
    number: int,
    said: Mapping[str, Any],
    created: str,
    agents: Sequence[str],
    objects: Sequence[str],
) -> None:
    event = _sub(root, "event")
    _identifier(event, "event", "line of custody.jsonl", str(number))
    kind = str(said.get("kind") or "unknown")
    _sub(event, "eventType", _EVENTS.get(kind, kind))
    _sub(event, "eventDateTime", str(said.get("at") or created))
    detail = _sub(event, "eventDetailInformation")
    _sub(detail, "eventDetail", json.dumps(said, ensure_ascii=False, sort_keys=True))
    for agent in agents:
        linking = _sub(event, "linkingAgentIdentifier")
        _sub(linking, "linkingAgentIdentifierType", "name")
        _sub(linking, "linkingAgentIdentifierValue", agent)
    for path in objects:
        linking = _sub(event, "linkingObjectIdentifier")
        _sub(linking, "linkingObjectIdentifierType", "path in bag")
        _sub(linking, "linkingObjectIdentifierValue", path)


def _agent(root: ET.Element, name: str, kind: str) -> None:
    agent = _sub(root, "agent")
    _identifier(agent, "agent", "name", name)
    _sub(agent, "agentName", name)
    _sub(agent, "agentType", kind)


def _identifier(parent: ET.Element, what: str, kind: str, value: str) -> None:
    made = _sub(parent, f"{what}Identifier")
    _sub(made, f"{what}IdentifierType", kind)
    _sub(made, f"{what}IdentifierValue", value)


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


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _read(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    return said if isinstance(said, dict) else {"line": line.decode("utf-8", "replace")}
