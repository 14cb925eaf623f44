"""What lies with an answer in its WARC: what was noted of it, and its bytes as they are kept?"""

from __future__ import annotations

from collections.abc import Iterator

from archiver.core.imported import is_foreign
from archiver.models import Header
from archiver.models.origin import Origin
from archiver.warc import located
from archiver.warc.excerpt import facts_of
from archiver.warc.located import Located, warc_there
from archiver.warc.origins import origin_of


class WarcPlaces(Located):
    """Reads around records, from a folder of WARCs: implements ports.RecordPlaces."""

    def facts(self, record_id: str) -> tuple[Header, ...]:
        """
        Give the lines of an exchange's metadata record; none if there is no such record.

        Raises:
            StoreError: If the record is not known, or its file is gone.
            FixityError: If a record is broken.
        """
        return facts_of(self._folder, self._known(record_id))

    def stored(self, record_id: str) -> Iterator[bytes]:
        """
        Give a record as it lies in its file, compressed as it is there.

        Raises:
            StoreError: If the record is not known, or its file cannot be read.
        """
        ref = self._known(record_id)
        return located.stored(warc_there(self._folder, ref.filename), ref.offset, ref.length)

    def origin(self, filename: str) -> Origin | None:
        """Say from which imported file a WARC of others came; None if it is ours."""
        return origin_of(self._folder, filename) if is_foreign(filename) else None
