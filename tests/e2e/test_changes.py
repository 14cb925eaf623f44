"""What do readers and the archive see when a thread is edited, deleted, restored, or fails?"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import feedparser
import pytest

import scheduler
from archiver import config
from archiver.bootstrap import Archive, open_archive, services
from archiver.demo.web import DemoWeb
from archiver.errors import FetchError
from archiver.models import RevisionKind, ThreadView
from archiver.now import Captured, capture_all
from archiver.services import Services

SEED = DemoWeb.seeds[0]


def quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


class Story:
    """A demo web that changes, and an archive that captures and publishes it again and again."""

    def __init__(self, folder: Path, demo: DemoWeb, ready: Services, archive: Archive) -> None:
        self.demo = demo
        self._ready = ready
        self._archive = archive
        self._public = folder / "public"

    async def captured(self) -> Captured:
        """Capture the thread and publish."""
        [result] = await capture_all(self._ready, [SEED], quiet)
        scheduler.publish_now(self._archive)
        return result

    @property
    def view(self) -> ThreadView:
        """The thread as it is stored."""
        view = self._archive.store.view(self._archive.store.thread_ids()[0])
        assert view is not None
        return view

    def happened(self, kind: RevisionKind) -> list[str]:
        """Give the posts to which something happened."""
        return [each.post_id for each in self.view.revisions if each.kind is kind]

    @property
    def entry(self) -> Any:
        """The one entry of the thread's Atom feed, read by feedparser."""
        path = self._public / "t" / self.view.thread.id / "feed.atom"
        parsed = feedparser.parse(path.read_bytes())
        assert not parsed.bozo
        [entry] = parsed.entries
        return entry

    def files(self) -> dict[str, bytes]:
        """Give all that is published."""
        return {str(path): path.read_bytes() for path in self._public.rglob("*") if path.is_file()}


def told(folder: Path, tell: Any) -> None:
    """Run a story from its beginning to its end."""

    async def run() -> None:
        archive = open_archive(config.parse({}, data_dir=folder))
        async with DemoWeb() as demo, services(archive, demo) as ready:
            story = Story(folder, demo, ready, archive)
            await story.captured()
            await tell(story)
        archive.store.close()

    asyncio.run(run())


def test_recapture_without_change_publishes_nothing(tmp_path: Path) -> None:
    """
    The second capture finds the same: no revision, and every file is the same to the byte.

    But for the page of a thread's history: that lists the captures, once something else (here a
    link that failed again) has the thread rendered.
    """

    async def tell(story: Story) -> None:
        before, revisions = story.files(), story.view.revisions
        await story.captured()
        assert story.view.revisions == revisions
        after = story.files()
        differing = {path for path in before | after if before.get(path) != after.get(path)}
        assert all(path.endswith("/history/index.html") for path in differing)

    told(tmp_path, tell)


def test_edit_keeps_the_entry_and_moves_it(tmp_path: Path) -> None:
    """One entry under the same id, with the new words, and `updated` later than before."""

    async def tell(story: Story) -> None:
        before, edits = story.entry, story.happened(RevisionKind.EDITED)
        story.demo.edit("110000000000000201", "The second post now says something else.")
        await story.captured()
        after = story.entry
        assert (after.id, after.published) == (before.id, before.published)
        assert after.updated_parsed >= before.updated_parsed
        assert after.updated != before.updated
        assert "now says something else" in after.content[0].value
        assert len(story.happened(RevisionKind.EDITED)) == len(edits) + 1

    told(tmp_path, tell)


def test_deleted_post_keeps_its_text_and_comes_back(tmp_path: Path) -> None:
    """Vanished with the text as it was; restored when it is there again; nothing counts twice."""

    async def tell(story: Story) -> None:
        held = story.view.thread.completeness.captured
        gaps = story.view.thread.completeness.gaps
        text = story.view.thread.posts[1].post.text.splitlines()[0]
        story.demo.delete("110000000000000201")
        await story.captured()
        assert len(story.happened(RevisionKind.VANISHED)) == 1
        assert story.view.thread.posts[1].state == "vanished"
        assert text[:40] in story.entry.content[0].value
        done = story.view.thread.completeness
        assert (done.captured, done.gaps) == (held, gaps)
        story.demo.restore("110000000000000201")
        await story.captured()
        assert len(story.happened(RevisionKind.RESTORED)) == 1
        assert story.view.thread.posts[1].state == "present"

    told(tmp_path, tell)


@pytest.mark.parametrize("status", [401, 403])
def test_closed_server_deletes_and_edits_nothing(tmp_path: Path, status: int) -> None:
    """The thread is read by ActivityPub then: no post of it vanishes or changes for that."""

    async def tell(story: Story) -> None:
        before = story.view.thread
        kinds = (RevisionKind.VANISHED, RevisionKind.EDITED)
        happened = [story.happened(kind) for kind in kinds]
        story.demo.fail("/api/v1/statuses", status)
        result = await story.captured()
        assert result.error is None
        assert [story.happened(kind) for kind in kinds] == happened
        after = story.view.thread
        assert (after.id, after.completeness.captured) == (before.id, before.completeness.captured)
        assert "read by ActivityPub" in after.completeness.reason

    told(tmp_path, tell)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_failure_is_never_a_deletion(tmp_path: Path, status: int) -> None:
    """Whatever the platform refuses, the thread stays as it was, and the capture says why."""

    async def tell(story: Story) -> None:
        before, files = story.view, story.files()
        story.demo.fail("/api/v1/statuses", status)
        result = await story.captured()
        assert isinstance(result.error, FetchError)
        assert story.view == before
        assert story.files() == files

    told(tmp_path, tell)


def test_parked_domain_deletes_nothing(tmp_path: Path) -> None:
    """410 for everything, from a web server that is no Mastodon, says nothing of any post."""

    async def tell(story: Story) -> None:
        before = story.view
        story.demo.fail("/", 410)
        result = await story.captured()
        assert isinstance(result.error, FetchError)
        assert story.view == before

    told(tmp_path, tell)


def test_dead_target_keeps_its_copy(tmp_path: Path) -> None:
    """A page that dies is an outcome of the link; readers keep the copy made while it lived."""

    async def tell(story: Story) -> None:
        links = {link.uri_r: link for link in story.view.links}
        uri_r, before = next((k, v) for k, v in links.items() if "/gauge" in k)
        assert before.chain is not None and before.chain.outcome == "ok"
        story.demo.fail("/investigations", 410)
        await story.captured()
        after = next(link for link in story.view.links if link.uri_r == uri_r)
        assert after.chain is not None and after.chain.outcome == "dead"
        assert after.snapshot == before.snapshot
        assert json.loads(json.dumps(story.entry.content[0].value)).count("archived copy") >= 1

    told(tmp_path, tell)
