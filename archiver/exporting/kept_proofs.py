"""Where are the calendars' proofs of exports, so that they can be completed after they went out?"""

from __future__ import annotations

import zipfile
from pathlib import Path

from archiver.care.durable import put
from archiver.care.stamping import FOLDER
from archiver.errors import StoreError
from archiver.packages.manifest import CALENDARS, MANIFEST

EXPORTS = "exports"


def keep_proofs(data_dir: Path, package: Path, thread_id: str, digest: str) -> Path | None:
    """
    Keep the OpenTimestamps proof of a WACZ with what it is of; `archiver run` completes it there.

    The package itself stays as it went out: its list has the digest of the pending proof.

    Args:
        package: As it was written by us just now.
        digest: `sha256:<hex>` of the package, by which the custody log knows it.

    Returns:
        Where the proof stands; None if the package has none.

    Raises:
        StoreError: If the package cannot be read, or the disk refuses.
    """
    name = f"{thread_id}-{digest.removeprefix('sha256:')[:16]}-{MANIFEST.rpartition('/')[2]}"
    kept = data_dir / FOLDER / EXPORTS / f"{name}.ots"
    try:
        with zipfile.ZipFile(package) as held:
            if CALENDARS not in held.namelist():
                return None
            manifest, ots = held.read(MANIFEST), held.read(CALENDARS)
    except (OSError, zipfile.BadZipFile) as err:
        raise StoreError(f"{package}: cannot be read again to keep its proof ({err})") from err
    put(kept.with_suffix(""), manifest)
    put(kept, ots)
    return kept
