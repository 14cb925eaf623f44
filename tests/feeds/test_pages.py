"""Do pages say what is known, in safe markup, the same every time?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.models import (
    Completeness,
    Difference,
    Link,
    LinkChange,
    LinkChangeKind,
    Observed,
    Outcome,
    Post,
    Revision,
    RevisionKind,
    ThreadView,
    Witness,
)
from feeds.assets import assets
from feeds.document import Entry, entry_of
from feeds.html import (
    FeedLine,
    Page,
    Pages,
    Site,
    ThreadLine,
    WatchLine,
    feeds_page,
    index_page,
    message_page,
    scope_page,
    thread_pages,
)
from feeds.reading import stamp
from feeds.scopes import of_tag
from tests.feeds import views
from tests.feeds.markup import faults, parse, text

SITE = Site(views.BASE, "The reading room")


@dataclasses.dataclass(frozen=True)
class Only:
    """The entries of a thread, of which pages need one."""

    thread: Entry


def pages_of(view: ThreadView, *, copied: bool = True) -> dict[str, bytes]:
    """Write the pages of a thread whose pictures were all kept, or none of them, by their name."""
    urls = views.copies(view) if copied else {}
    entry = entry_of(view, base_url=views.BASE, media=urls)
    paths = {url: copy.removeprefix(f"{views.BASE}/") for url, copy in urls.items()}
    made = thread_pages(view, Only(entry), SITE, paths)
    return {named(page, view): page.content for page in made}


def named(page: Page, view: ThreadView) -> str:
    """Give the place of a page below that of its thread."""
    assert page.path.startswith(f"t/{view.thread.id}/") and page.path.endswith("index.html")
    return page.path.removeprefix(f"t/{view.thread.id}/").removesuffix("index.html")


def page_of(view: ThreadView, place: str = "", *, copied: bool = True) -> bytes:
    """Write one page of a thread; the scroll page if none is named."""
    return pages_of(view, copied=copied)[place]


def line(title: str = "A thread") -> ThreadLine:
    """Give a thread as the list has it."""
    at = stamp(views.CAPTURED)
    return ThreadLine(
        *("0123456789abcdef", title, "ICIJ (@icij)", "Mastodon", "en", "13 posts, complete"),
        marks=("1 edited",),
        links="3 links",
        written=at,
        changed=None,
    )


@pytest.mark.parametrize("make", views.ALL.values(), ids=views.ALL)
def test_page_holds_only_safe_markup(make: Callable[[], ThreadView]) -> None:
    """No foreign element, no handler, no style, no request to anybody else."""
    for copied in (True, False):
        for page in pages_of(make(), copied=copied).values():
            assert faults(page) == []


@pytest.mark.parametrize("make", views.ALL.values(), ids=views.ALL)
def test_page_is_the_same_every_time(make: Callable[[], ThreadView]) -> None:
    """Rendered twice, and with a later last capture, a page is equal to the byte."""
    view = make()
    later = dataclasses.replace(view.thread, last_captured_at=views.CHANGED)
    assert pages_of(view) == pages_of(dataclasses.replace(view, thread=later))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_text_becomes_markup(data: st.DataObject) -> None:
    """Whatever stands in any field, it is text."""
    texts = st.text(max_size=40) | st.sampled_from(
        [views.HOSTILE, '"><svg onload=x>', "javascript:x"]
    )
    view = views.with_texts(views.typical(), lambda: data.draw(texts))
    for page in pages_of(view).values():
        assert faults(page) == []


def test_each_post_has_its_permalink() -> None:
    """Posts are numbered from 1, and the number is a link to itself."""
    page = parse(page_of(views.typical()))
    assert [node.attributes["id"] for node in page.all("article.post")] == [
        f"p{number}" for number in range(1, 8)
    ]
    numbers = [node.attributes["href"] for node in page.all(".meta > a:first-child")]
    assert numbers[:2] == ["#p1", "#p2"]


def test_cover_says_who_when_and_how_much() -> None:
    """Author, platform, time, completeness, capture and changes stand at the top."""
    cover = parse(page_of(views.typical())).one(".cover")
    words = cover.words
    for said in (
        *("Mastodon thread, 24 May 2022, 05:00 UTC", "ICIJ", "@icij", "5 posts, 1 missing"),
        *("1 edited", "1 gone since", "captured 24 May 2022, 14:03 UTC"),
        "last change seen 2 June 2022, 10:00 UTC",
    ):
        assert said in words


def test_title_stands_above_where_it_is_no_repetition() -> None:
    """A title of its own is the heading; the first words of the first post are not said twice."""
    titled = page_of(views.view([views.post(1, "Words.")], title="The Xinjiang Police Files"))
    assert parse(titled).one("h1").words == "The Xinjiang Police Files"
    assert parse(page_of(views.one_post())).one("h1").words == "ICIJ"


def test_losses_are_marked_in_place() -> None:
    """A gap is one sentence; a vanished post says since when, and still reads."""
    page = parse(page_of(views.typical()))
    gone, gap = page.one("#p4"), page.one("#p5")
    assert gone.attributes["data-state"] == "vanished"
    assert "2 June 2022" in gone.one(".mark").words
    assert "It was said" in gone.one(".text").words
    assert gap.one(".mark").words.startswith("A post is missing here")
    assert gap.all(".text") == []


def edited() -> ThreadView:
    """The typical thread, in which we saw an edit of post 3."""
    view = views.typical()
    post = view.thread.posts[2].post
    before = dataclasses.replace(post, text="A gate shuts <b>", html="<p>A gate shuts</p>")
    edit = Revision(
        RevisionKind.EDITED, post.id, views.CHANGED, ("urn:uuid:r",), before, post, views.CHANGED
    )
    return dataclasses.replace(view, revisions=(edit,))


@pytest.mark.parametrize("place", ["", "plain/", "history/"])
def test_edit_shows_the_words_that_changed(place: str) -> None:
    """What went is <del>, what came is <ins>, both as text."""
    page = parse(page_of(edited(), place))
    diff = page.one(".diff")
    assert "shuts <b>" in diff.one("del").words
    assert diff.one("ins").words == "opens"
    assert diff.words.startswith("A gate")


def test_edits_beyond_the_newest_are_on_the_page_of_changes() -> None:
    """A post that was edited for ever does not bury its thread."""
    view = edited()
    many = tuple(
        dataclasses.replace(view.revisions[0], at=views.CHANGED + dt.timedelta(days=n))
        for n in range(9)
    )
    view = dataclasses.replace(view, revisions=many)
    assert len(parse(page_of(view)).all(".edit")) == 3
    assert "6 earlier edits" in text(page_of(view))
    assert len(parse(page_of(view, "history/")).all(".diff")) == 9


def test_warning_stands_before_what_it_covers() -> None:
    """What is covered lies in a closed <details>, and neither description nor preview tells it."""
    page = page_of(views.covered())
    covered = parse(page).one("details.covered")
    assert covered.one("summary").words == "Content warning: Violence"
    assert "open" not in covered.attributes
    assert "Secret words" in covered.one(".text").words
    head = page[: page.index(b"</head>")]
    assert b"Secret" not in head and b"og:image" not in head


def test_each_link_says_where_it_led_and_where_the_copy_is() -> None:
    """Title, host, both addresses, hops, state in a word, and the archived copy."""
    page = parse(page_of(views.typical()))
    live, dead = page.one("#p1 .links li"), page.one("#p2 .links li")
    words = live.words
    assert words.startswith("The Xinjiang Police Files icij.org bit.ly/3PFV01u → icij.org/inv")
    assert "1 redirect live archived copy" in words
    assert live.one(".link-title a").attributes["href"] == views.TARGET
    copy = live.one(".facts a").attributes["href"]
    assert copy == f"{views.BASE}/web/20220524140300/{views.TARGET}"
    assert "dead" in dead.words and "no archived copy" in dead.words


def test_warning_covers_links_and_earlier_texts_too() -> None:
    """A title of a page can tell as much as the words do."""
    links = (Link(views.SHORT),)
    post = views.post(1, "Secret", content_warning="Violence", links=links)
    page = parse(page_of(views.view([post], links=[views.link(views.SHORT, views.TARGET)])))
    assert len(page.all(".links")) == len(page.all("details.covered .links")) == 1


def test_author_is_shown_with_our_copy_of_the_avatar() -> None:
    """Or without one; never from the original address."""
    view = views.one_post()
    who = dataclasses.replace(views.ICIJ, avatar_url="https://media.example/face.png")
    view = dataclasses.replace(view, thread=dataclasses.replace(view.thread, author=who))
    entry = entry_of(view, base_url=views.BASE, media={})
    copies = {who.avatar_url or "": f"media/{'ab' * 32}.png"}
    titled = dataclasses.replace(entry, title="A title of its own")
    kept = thread_pages(view, Only(titled), SITE, copies)[0].content
    assert parse(kept).one("img.avatar").attributes["src"].startswith("../../media/")
    assert parse(page_of(view)).all("img") == []


def test_link_stands_under_every_post_that_has_it() -> None:
    """In a thread that repeats its link, each post says where it led."""
    page = parse(page_of(views.long(5)))
    assert len(page.all(".links li")) == 5


def test_every_outcome_is_said_in_words() -> None:
    """Nothing that failed is silent."""
    words = text(page_of(views.everything_failed()))
    for said in ("no answer in time", "redirects in a circle", "host name not found", "kept as ev"):
        assert said in words


def test_pictures_are_ours_and_described() -> None:
    """Each picture is our copy with its alternative text and size; a lost one is a sentence."""
    page = parse(page_of(views.ten_pictures()))
    pictures = page.all(".stage img")
    assert len(pictures) == 10
    assert {each.attributes["src"][:12] for each in pictures} == {"../../media/"}
    assert pictures[0].attributes["alt"] == "Picture 1"
    assert pictures[0].attributes["width"] == "640"
    lost = dataclasses.replace(views.ten_pictures(), media=())
    words = text(page_of(lost, copied=False))
    assert words.count("A picture stood here; no copy of it could be kept.") == 10
    hidden = text(page_of(views.ten_pictures(), copied=False))
    assert hidden.count("A picture stood here; a copy of it was kept, which cannot") == 10


def test_film_plays_from_our_copy() -> None:
    """A film has controls and its poster, and does not start by itself."""
    film = parse(page_of(views.typical())).one("video")
    assert {"controls", "poster"} <= film.attributes.keys()
    assert "autoplay" not in film.attributes


def test_outside_text_carries_language_and_direction() -> None:
    """Every text of a post has dir=auto, and lang where it is known."""
    page = parse(page_of(views.uyghur()))
    words = page.one("#p1 .text")
    assert words.attributes["dir"] == "auto"
    assert words.attributes["lang"] == "ug"
    assert page.one("html").attributes["lang"] == "en"


def test_long_address_takes_a_few_lines() -> None:
    """One of 2,000 characters, written out in a post, is whole and does not fill the page."""
    link = parse(page_of(views.long_addresses())).one("#p1 .text a.uri")
    assert link.words == views.LONG_URL == link.attributes["href"]


def test_page_of_500_posts_is_small() -> None:
    """At most 300,000 bytes, although each post has a link."""
    view = views.long(500)
    pages = pages_of(view)
    assert len(pages[""]) <= 300_000
    assert len(parse(pages[""]).all("article.post")) == 500
    assert len(parse(pages[""]).all(".rail a")) <= 24


def test_pictures_are_followed_by_posts_without() -> None:
    """Up to three posts pass over the picture of the one before; then plain paper comes."""
    posts = [views.post(1), views.post(2, media=(views.picture(1),))]
    posts += [views.post(number) for number in range(3, 9)]
    scenes = parse(page_of(views.view(posts, media=[views.copy_of(views.picture(1))]))).all(
        ".scene"
    )
    ids = [[post.attributes["id"] for post in scene.all(".post")] for scene in scenes]
    assert ids == [[], ["p1"], ["p2", "p3", "p4", "p5"], ["p6", "p7", "p8"]]
    assert "staged" in scenes[0].attributes["class"]  # the cover, since post 1 has no picture


def test_first_picture_is_the_cover_and_not_shown_twice() -> None:
    """Unless its author covered it."""
    page = parse(page_of(views.typical()))
    assert len(page.all("img")) == 1
    assert page.one("div.stage img").attributes["alt"] == "Picture 1"
    assert parse(page_of(views.covered())).all(".stage") == []


def test_other_programs_are_told_what_it_is() -> None:
    """schema.org and oEmbed name the page, and no text ends the block they stand in."""
    view = views.hostile()
    page = parse(page_of(view))
    said = json.loads(page.one("script[type='application/ld+json']").raw)
    assert said["@type"] == "SocialMediaPosting"
    assert said["url"] == f"{views.BASE}/t/{view.thread.id}/"
    found = page.one("link[type='application/json+oembed']").attributes["href"]
    assert found == f"{views.BASE}/oembed?format=json&url=" + quote(said["url"], safe="")


def test_embedded_it_leads_out_of_its_frame() -> None:
    """Its links open the page itself, and it runs no script."""
    view = views.typical()
    page = parse(page_of(view, "embed/"))
    targets = {(a.attributes["href"], a.attributes["target"]) for a in page.all("a")}
    assert targets == {(f"{views.BASE}/t/{view.thread.id}/", "_top")}
    assert page.all("script") == []
    code = parse(page_of(view)).one("textarea").raw
    assert parse(code.encode()).one("iframe").attributes["src"].endswith("/embed/")


def changed_links() -> ThreadView:
    """The typical thread, whose first link moved and whose second another archive knows."""
    view = views.typical()
    moved, dead, *others = view.links
    was = "https://old.example/story"
    move = LinkChange(
        *(views.SHORT, views.CHANGED, LinkChangeKind.MOVED, was, Outcome.OK),
        *(views.TARGET, Outcome.OK),
    )
    assert dead.chain is not None
    witness = Witness(
        "https://web.archive.org/web/20190503000000/https://gone.example/y",
        *(views.WRITTEN, "https://web.archive.org/web/", "urn:uuid:w", 200),
    )
    links = (
        dataclasses.replace(moved, changes=(move,)),
        dataclasses.replace(dead, chain=dataclasses.replace(dead.chain, witness=witness)),
        *others,
    )
    return dataclasses.replace(view, links=links)


def test_link_that_moved_or_died_says_so() -> None:
    """With where it led before, and with the copy of another archive, named as such."""
    page = parse(page_of(changed_links()))
    moved = page.one("#p1 .links li").words
    assert "moved since 2 June 2022, 10:00 UTC, before old.example/story" in moved
    lost = page.one("#p2 .links li")
    assert "no archived copy copy kept by web.archive.org, 24 May 2022" in lost.words


def test_chain_is_drawn_hop_by_hop() -> None:
    """Status, host, address, peer and time of each; then what changed, and where else to look."""
    page = parse(page_of(changed_links(), "links/"))
    story = page.one("#l1")
    first, last = story.all(".chain > li")
    assert first.words.startswith("answered 301 led on by redirect https://bit.ly/3PFV01u bit.ly")
    assert "192.0.2.1 24 May 2022, 14:03 UTC urn:uuid:h1" in first.words
    assert last.words.startswith("answered 200")
    assert "leads elsewhere: to icij.org/" in story.words
    assert story.one("a[href='../../../search?q=site%3Aicij.org']").words.endswith("icij.org")


def test_captures_tell_where_a_witness_differs() -> None:
    """Each capture with its completeness, newest first."""
    view = views.typical()
    difference = Difference(
        "https://reader.example/1", view.thread.posts[1].post.id, "text", "x", "y"
    )
    full = Completeness(6, 5, 1, "The server listed the whole thread.")
    seen = (
        Observed(views.CAPTURED, "mastodon", full, (), ("urn:uuid:a",)),
        Observed(views.CHANGED, "mastodon", full, (difference,), ("urn:uuid:b",)),
    )
    page = parse(page_of(dataclasses.replace(view, observations=seen), "history/"))
    captures = page.all("section[aria-labelledby=captures] .log > li")
    assert [each.one("time").words[:6] for each in captures] == ["2 June", "24 May"]
    newest = captures[0]
    assert "Post 2 reads otherwise there (reader.example/1)" in newest.words
    assert [each.words for each in newest.all(".diff")] == ["Platform: x", "Witness: y"]


def test_page_of_an_account_or_tag_lists_its_threads() -> None:
    """With its feeds and the way on."""
    scope = of_tag(views.BASE, SITE.title, "x")
    page = scope_page(SITE, scope, [line("A thread")], heading="#x", path="tag/x/", total=1)
    assert faults(page) == []
    parsed = parse(page)
    assert parsed.one("h1").words == "#x"
    assert parsed.one(".threads a").attributes["href"] == "../../t/0123456789abcdef/"
    found = [a.attributes["href"] for a in parsed.all(".subscribe a")]
    assert f"{views.BASE}/feeds/tag/x.rss" in found
    assert f"{views.BASE}/feeds/tag/x/changes.atom" in found


def test_index_of_feeds_tells_all() -> None:
    """Each scope by its kind, with help."""
    lines = [FeedLine("Tags", "#<b>", f"{views.BASE}/feeds/tag/b", "tag/b/")]
    page = feeds_page(SITE, lines)
    assert faults(page) == []
    words = text(page)
    assert "Paste the address of any page" in words
    assert "Tags #<b> RSS Atom JSON Feed" in words


def test_replies_by_others_are_folded_at_the_end() -> None:
    """They are there, apart from the thread."""
    page = parse(page_of(views.typical()))
    replies = page.one("details.replies")
    assert replies.one("summary").words == "1 post beside the thread"
    assert "A stranger" in replies.words
    assert all("A stranger" not in scene.words for scene in page.all(".scene"))


def test_evidence_names_records_and_digests() -> None:
    """The pages of links and changes name every proof, and the first page leads to them."""
    view = views.typical()
    links, history = text(page_of(view, "links/")), text(page_of(view, "history/"))
    for proof in ("urn:uuid:h1", "urn:uuid:s1", "sha256:" + "ab" * 32):
        assert proof in links
    assert "sha256:" + "cd" * 32 in history
    end = parse(page_of(view)).one(".evidence")
    assert "archiver verify " in end.words
    assert [a.attributes["href"] for a in end.all("a")] == ["history/", "links/"]


def test_observations_are_told_once_each() -> None:
    """Posts seen together are one line, however many; changes are lines of their own."""
    view = views.long(5)
    posts: list[Post] = [each.post for each in view.thread.posts]
    added = [
        Revision(RevisionKind.ADDED, post.id, views.CAPTURED, ("urn:uuid:o",), after=post)
        for post in posts
    ]
    gone = Revision(RevisionKind.VANISHED, posts[1].id, views.CHANGED, ("urn:uuid:q",), posts[1])
    view = dataclasses.replace(view, revisions=(*added, gone))
    rows = [row.words for row in parse(page_of(view, "history/")).one(".log").all("li .what")]
    assert len(rows) == 2
    assert rows[0].startswith("Post 2 gone 2. A sentence of some length")
    assert rows[1].startswith("5 posts first seen")


def test_page_names_its_feeds() -> None:
    """Feed readers find the thread's feeds, then all, from the page's address alone."""
    view = views.typical()
    page = parse(page_of(view))
    found = [
        (node.attributes["type"], node.attributes["href"])
        for node in page.all("link[rel=alternate]")
    ]
    own = f"{views.BASE}/t/{view.thread.id}/feed"
    assert found[:3] == [
        ("application/rss+xml", f"{own}.rss"),
        ("application/atom+xml", f"{own}.atom"),
        ("application/feed+json", f"{own}.json"),
    ]
    assert [mime for mime, _ in found[3:]] == [mime for mime, _ in found[:3]] + [
        "application/json+oembed"
    ]
    assert "Subscribe to this thread RSS Atom JSON Feed" in text(page_of(view))


def test_preview_is_ours() -> None:
    """OpenGraph has title, description and our copy of the first picture."""
    page = parse(page_of(views.typical()))
    told = {
        node.attributes["property"]: node.attributes["content"]
        for node in page.all("meta[property]")
    }
    assert told["og:title"].startswith("NEW: thousands")
    assert told["og:image"].startswith(f"{views.BASE}/media/")


def test_empty_list_says_what_to_do() -> None:
    """The page of an empty archive says what it is for and the next step."""
    words = text(index_page(SITE, (), (), path="", pages=Pages(), total=0))
    assert "Nothing captured yet." in words
    assert "archiver capture URL" in words


def test_list_shows_threads_and_watches() -> None:
    """Titles lead to threads; watches have their feeds; outside text is only text."""
    threads = [line(), line('<script>x</script>"')]
    watches = [WatchLine("Desk <b>", "https://a.example/", "2 threads", paused=True)]
    page = index_page(SITE, threads, watches, path="", pages=Pages(older="threads/3/"), total=120)
    assert faults(page) == []
    parsed = parse(page)
    assert parsed.one(".threads a").attributes["href"] == "./t/0123456789abcdef/"
    assert parsed.one("a[rel=next]").attributes["href"] == "./threads/3/"
    assert parsed.all("a[rel=prev]") == []
    assert "paused" in parsed.one(".watches").words
    assert "feeds/watch/" in (parsed.one(".watches .subscribe a").attributes["href"])


def test_older_list_leads_back() -> None:
    """A page of older threads finds styles, threads and newer pages from where it stands."""
    page = index_page(SITE, [line()], (), path="threads/3/", pages=Pages(newer=""), total=120)
    parsed = parse(page)
    assert parsed.one("a[rel=prev]").attributes["href"] == "../../"
    sheet = parsed.one("link[rel=stylesheet]").attributes["href"]
    assert sheet == f"../../{assets()['site.css'].path}"


def test_message_page_is_safe() -> None:
    """What was asked for is said as text; only a web address becomes a link."""
    page = message_page(SITE, "Not <b>", views.HOSTILE, original="javascript:alert(1)")
    assert faults(page) == []
    assert parse(page).all("a[rel~=noopener]") == []


# ---------------------------------------------------------------- colours


def _tokens(dark: bool) -> dict[str, str]:
    sheet = assets()["site.css"].content.decode()
    light, _, rest = sheet.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", light))
    if dark:
        found |= dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", rest.partition("@media print")[0]))
    return found


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_have_contrast(dark: bool) -> None:
    """Text has 7:1 on paper and on hatching; everything else that is read 4.5:1 (WCAG 2.2, 1.4)."""
    tokens = _tokens(dark)
    for ground in (tokens["paper"], tokens["hatch"]):
        for name, least in {
            **dict.fromkeys(("ink",), 7.0),
            **dict.fromkeys(("grey", "accent", "live", "changed", "dead"), 4.5),
        }.items():
            light, low = sorted((_luminance(tokens[name]), _luminance(ground)), reverse=True)
            assert (light + 0.05) / (low + 0.05) >= least, f"{name} on {ground}"
