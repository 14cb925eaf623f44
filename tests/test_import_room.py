"""Is what does not fit on the disk refused before a byte of it is written?"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from archiver.capture.zipped import Zipped
from archiver.errors import StoreError, UsageError
from archiver.importing.room import require_honest_size, require_room


def test_more_than_is_free_is_refused(tmp_path: Path) -> None:
    """Also where the folder is not made yet; what fits passes."""
    free = shutil.disk_usage(tmp_path).free
    require_room(tmp_path / "not" / "made", 1, "a.wacz")
    with pytest.raises(StoreError, match=r"a\.wacz: takes up to .* are free; make room"):
        require_room(tmp_path / "not" / "made", free, "a.wacz")


def test_package_that_unpacks_to_a_multitude_is_refused() -> None:
    """Small ones, and those of packed text, pass."""
    require_honest_size(17_000_000, 500_000_000, "a.wacz")
    require_honest_size(17_000_000, 850_000_000, "a.wacz")
    require_honest_size(4_000_000_000, 60_000_000_000, "a.wacz")
    with pytest.raises(UsageError, match=r"a\.wacz: its 17,000,000 bytes unpack to 3,800,000,000"):
        require_honest_size(17_000_000, 3_800_000_000, "a.wacz")


def test_no_more_is_unpacked_than_the_zip_says(tmp_path: Path) -> None:
    """A size that lies ends the copy."""
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("archive/a.warc", b"x" * 1_000_000)
    raw = place.read_bytes()
    lying = raw.replace((1_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    place.write_bytes(lying)
    with Zipped.open(place) as opened, (tmp_path / "out").open("wb") as target:
        assert opened.size("archive/a.warc") == 1_000
        with pytest.raises(UsageError):
            opened.copy("archive/a.warc", target, opened.size("archive/a.warc"))
    assert (tmp_path / "out").stat().st_size <= 1_000
