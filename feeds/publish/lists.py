"""What does a list say of a thread, and on which page of the list does it stand?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass

from archiver.models import ThreadView
from feeds import wording
from feeds.document import Entry
from feeds.html import Pages, ThreadLine
from feeds.link_rows import stamp
from feeds.publish.slots import micros
from feeds.publish.state import DamagedState, State
from feeds.reading import marks_of

PAGE = 50
"""Threads on a page of older ones. The first page holds up to twice as many, so that an older page
never changes because a thread was added."""


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A thread as lists need it, without opening the store. Times are RFC 3339 in UTC.

    Attributes:
        links: Their number, and how many do not live, in words.
        changed: Empty if nothing changed since it was first captured.
    """

    title: str
    author: str
    platform: str
    language: str | None
    standing: str
    marks: tuple[str, ...]
    links: str
    written: str
    changed: str


def listed(view: ThreadView, entry: Entry) -> Listed:
    """Give what lists say of a thread."""
    thread = view.thread
    not_live = sum(1 for link in entry.links if link.outcome is not None and link.state != "live")
    words = wording.counted(len(entry.links), "link") if entry.links else ""
    return Listed(
        title=entry.title,
        author=wording.author(thread.author),
        platform=wording.platform(thread.platform),
        language=entry.language,
        standing=wording.completeness(thread.completeness),
        marks=marks_of(entry),
        links=f"{words}, {not_live:,} not live" if not_live else words,
        written=wording.iso(entry.published),
        changed=wording.iso(thread.updated_at)
        if thread.updated_at > thread.first_captured_at
        else "",
    )


def folder_of(number: int) -> str:
    """Give the folder of a page below publish_dir; empty for the first."""
    return f"threads/{number}/" if number else ""


class Lists:
    """
    The list of all threads, by first capture.

    Pages of older threads are numbered from the oldest; a thread stays on its page for ever. Page 0
    is the first that readers see, and has what is not on an older one yet.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def number_of(self, thread_id: str) -> int | None:
        """Give the number that a published thread has here."""
        found: int | None = self._state.one("SELECT n FROM thread WHERE id = ?", thread_id)
        return found

    def keep(self, thread_id: str, first_captured_at: dt.datetime, line: Listed) -> int:
        """Let a thread be listed as this; give its number here."""
        captured = micros(first_captured_at)
        text = json.dumps(dataclasses.asdict(line), ensure_ascii=True, separators=(",", ":"))
        row = self._state.ask("SELECT n, page, captured, line FROM thread WHERE id = ?", thread_id)
        if not row:
            self._state.begin("page", [0])
            return self._state.add(
                "INSERT INTO thread (id, captured, line) VALUES (?, ?, ?)",
                *(thread_id, captured, text),
            )
        n, page, former, known = row[0]
        if (former, known) != (captured, text):
            statement = "UPDATE thread SET captured = ?, line = ? WHERE n = ?"
            self._state.ask(statement, captured, text, n)
            self._state.begin("page", [page])
        return int(n)

    def text_of(self, thread_id: str) -> str:
        """Give what is kept of a thread for lists; empty if it is not published."""
        return self._state.one("SELECT line FROM thread WHERE id = ?", thread_id) or ""

    def forget(self, n: int) -> None:
        """List a thread no more."""
        page = self._state.one("SELECT page FROM thread WHERE n = ?", n)
        self._state.ask("DELETE FROM thread WHERE n = ?", n)
        self._state.begin("page", [page, 0])  # 0 says how many there are
        if page and not self._count(page):
            self._state.begin("page", self._around(page))

    def settle(self) -> None:
        """Move the oldest of the first page to pages of older threads, when they fill one."""
        while self._count(0) >= 2 * PAGE:
            number = self.last() + 1
            self._state.ask(
                "UPDATE thread SET page = ? WHERE n IN (SELECT n FROM thread WHERE page = 0"
                " ORDER BY captured, id LIMIT ?)",
                *(number, PAGE),
            )
            self._state.begin("page", [number, *self._around(number)])

    def last(self) -> int:
        """Give the newest page of older threads; 0 if there is none."""
        return self._state.one("SELECT max(page) FROM thread") or 0

    def beside(self, number: int) -> Pages:
        """Say which pages stand beside one."""
        newer, older = self._newer(number), self._older(number)
        return Pages(
            newer=None if newer is None else folder_of(newer),
            older=folder_of(older) if older else None,
        )

    def lines(self, number: int) -> list[ThreadLine]:
        """Give what stands on a page, newest first."""
        rows = self._state.ask(
            "SELECT id, line FROM thread WHERE page = ? ORDER BY captured DESC, id DESC", number
        )
        return [line_of(*row) for row in rows]

    def _count(self, number: int) -> int:
        count: int = self._state.one("SELECT count(*) FROM thread WHERE page = ?", number)
        return count

    def _around(self, number: int) -> list[int]:
        return [each for each in (self._newer(number), self._older(number)) if each is not None]

    def _newer(self, number: int) -> int | None:
        if number == 0:
            return None
        found: int | None = self._state.one("SELECT min(page) FROM thread WHERE page > ?", number)
        return found or 0

    def _older(self, number: int) -> int | None:
        if number == 0:
            return self.last() or None
        statement = "SELECT max(page) FROM thread WHERE page < ? AND page > 0"
        found: int | None = self._state.one(statement, number)
        return found


def line_of(thread_id: str, text: str) -> ThreadLine:
    """Give a thread as a list shows it. Raises DamagedState."""
    try:
        raw = json.loads(text)
        line = Listed(**(raw | {"marks": tuple(raw["marks"])}))
        return ThreadLine(
            id=thread_id,
            title=line.title,
            author=line.author,
            platform=line.platform,
            language=line.language,
            standing=line.standing,
            marks=line.marks,
            links=line.links,
            written=stamp(dt.datetime.fromisoformat(line.written)),
            changed=stamp(dt.datetime.fromisoformat(line.changed)) if line.changed else None,
        )
    except (ValueError, TypeError, KeyError) as err:
        raise DamagedState(f"line of {thread_id}") from err
