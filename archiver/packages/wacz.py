"""How is a WACZ written? In one pass: each file as it comes, what proves them, the signed list."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from archiver.core.times import with_millis
from archiver.errors import StoreError
from archiver.packages.manifest import MANIFEST, manifest
from archiver.packages.parts import Listed, Part, Passing, text

WARC = "archive/data.warc.gz"
INDEX = "indexes/index.cdx"
PAGES = "pages/pages.jsonl"
DATAPACKAGE = "datapackage.json"
DIGEST = "datapackage-digest.json"
VERSION = "1.1.1"
_UNIX, _MODE = 3, 0o100644 << 16
_EARLIEST = (1980, 1, 1, 0, 0, 0)

Signer = Callable[[str], Mapping[str, object]]
"""Makes the signedData of a digest (`sha256:<hex>`)."""

Prover = Callable[[bytes], Iterable[Part]]
"""Makes the proofs of the manifest, which are listed and signed with all the rest."""


@dataclass(frozen=True, slots=True)
class About:
    """
    What the list of a WACZ says of it.

    Attributes:
        created: Stands in the list, and as the time of each file in the zip.
        main_url: The page that a player opens first, and `main_at`, its time.
    """

    title: str
    description: str
    created: dt.datetime
    software: str
    main_url: str
    main_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A WACZ that was written: its files, and the digest of their list."""

    files: tuple[Listed, ...]
    digest: str


def write(
    file: BinaryIO,
    parts: Iterable[Part],
    about: About,
    sign: Signer | None = None,
    prove: Prover | None = None,
) -> Written:
    """
    Write a WACZ.

    Args:
        file: Where to; it can seek.
        parts: In the order in which they shall stand; each is read when it is its turn, so one may
            be made of what another one brought.
        sign: None for a package without signature.
        prove: Is given the manifest of all parts, and gives what proves it, in proofs/.

    Raises:
        OSError: If the disk refuses. What the parts raise passes through.
        StoreError: If a part that is not endless has no end.

    Source: WACZ 1.1.1, 5; wacz-auth 0.1.0
    """
    with zipfile.ZipFile(file, "w", allowZip64=True) as package:
        files = [_put(package, part, about.created) for part in parts]
        stamped = manifest((each.path, each.digest) for each in files)
        proofs = (text(MANIFEST, stamped), *(prove(stamped) if prove is not None else ()))
        files += [_put(package, part, about.created) for part in proofs]
        listing = _json(_datapackage(files, about))
        _put(package, text(DATAPACKAGE, listing), about.created)
        digest = f"sha256:{hashlib.sha256(listing).hexdigest()}"
        signed = {} if sign is None else {"signedData": dict(sign(digest))}
        proof = _json({"path": DATAPACKAGE, "hash": digest, **signed})
        _put(package, text(DIGEST, proof), about.created)
    return Written(tuple(files), digest)


def _put(package: zipfile.ZipFile, part: Part, at: dt.datetime) -> Listed:
    info = zipfile.ZipInfo(part.path, max(_EARLIEST, at.astimezone(dt.UTC).timetuple()[:6]))
    info.create_system, info.external_attr = _UNIX, _MODE
    info.compress_type = zipfile.ZIP_STORED if part.packed else zipfile.ZIP_DEFLATED
    passing = Passing(part)
    try:
        with package.open(info, "w", force_zip64=part.endless) as target:
            for piece in passing.pieces():
                target.write(piece)
    except RuntimeError as err:
        if "zip64" not in str(err).lower():  # so zipfile says that a file grew too long
            raise
        raise StoreError(f"{part.path} is longer than was foreseen; please report it") from err
    return passing.listed


def _datapackage(files: Iterable[Listed], about: About) -> dict[str, object]:
    created = with_millis(about.created)
    return {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": about.title,
        "description": about.description,
        "created": created,
        "modified": created,
        "software": about.software,
        "mainPageUrl": about.main_url,
        "mainPageDate": with_millis(about.main_at),
        "resources": [
            {
                "name": each.path.rpartition("/")[2].lower(),
                "path": each.path,
                "hash": each.digest,
                "bytes": each.bytes,
            }
            for each in files
        ],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=True).encode() + b"\n"
