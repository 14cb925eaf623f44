"""Where are the calendars' proofs of exports, so that they can be completed after they went out?"""

from __future__ import annotations

import hashlib
from pathlib import Path

from archiver.care.durable import put
from archiver.care.stamping import FOLDER
from archiver.packages.manifest import MANIFEST

EXPORTS = "exports"


def keep_proofs(data_dir: Path, manifest: bytes, ots: bytes) -> Path:
    """
    Keep the OpenTimestamps proof of a package with what it is of; `archiver run` completes it.

    The package itself stays as it goes out: its list has the digest of the pending proof.

    Returns:
        Where the proof stands, named by the digest of the manifest.

    Raises:
        StoreError: If the disk refuses.
    """
    name = f"{hashlib.sha256(manifest).hexdigest()[:16]}-{MANIFEST.rpartition('/')[2]}"
    kept = data_dir / FOLDER / EXPORTS / f"{name}.ots"
    put(kept.with_suffix(""), manifest)
    put(kept, ots)
    return kept
