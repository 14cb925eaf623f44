"""Do pages lead on to other threads of an author, a tag, a target, and to public ones alone?"""

from __future__ import annotations

import dataclasses

from archiver.models import Author, Decision, Link, PolicyState, ThreadView
from feeds.nearness import HOME, place_of, with_lists
from feeds.publish.lists import PAGE
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.markup import parse
from tests.feeds.publish.threads import edited, later, named


def thread(number: int, who: Author = views.ICIJ, *, target: str = "") -> ThreadView:
    """Give a thread of its own, captured so many minutes after the first."""
    uri = f"https://bit.ly/{number}"
    posts = [views.post(1, "All of it.", links=(Link(uri),) if target else ())]
    view = named(views.view(posts), f"n{number}", later(number))
    links = (views.link(uri, target),) if target else ()
    own = dataclasses.replace(view.thread, author=who, title=f"Thread {number}")
    return dataclasses.replace(view, thread=own, links=links)


def keep(archive: Archive, *some: ThreadView) -> None:
    """Keep threads, and publish."""
    for each in some:
        archive.keep(each)
    archive.publish()


def other(number: int) -> Author:
    """Give an author of their own."""
    return dataclasses.replace(views.ICIJ, id=f"https://social.example/users/{number}")


def led_to(archive: Archive, view: ThreadView, place: str = "") -> list[str]:
    """Give the threads that a page names, in order."""
    page = archive.files()[f"t/{view.thread.id}/{place}index.html"]
    return [str(each.attributes["href"]).split("/")[-2] for each in parse(page).all(".more li a")]


def test_page_leads_to_the_threads_captured_just_before_and_after(archive: Archive) -> None:
    """Of an author's threads a page names two on either side, the newest first."""
    threads = [thread(number) for number in range(8)]
    keep(archive, *threads)
    assert led_to(archive, threads[3]) == [threads[n].thread.id for n in (5, 4, 2, 1)]
    assert led_to(archive, threads[0]) == [threads[n].thread.id for n in (2, 1)]


def test_a_new_thread_changes_the_pages_beside_it_alone(archive: Archive) -> None:
    """One more thread is named by the two before it; no other page is written."""
    threads = [thread(number) for number in range(6)]
    keep(archive, *threads)
    before = archive.files()
    keep(archive, thread(9))
    after = archive.files()
    changed = {path.split("/")[1] for path in before if before[path] != after[path]
               and path.startswith("t/")}  # fmt: skip
    assert changed == {threads[4].thread.id, threads[5].thread.id}
    assert archive.publish().written == 0


def test_withheld_thread_is_named_nowhere(archive: Archive) -> None:
    """One publication after it was withheld, no page names it or says its title."""
    one, two = thread(1), thread(2)
    keep(archive, one, two)
    assert led_to(archive, one) == [two.thread.id]
    archive.store.decide(Decision(two.thread.id, PolicyState.WITHHELD, views.CHANGED, who="desk"))
    archive.publish()
    assert led_to(archive, one) == []
    pages = [body for path, body in archive.files().items() if path.endswith("index.html")]
    assert not any(b"Thread 2" in body or two.thread.id.encode() in body for body in pages)


def test_new_title_reaches_the_pages_that_name_it(archive: Archive) -> None:
    """When a thread is edited so that its title changes, its neighbours say the new one."""
    one, two = thread(1), thread(2)
    keep(archive, one, two)
    fresh = edited(two, "Other words now")
    own = dataclasses.replace(fresh.thread, title="Other words now")
    keep(archive, dataclasses.replace(fresh, thread=own))
    assert b"Other words now" in archive.files()[f"t/{one.thread.id}/index.html"]


def test_page_of_links_says_where_else_a_target_appears(archive: Archive) -> None:
    """Two authors, two short links, one target: each page of links names the other thread."""
    one = thread(1, other(1), target="https://a.example/x?utm_source=one")
    two = thread(2, other(2), target="http://a.example/x")
    keep(archive, one, two)
    assert led_to(archive, one, "links/") == [two.thread.id]
    assert led_to(archive, two, "links/") == [one.thread.id]
    assert led_to(archive, one) == [two.thread.id]


def test_lists_are_written_into_their_places_alone() -> None:
    """What is not a place stays; a place without a list becomes empty."""
    page = f"<p>a</p>{place_of(HOME, 'old')}<p>b</p>{place_of('to/1', 'x')}".encode()
    made = with_lists(page, {HOME: b"new"})
    assert made == f"<p>a</p>{place_of(HOME, 'new')}<p>b</p>{place_of('to/1')}".encode()
    assert with_lists(made, {HOME: b"new"}) == made


def test_pages_of_an_account_are_numbered_from_the_oldest(archive: Archive) -> None:
    """Older pages stay as they are when threads are added; first and older lead to each other."""
    keep(archive, *(thread(number) for number in range(2 * PAGE + 1)))
    files = archive.files()
    (home,) = {path.split("/")[1] for path in files if path.startswith("by/")}
    first, older = parse(files[f"by/{home}/index.html"]), files[f"by/{home}/1/index.html"]
    assert len(first.all(".threads > li")) == PAGE + 1
    assert len(parse(older).all(".threads > li")) == PAGE
    assert [each.attributes["href"] for each in first.all('nav.pages a[rel="next"]')] == [
        f"../../by/{home}/1/"
    ]
    assert [each.attributes["href"] for each in parse(older).all('nav.pages a[rel="prev"]')] == [
        f"../../../by/{home}/"
    ]
    keep(archive, thread(900))
    assert archive.files()[f"by/{home}/1/index.html"] == older
