"""Does the desk say what somebody must see to, and nothing where all is well?"""

from __future__ import annotations

import json
from pathlib import Path

from archiver.care.scrubbing import NAME
from archiver.config import parse
from archiver.evidence.custody import CustodyLog
from archiver.evidence.custody_lines import CustodyEvent, CustodyKind
from archiver.hooks.outbox import Outbox, Waiting
from feeds.web.desk.troubles import troubles
from tests.feeds.web.desk.test_desk import NOW, room

DAMAGED = "archive-1.warc.gz: is not what was sealed"


def damage(folder: Path) -> None:
    """Let the scrub have found a damaged WARC."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(json.dumps({"checked": {}, "faults": {"archive-1": DAMAGED}}))


def test_all_is_well_without_a_word(tmp_path: Path) -> None:
    """Nothing to see to is nothing to read."""
    assert troubles(parse({}, data_dir=tmp_path), NOW) == ()
    with room(tmp_path) as desk:
        assert "See to this" not in desk.see().text


def test_damaged_holdings_stand_first_at_the_desk(tmp_path: Path) -> None:
    """They cannot wait until somebody asks for the status."""
    damage(tmp_path / "data")
    with room(tmp_path) as desk:
        text = desk.see().text
    assert text.index("See to this") < text.index(DAMAGED) < text.index("<h2>Watches")


def test_late_stamps_and_failing_webhooks_are_said(tmp_path: Path) -> None:
    """Each in a sentence; one that works is no trouble."""
    hooks = [{"name": name, "url": f"https://{name}.example/"} for name in ("deaf", "well")]
    stamped = {"timestamp_authority": "https://tsa.example/"}
    settings = parse({"webhook": hooks, "evidence": stamped}, data_dir=tmp_path)
    CustodyLog(tmp_path).append(CustodyEvent(CustodyKind.CAPTURED, NOW, "schedule", "test"))
    event = Waiting(1, "crawl.failed", "", b"{}", 0.0, 0)
    Outbox(tmp_path).failed("deaf", event, "answered 500", due=9.0, paused_until=0, now_s=1.0)
    late, deaf = troubles(settings, NOW)
    assert late == "the custody log was never stamped; `archiver run` does it daily"
    assert deaf.startswith("webhook deaf: failing since 1970-01-01T00:00:01Z: answered 500")
