"""Is a WACZ what its list says? Holds datapackage.json against what stands in the zip. Pure."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from archiver.packages.zip_directory import MOST_ENTRIES, STORED, ZipEntry

DATAPACKAGE = "datapackage.json"
DIGEST = "datapackage-digest.json"
PAGES = "pages/pages.jsonl"
MOST_JSON_BYTES = 100_000_000
_MOST_PARTS = 2_000_000
_MOST_FAULTS = 1_000
_LONGEST_SHOWN = 200
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNLISTED = frozenset({DATAPACKAGE, DIGEST})
_NAME = re.compile(r"[a-z0-9._/-]+")
_WARC = re.compile(r"archive/[^/]+\.warc(\.gz)?", re.IGNORECASE)
_INDEX = re.compile(r"indexes/[^/]+\.(cdxj?|cdx\.gz|cdxj\.gz|idx)", re.IGNORECASE)
_PAGES = re.compile(r"pages/[^/]+\.jsonl", re.IGNORECASE)
_FOLDERS = {"archive/": _WARC, "indexes/": _INDEX, "pages/": _PAGES}


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the list tells it; `bytes` is -1 and `hash` empty where it does not say."""

    path: str
    hash: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Listing:
    """
    What datapackage.json says, and what is wrong with it as such.

    Attributes:
        resources: Its files, in order.
        page: Its mainPageUrl; empty if there is none.
        software: That made the package; empty if it is not told.
        created: As written; empty if it is not told.
        faults: Phrases on the list itself.
        notes: Phrases on what is unusual and lawful.
    """

    resources: tuple[Listed, ...] = ()
    page: str = ""
    software: str = ""
    created: str = ""
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def json_object(raw: bytes, *, halves: bool = False) -> Mapping[str, object]:
    """
    Read a JSON object in which no name stands twice.

    Args:
        raw: Its text.
        halves: Whether it may hold half a character (a lone surrogate), which cannot be written.

    Raises:
        ValueError: If it is none, or has more parts than any package needs, with a sentence.
    """
    # Each part may take a hundred times its bytes in memory: `{},` is three.
    if sum(map(raw.count, (b"{", b"[", b","))) > _MOST_PARTS:
        raise ValueError(f"it has more than {_MOST_PARTS:,} parts, and was not read")
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_once)
    except UnicodeDecodeError as exc:
        raise ValueError(f"it is not UTF-8 at byte {exc.start}") from exc
    except json.JSONDecodeError as exc:
        raise ValueError(f"it is not JSON at byte {len(exc.doc[: exc.pos].encode())}") from exc
    except RecursionError as exc:
        raise ValueError("it is nested too deeply") from exc
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    suspected = not halves and _ESCAPED_SURROGATE.search(raw)
    if suspected and not is_text(json.dumps(found, ensure_ascii=False)):
        raise ValueError("it holds half a character, which is no text")
    return found


def listing(raw: bytes) -> Listing:
    """
    Read datapackage.json; what is wrong with it is said in `faults`.

    Source: WACZ 1.1.1, 5.4; Frictionless Data Package
    """
    try:
        found = json_object(raw, halves=True)
    except ValueError as exc:
        return Listing(faults=(str(exc),))
    resources = found.get("resources")
    listed = resources if isinstance(resources, list) else []
    if len(listed) > MOST_ENTRIES:
        what = f"it lists {len(listed):,} resources, where a package holds {MOST_ENTRIES:,} at most"
        return Listing(faults=(what,))
    return Listing(
        tuple(_resource(each) for each in listed if isinstance(each, dict)),
        _text(found, "mainPageUrl"),
        _text(found, "software"),
        _text(found, "created"),
        tuple(islice(_faults(found, listed), _MOST_FAULTS)),
        tuple(_notes(found, listed)),
    )


