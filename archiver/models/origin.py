"""Where does an imported record come from: which file of whom, and what was found in it?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """
    A file that was imported.

    Attributes:
        file: Its name, without folders.
        sha256: Of the file, as `sha256:<hex>`; `bytes` is its length.
        at: When it was imported, UTC-aware.
        warcs: Names of the WARCs of this archive that its records came into.
        records: How many captures were new here; `held`: how many were here already.
        signer: Who signed the package, if its signature holds for what the package lists: a
            domain, or the `sha256:<hex>` of a public key; else empty.
        faults: What is wrong with the package, one sentence each; the first of many.
        kept: Records of ours that hold its list, signature, timestamps and custody log.
    """

    file: str
    sha256: str
    bytes: int
    at: dt.datetime
    warcs: tuple[str, ...] = ()
    records: int = 0
    held: int = 0
    signer: str = ""
    faults: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
