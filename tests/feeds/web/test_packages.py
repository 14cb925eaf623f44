"""Does a package for replay hold what readers may see, and no more; and are few made at a time?"""

from __future__ import annotations

import dataclasses
import gzip
import os
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver import bootstrap, config
from archiver.errors import ArchiverError, StoreError
from archiver.models import Link, LinkView, Revision, RevisionKind, ThreadView
from archiver.models.policy import Decision, PolicyState
from feeds.web.app import WebOptions, create_app
from feeds.web.packages import Packages, Turns
from feeds.web.replay_origin import Busy, ReplayOrigin, ReplayParts
from feeds.web.replay_page import ReplayPlace
from tests.feeds import views
from tests.feeds.archive import Archive, whole
from tests.feeds.views import CAPTURED
from tests.feeds.web import hostile
from tests.feeds.web.hostile import running
from tests.feeds.web.serving import Client, served

API = "https://social.example/api/v1/statuses/1/context"
JSON = (("Content-Type", "application/json"),)
SECRET = "what only logged-in readers see"
OPEN, CLOSED = "https://open.example/", "https://closed.example/"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    archive = Archive(tmp_path / "data")
    yield archive
    archive.close()


def packages(made: Archive, **more: int | Turns) -> Packages:
    """Give what makes the packages of an archive."""
    settings = config.parse({}, data_dir=made.folder)
    archive = bootstrap.Archive(settings, made.store, made.payloads)
    return Packages(archive, lambda: CAPTURED, **more)  # type: ignore[arg-type]  # a few bounds


def kept(made: Archive, *sealed: int, name: str = "1") -> ThreadView:
    """Keep a thread of two posts, each with a link, of which some are sealed, as it was read."""
    posts = tuple(
        views.post(
            number,
            text,
            links=(Link(url),),
            media=(views.picture(number),),
            sealed="asked" if number in sealed else "",
        )
        for number, text, url in ((1, "Open words", OPEN), (2, SECRET, CLOSED))
    )
    links: tuple[LinkView, ...] = (views.link(OPEN, OPEN), views.link(CLOSED, CLOSED))
    view = whole(views.view(posts, name=name, links=links), made)
    answer = made.record(API, f'{{"content": "{SECRET}"}}'.encode(), headers=JSON)
    ids = (answer.record_id,)
    added = tuple(
        Revision(RevisionKind.ADDED, each.post.id, CAPTURED, ids, None, each.post) for each in posts
    )
    made.keep(view, revisions=added)
    return view


def words(path: Path) -> bytes:
    """Give all that stands in a package, unpacked."""
    with zipfile.ZipFile(path) as held:
        read = [(name, held.read(name)) for name in held.namelist()]
    return b"".join(gzip.decompress(body) if name.endswith(".gz") else body for name, body in read)


def test_package_holds_pages_media_and_the_reading_page(made: Archive) -> None:
    """What the thread was read from is not needed to be shown it."""
    view = kept(made)
    found = words(packages(made)(view.thread.id))
    for url in (OPEN, CLOSED, *(each.url for each in view.media)):
        assert f"WARC-Target-URI: {url}".encode() in found
    assert f"/t/{view.thread.id}/".encode() in found
    assert SECRET.encode() in found  # as long as it is not sealed
    assert API.encode() not in found


def test_sealed_post_is_in_no_part_of_a_package(made: Archive) -> None:
    """Neither its words, nor the answers that hold them, its link, its picture."""
    view = kept(made, 2)
    found = words(packages(made)(view.thread.id))
    assert b"Open words" in found and f"WARC-Target-URI: {OPEN}".encode() in found
    second = view.thread.posts[1].post.media[0].url
    for each in (SECRET, API, CLOSED, second, view.thread.posts[1].post.url):
        assert each.encode() not in found, each


def test_post_that_is_sealed_later_leaves_with_the_next_package(made: Archive) -> None:
    """The former one is deleted, and never given again."""
    given = packages(made)
    view = kept(made)
    before = given(view.thread.id)
    assert given(view.thread.id) == before
    made.keep(dataclasses.replace(view, thread=_sealed(view).thread))
    after = given(view.thread.id)
    assert after != before and not before.exists()
    assert SECRET.encode() not in words(after)


def _sealed(view: ThreadView) -> ThreadView:
    posts = tuple(
        dataclasses.replace(each, post=dataclasses.replace(each.post, sealed="asked"))
        if each.position == 2
        else each
        for each in view.thread.posts
    )
    return dataclasses.replace(view, thread=dataclasses.replace(view.thread, posts=posts))