def layout_faults(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """
    Hold the paths of a package against what a WACZ must have and may have.

    Returns:
        The path that a fault is about, empty for the whole, and a phrase.
    """
    names = tuple(names)
    for name in (DATAPACKAGE, DIGEST, PAGES):
        if name not in names:
            yield "", f"{name} is missing"
    for folder, allowed in _FOLDERS.items():
        inside = [name for name in names if name.startswith(folder)]
        if not inside and folder != "pages/":
            yield "", f"nothing stands in {folder}"
        for name in inside:
            if not allowed.fullmatch(name):
                yield name, f"must not stand in {folder}"


def is_text(value: str) -> bool:
    """Say whether a string is all characters: JSON lets half of one (a lone surrogate) pass."""
    return not _SURROGATE.search(value)


def listing_faults(found: Listing, entries: Mapping[str, ZipEntry]) -> Iterator[tuple[str, str]]:
    """
    Hold the list against the zip, both ways; digests apart.

    Returns:
        The path that a fault is about, shortened if no file has it, and a phrase.
    """
    seen: set[str] = set()
    for each in found.resources:
        entry = entries.get(each.path)
        shown = each.path if entry else each.path[:_LONGEST_SHOWN]
        if each.path in seen:
            yield shown, "is listed more than once"
        seen.add(each.path)
        if entry is None:
            yield shown, "is listed and not in the package"
        elif entry.bytes != each.bytes:
            yield each.path, f"is listed with {each.bytes} bytes, and has {entry.bytes}"
        if each.path in _UNLISTED:
            yield each.path, "must not be listed: the list cannot tell of itself"
    for name in entries.keys() - seen - _UNLISTED:
        yield name, "is in the package and not listed: no digest covers it"
    for name, entry in entries.items():
        if (
            entry.method != STORED
            and name.endswith((".warc.gz", ".cdx.gz", ".warc"))
            and (name.startswith(("archive/", "indexes/")))
        ):
            yield name, "is deflated in the zip: players that read parts of it cannot"


def parsed_time(text: str) -> dt.datetime | None:
    """Read an RFC 3339 time; None if it is none or names no zone."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one of its objects")
    return found


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    # Half a character is no text, and can be neither printed nor looked up.
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else ""


def _resource(found: Mapping[str, object]) -> Listed:
    size = found.get("bytes")
    size = size if isinstance(size, int) and not isinstance(size, bool) else -1
    return Listed(_text(found, "path"), _text(found, "hash"), size)


def _faults(found: Mapping[str, object], listed: list[object]) -> Iterator[str]:
    yield from _halves(found, listed)
    if found.get("profile") not in ("data-package", "wacz-package"):
        yield f"its profile is {found.get('profile')!r:.200}, and should be 'data-package'"
    if not _text(found, "wacz_version").startswith("1."):
        yield f"its wacz_version is {found.get('wacz_version')!r:.200}, which is not known here"
    for name in ("created", "modified"):
        if name in found and parsed_time(_text(found, name)) is None:
            yield f"its {name} is {found[name]!r:.200}, which is no time with a zone"
    made, changed = (parsed_time(_text(found, name)) for name in ("created", "modified"))
    if made and changed and changed < made:
        yield f"it was modified ({changed}) before it was created ({made})"
    if not isinstance(found.get("resources"), list):
        yield "it lists no resources"
    for number, each in enumerate(listed, start=1):
        if not isinstance(each, dict):
            yield f"resource {number} is no object"
            continue
        lacks = [name for name in ("name", "path", "hash") if not _text(each, name)]
        lacks += ["bytes"] if _resource(each).bytes < 0 else []
        if lacks:
            yield f"resource {number} lacks {', '.join(lacks)}"


def _halves(found: Mapping[str, object], listed: list[object]) -> Iterator[str]:
    for part in (found, *listed):
        if isinstance(part, dict):
            for name, value in part.items():
                if isinstance(value, str) and not is_text(value):
                    yield f"its {name!r:.200} holds half a character, which is no text"


def _notes(found: Mapping[str, object], listed: list[object]) -> Iterator[str]:
    for name in ("title", "created", "software"):
        if not _text(found, name):
            yield f"it has no {name}"
    odd = [
        _text(each, "name")
        for each in listed
        if isinstance(each, dict) and not _NAME.fullmatch(_text(each, "name"))
    ]
    if odd:
        yield f"{len(odd)} of its names are not in lower case, the first {odd[0][:80]!r}"
