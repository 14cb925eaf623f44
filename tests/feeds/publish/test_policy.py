"""Is a withheld thread gone from everything within one publication, and an embargo kept?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import feedparser

from archiver.models import Decision, PolicyState, ThreadView, Watch
from feeds.publish import gone
from feeds.publish.state import State
from tests.feeds import views
from tests.feeds.archive import Archive, png, whole
from tests.feeds.publish.threads import edited, later, named, vanished
from tests.feeds.validator import check_atom, check_json_feed, check_rss
from tests.feeds.web.serving import served

ROOT = Path(__file__).parent.parent.parent.parent
CHECKS = {"rss": check_rss, "atom": check_atom, "json": check_json_feed}
WORDS = "Dredging of the inner basin"


def decide(
    archive: Archive,
    view: ThreadView,
    state: PolicyState,
    minutes: int = 60,
    until: dt.datetime | None = None,
) -> Decision:
    """Decide about a thread, so many minutes after its capture."""
    made = Decision(view.thread.id, state, later(minutes), until, "N. Editor", "asked to")
    archive.store.decide(made)
    return made


def two(archive: Archive) -> tuple[ThreadView, ThreadView]:
    """Publish two threads of a watch; the first says WORDS everywhere."""
    archive.store.add_watch(Watch("desk", "https://a.example/", every_s=900.0))
    one = whole(edited(named(views.typical(), "one"), WORDS, later(1)), archive)
    thread = dataclasses.replace(one.thread, title=WORDS, tags=("harbour",))
    one = dataclasses.replace(one, thread=thread)
    other = named(views.long(3), "other", later(2))
    archive.keep(one, watch="desk")
    archive.keep(other, watch="desk")
    archive.publish()
    return one, other


def naming(archive: Archive, view: ThreadView) -> dict[str, bytes]:
    """Give the published files that say anything of a thread, whatever their format."""
    marks = (view.thread.id.encode(), WORDS.encode())
    return {
        path: body
        for path, body in archive.files().items()
        if view.thread.id in path or any(mark in body for mark in marks)
    }


def test_withheld_thread_is_gone_from_everything(archive: Archive) -> None:
    """Pages, feeds, lists and copies; only tombstones and the list of what is gone name it."""
    one, other = two(archive)
    assert len(naming(archive, one)) > 40
    copies = {path for path in archive.files() if path.startswith("media/")}
    decide(archive, one, PolicyState.WITHHELD)
    archive.publish()
    assert naming(archive, one).keys() == {".gone"}
    left = {path for path in archive.files() if path.startswith("media/")}
    assert len(copies) > len(left) == 1  # the mark of the folder
    assert gone(archive.public) == {one.thread.id}
    assert f"t/{other.thread.id}/index.html" in archive.files()
    assert not [path for path in archive.files() if path.startswith("feeds/tag/harbour")]
    assert not (archive.public / "tag" / "harbour").exists()
    assert archive.store.view(one.thread.id) is not None


SECRET = ("Secret Investigation", "secret-investigation", "hush.example")


def telling(archive: Archive) -> list[str]:
    """Give the published files that say anything of the secret watch."""
    return [
        path
        for path, body in archive.files().items()
        if any(each in path or each.encode() in body for each in SECRET)
    ]


def test_watch_with_an_embargo_is_told_of_with_its_first_thread(archive: Archive) -> None:
    """Neither its name, nor its seed or schedule, nor feeds of it, before; all of it then."""
    archive.store.add_watch(
        Watch(SECRET[0], f"https://{SECRET[2]}/", every_s=900.0, embargo_s=604_800.0)
    )
    archive.publish()
    assert telling(archive) == []
    view = whole(named(views.typical(), "one"), archive)
    archive.keep(view, watch=SECRET[0])
    ends = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    decide(archive, view, PolicyState.EMBARGOED, until=ends)
    archive.publish()
    assert telling(archive) == []
    decide(archive, view, PolicyState.PUBLIC, minutes=90)
    archive.publish()
    assert {"watches.opml", "feeds.opml", "index.html", "feeds/index.html"} <= {*telling(archive)}
    decide(archive, view, PolicyState.WITHHELD, minutes=120)
    archive.publish()
    assert telling(archive) == []


def test_watch_whose_seed_is_a_withheld_thread_is_not_told_of(archive: Archive) -> None:
    """The address of the thread stands nowhere, and comes back with it."""
    view = whole(named(views.typical(), "one"), archive)
    archive.store.add_watch(Watch("desk", view.thread.url, every_s=900.0))
    archive.keep(view, watch="desk")
    archive.publish()

    def saying() -> list[str]:
        address = view.thread.url.removeprefix("https://").encode()
        return [path for path, body in archive.files().items() if address in body]

    before = saying()
    assert {"watches.opml", "index.html"} <= {*before}
    decide(archive, view, PolicyState.WITHHELD)
    archive.publish()
    assert saying() == []
    decide(archive, view, PolicyState.PUBLIC, minutes=90)
    archive.publish()
    assert saying() == before


def test_withheld_thread_is_not_served(archive: Archive) -> None:
    """Its pages and feeds answer 410, its own address is not replayed; what it linked to is."""
    one, other = two(archive)
    target = next(link.snapshot for link in one.links if link.snapshot and link.snapshot.record_id)
    archive.record(one.thread.posts[0].post.url, WORDS.encode())
    places = {
        f"/t/{one.thread.id}/": 410,
        f"/t/{one.thread.id}/feed.atom": 410,
        f"/web/{one.thread.posts[0].post.url}": 404,
        f"/web/{target.url}": 302,
        f"/t/{other.thread.id}/": 200,
    }
    with served(archive.store, archive.payloads, archive.public, archive.base_url) as client:
        before = [client.ask(path).status for path in places]
        assert before == [200, 200, 302, 302, 200]
        decide(archive, one, PolicyState.WITHHELD)
        archive.publish()
        assert {path: client.ask(path).status for path in places} == places


def test_withheld_thread_leaves_valid_tombstones(archive: Archive) -> None:
    """Readers that hold its entries are told to let go of them, and when."""
    one, _ = two(archive)
    decide(archive, one, PolicyState.WITHHELD)
    archive.publish()
    files = archive.files()
    for stem in ("feeds/all", "feeds/all/posts", "feeds/all/changes", "feeds/watch/desk"):
        atom = files[f"{stem}.atom"].decode()
        assert "deleted-entry" in atom, stem
        assert f"{later(60):%Y-%m-%dT%H:%M:%S}" in atom
        for name, check in CHECKS.items():
            assert check(files[f"{stem}.{name}"]) == [], stem


def test_released_thread_comes_back_whole(archive: Archive) -> None:
    """The same files as before, and no tombstone is left."""
    one, _ = two(archive)
    before = archive.files()
    decide(archive, one, PolicyState.WITHHELD)
    archive.publish()
    decide(archive, one, PolicyState.PUBLIC, 120)
    archive.publish()
    assert archive.files() == before
    assert gone(archive.public) == frozenset()


def test_capture_of_a_withheld_thread_does_not_publish_it(archive: Archive) -> None:
    """It is kept on in the archive, in silence."""
    one, _ = two(archive)
    decide(archive, one, PolicyState.WITHHELD)
    archive.publish()
    archive.keep(edited(one, "Other words.", later(200)))
    assert archive.publish().written == 0
    assert archive.publish(everything=True).written == 0
    assert naming(archive, one).keys() == {".gone"}
    assert archive.store.dirty_threads() == ()


def test_embargo_is_kept_and_ends_by_itself(archive: Archive) -> None:
    """Until its time nothing names the thread, not even the list of what is gone."""
    one = named(views.one_post(), "one")
    archive.keep(one)
    decide(archive, one, PolicyState.EMBARGOED, until=later(500))
    archive.publish(now=later(499))
    assert [path for path in archive.files() if path.startswith("t/")] == [
        "t/.made-by-thread-archiver"
    ]
    assert naming(archive, one) == {} and gone(archive.public) == frozenset()
    archive.publish(now=later(500))
    assert f"t/{one.thread.id}/index.html" in archive.files()
    assert one.thread.id in archive.files()["index.html"].decode()


def test_thread_under_a_past_embargo_is_news(archive: Archive) -> None:
    """In the feed it stands among what came last, however old its posts are."""
    one = named(views.one_post(), "one")
    archive.keep(one)
    decide(archive, one, PolicyState.EMBARGOED, until=later(500))
    archive.keep(named(views.long(120), "long", later(400)))
    archive.publish(now=later(400))
    archive.publish(now=later(501))
    assert f"/t/{one.thread.id}/" in archive.files()["feeds/all/posts.atom"].decode()


def test_vanished_post_is_a_tombstone_in_feeds_of_posts(archive: Archive) -> None:
    """Its page keeps it; a feed of posts takes it back, and brings it again if it returns."""
    view = named(views.long(3), "one")
    archive.keep(view)
    archive.publish()
    entry = parse_ids(archive, "feeds/all/posts.atom")
    archive.keep(vanished(view))
    archive.publish()
    atom = archive.files()["feeds/all/posts.atom"].decode()
    assert len(parse_ids(archive, "feeds/all/posts.atom")) == len(entry) - 1
    assert atom.count("deleted-entry") >= 1
    own = archive.files()[f"t/{view.thread.id}/posts.atom"].decode()
    assert "deleted-entry" in own
    for name, check in CHECKS.items():
        assert check(archive.files()[f"feeds/all/posts.{name}"]) == []
    back = dataclasses.replace(view, thread=dataclasses.replace(view.thread, updated_at=later(900)))
    archive.keep(back)
    archive.publish()
    assert parse_ids(archive, "feeds/all/posts.atom") == entry


def parse_ids(archive: Archive, path: str) -> set[str]:
    """Give the ids of the entries of an Atom feed."""
    return {each.id for each in feedparser.parse(archive.files()[path]).entries}


def test_copy_that_two_threads_show_stays_for_the_other(archive: Archive) -> None:
    """Bytes are shared: they go when nobody shows them."""
    pair = []
    for name in ("one", "two"):
        view = named(views.view([views.post(1, media=(views.picture(1),))]), name)
        copy = archive.media(views.picture(1).url, png(8, 8))
        pair.append(dataclasses.replace(view, media=(copy,)))
        archive.keep(pair[-1])
    archive.publish()
    picture = next(path for path in archive.files() if path.endswith(".png"))
    decide(archive, pair[0], PolicyState.WITHHELD)
    archive.publish()
    assert picture in archive.files()
    decide(archive, pair[1], PolicyState.WITHHELD)
    archive.publish()
    assert picture not in archive.files()


def test_lost_cache_does_not_bring_a_withheld_thread_back(archive: Archive) -> None:
    """Nor do its files stay, if the cache is lost before they were taken away."""
    one, _ = two(archive)
    decide(archive, one, PolicyState.WITHHELD)
    shutil.rmtree(archive.notes)
    archive.publish()
    assert naming(archive, one).keys() == {".gone"}
    assert not [path for path in archive.files() if path.endswith(".png")]
    assert "feeds/tag/harbour.rss" not in archive.files()


def test_thread_withheld_after_a_killed_publication_is_gone(archive: Archive) -> None:
    """What the killed one wrote before it could note it is found and removed."""
    one = whole(named(views.typical(), "one"), archive)
    thread = dataclasses.replace(one.thread, title=WORDS)
    one = dataclasses.replace(one, thread=thread)
    archive.keep(one, watch="desk")
    for moment, steps in (("read", 1), ("feeds", 0), ("mark", 0)):
        command = [sys.executable, "-m", "tests.feeds.dying", str(archive.folder), moment]
        killed = subprocess.run([*command, str(steps)], cwd=ROOT, check=False)
        assert killed.returncode == -9
    assert naming(archive, one)
    decide(archive, one, PolicyState.WITHHELD)
    archive.publish()
    assert naming(archive, one).keys() == {".gone"}
    assert not [path for path in archive.files() if path.endswith((".png", ".new"))]


def test_nothing_stays_begun(archive: Archive) -> None:
    """After each whole publication the notes of unfinished work are empty."""
    one, _ = two(archive)
    decide(archive, one, PolicyState.WITHHELD)
    archive.publish()
    state = State(archive.notes)
    assert state.ask("SELECT * FROM begun") == []
    assert state.ask("SELECT count(*) FROM entry WHERE n NOT IN (SELECT entry FROM slot)") == [(0,)]
    state.close()