def test_thread_whose_first_post_is_sealed_is_not_there(made: Archive) -> None:
    """No package, no frame, no page of replay, and nothing of it at /web/."""
    view = kept(made, 1)
    thread_id = view.thread.id
    with pytest.raises(StoreError, match="no such thread"):
        packages(made)(thread_id)
    here, beside = hostile.free_listener(), hostile.free_listener()
    base = f"http://127.0.0.1:{here.getsockname()[1]}"
    origin = f"http://127.0.0.1:{beside.getsockname()[1]}"
    parts = ReplayParts(made.store, origin, base, made.folder, packages(made))
    app = create_app(
        store=made.store, payloads=made.payloads, publish_dir=made.public, base_url=base,
        options=WebOptions(replay=ReplayPlace(origin, base)),
    )  # fmt: skip
    with running(ReplayOrigin(parts), beside), running(app, here):
        client, other = Client(here.getsockname()[1]), Client(beside.getsockname()[1])
        assert other.ask(f"/viewer/{thread_id}/").status == 404
        assert other.ask(f"/wacz/{thread_id}.wacz").status == 404
        assert client.ask(f"/replay/{thread_id}/").status == 404
        assert client.ask(f"/web/20220524140300id_/{API}").status == 404


def test_answers_of_platforms_are_not_replayed(made: Archive) -> None:
    """The pages that links lead to are."""
    kept(made, 2)
    with served(made.store, made.payloads, made.public, made.base_url) as client:
        assert client.ask(f"/web/20220524140300id_/{API}").status == 404
        assert client.ask(f"/web/20220524140300id_/{OPEN}").status == 200


def test_package_is_made_anew_when_another_thread_is_withheld(made: Archive) -> None:
    """A page of it may stand in this one."""
    given = packages(made)
    view = kept(made)
    before = given(view.thread.id)
    made.store.decide(Decision("0" * 16, PolicyState.WITHHELD, CAPTURED, who="x", why="y"))
    assert given(view.thread.id) != before
    made.store.decide(Decision(view.thread.id, PolicyState.WITHHELD, CAPTURED))
    with pytest.raises(StoreError):
        given(view.thread.id)


def test_packages_that_were_not_asked_for_go(made: Archive) -> None:
    """Those that were asked for last stay, by number and by size."""
    threads = [kept(made, name=str(number)).thread.id for number in (1, 2, 3)]
    given = packages(made, most_packages=2)
    first, second = given(threads[0]), given(threads[1])
    os.utime(second, (1, 1))
    assert given(threads[0]) == first
    third = given(threads[2])
    assert {each.name for each in first.parent.iterdir()} == {first.name, third.name}
    small = packages(made, most_bytes=1)(threads[1])
    assert [each.name for each in first.parent.iterdir()] == [small.name]


def test_draft_that_a_crash_left_goes(made: Archive) -> None:
    """One that is being written stays."""
    folder = made.folder / "replay"
    folder.mkdir()
    left, written = folder / ".a.draft", folder / ".b.draft"
    left.touch()
    written.touch()
    os.utime(left, (1, 1))
    found = packages(made)(kept(made).thread.id)
    assert {each.name for each in folder.iterdir()} == {written.name, found.name}


def test_few_wait_for_their_turn_and_no_thread_for_another() -> None:
    """Two are made at a time; whoever comes when enough wait is told so at once."""
    turns = Turns(most_inside=2, most_waiting=1)
    came, go = threading.Barrier(2), threading.Event()

    def wait() -> None:
        with turns.turn("b"):
            came.wait(10)
            go.wait(10)

    beside = threading.Thread(target=wait)
    with turns.turn("a"):
        beside.start()
        came.wait(10)  # b has its turn while a has
        third = threading.Thread(target=_come, args=(turns, "a"))
        third.start()
        until = time.monotonic() + 10
        while turns.taken < 3 and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(Busy), turns.turn("c"):
            pass
        go.set()
    beside.join(10)
    third.join(10)
    with turns.turn("c"):
        pass


def _come(turns: Turns, name: str) -> None:
    with turns.turn(name):
        pass


@pytest.mark.parametrize("failed", [Busy("Ask later."), StoreError("/srv/data: disk full")])
def test_package_that_cannot_be_had_now_may_be_asked_for_again(
    made: Archive, failed: ArchiverError
) -> None:
    """The answer says when, and no path of this machine."""
    view = kept(made)

    def fails(_: str) -> Path:
        raise failed

    beside = hostile.free_listener()
    origin = f"http://127.0.0.1:{beside.getsockname()[1]}"
    parts = ReplayParts(made.store, origin, made.base_url, made.folder, fails)
    with running(ReplayOrigin(parts), beside):
        found = Client(beside.getsockname()[1]).ask(f"/wacz/{view.thread.id}.wacz")
    assert (found.status, found.headers["retry-after"]) == (503, "30")
    assert "/srv" not in found.text
