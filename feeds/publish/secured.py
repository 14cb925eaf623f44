"""What did TLS agree on when the copy of a link's target was made? Read once for each copy."""

from __future__ import annotations

import json
import logging

from archiver.errors import FixityError, StoreError
from archiver.models import ThreadView
from archiver.ports import RecordPlaces
from feeds.link_page import TlsLines
from feeds.publish.state import State
from feeds.snapshot_page import tls_of

log = logging.getLogger(__name__)


class Secured:
    """Reads metadata records, and keeps what they say beside publish_dir."""

    def __init__(self, state: State, records: RecordPlaces | None) -> None:
        self._state = state
        self._records = records

    def lines_of(self, view: ThreadView) -> dict[str, TlsLines]:
        """Give the TLS facts of the copies of a thread's targets, by their record ids."""
        snapshots = [each.snapshot for each in view.links if each.snapshot is not None]
        ids = dict.fromkeys(
            each.record_id
            for each in snapshots
            if each.record_id and each.url.lower().startswith("https:")
        )
        return {record_id: lines for record_id in ids if (lines := self._lines(record_id))}

    def _lines(self, record_id: str) -> TlsLines:
        key = f"tls/{record_id}"
        known = self._state.said(key)
        if known is not None:
            return tuple((str(name), str(value)) for name, value in json.loads(known))
        if self._records is None:
            return ()
        try:
            noted = self._records.facts(record_id)
        except (StoreError, FixityError) as err:
            log.warning("TLS facts not read", extra={"record_id": record_id, "why": str(err)})
            return ()
        lines = tuple((each.name, each.value) for each in tls_of(noted))
        self._state.say(key, json.dumps(lines))
        return lines
