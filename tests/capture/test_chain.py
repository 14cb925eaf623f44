"""Is a link followed to its end, every step noted, and every way to fail named?"""

from __future__ import annotations

import pytest

from archiver.capture.chain import KEEP_BYTES, TOTAL_S, follow
from archiver.errors import StoreError
from archiver.models import Chain, Exchange, Mechanism, Outcome, Purpose
from tests.capture.web import GONE, NOW, Page, Web, moved

LINK = "http://short.example/x"
STORY = "https://news.example/2022/05/the-story"
STORY_PAGE = Page("<title>The story</title><p>It is told.</p>")


async def followed(
    web: Web, uri_r: str = LINK, max_hops: int = 20
) -> tuple[Chain, Exchange | None]:
    """Follow with a clock that stands still."""
    return await follow(uri_r, web, max_hops=max_hops, now=NOW, clock=lambda: 0.0)


async def test_chain_is_followed_to_its_target() -> None:
    """Every hop says how it led on; the last one leads nowhere and is given for the snapshot."""
    web = Web(
        {
            LINK: moved("//mid.example/y?a=%2525"),
            "http://mid.example/y?a=%2525": Page(
                f"<meta http-equiv=refresh content='0;url={STORY}'>"
            ),
            STORY: STORY_PAGE,
        }
    )
    chain, target = await followed(web)
    assert (chain.uri_r, chain.target, chain.outcome, chain.error) == (LINK, STORY, Outcome.OK, "")
    assert chain.at == NOW
    assert [(hop.url, hop.status, hop.mechanism, hop.location) for hop in chain.hops] == [
        (LINK, 301, Mechanism.HTTP, "//mid.example/y?a=%2525"),
        ("http://mid.example/y?a=%2525", 200, Mechanism.META_REFRESH, STORY),
        (STORY, 200, None, None),
    ]
    assert [hop.record_id for hop in chain.hops] == ["urn:uuid:1", "urn:uuid:2", "urn:uuid:3"]
    assert {hop.ip for hop in chain.hops} == {"192.0.2.1"}
    assert target is not None
    assert target.request.url == STORY


async def test_requests_say_how_they_were_found() -> None:
    """Each request names its way from the link, and what the page that sent it was."""
    web = Web({LINK: moved("/y"), "http://short.example/y": moved(STORY), STORY: STORY_PAGE})
    await followed(web)
    assert [request.hops_from_seed for request in web.asked] == ["L", "LR", "LRR"]
    assert [request.via for request in web.asked] == [None, LINK, "http://short.example/y"]
    assert {request.purpose for request in web.asked} == {Purpose.HOP}
    assert {request.keep_bytes for request in web.asked} == {KEEP_BYTES}


async def test_fragment_is_kept_and_not_asked_for() -> None:
    """The fragment of the link is part of the target, and never sent."""
    web = Web({LINK: moved(STORY), STORY: STORY_PAGE})
    chain, _ = await followed(web, LINK + "#part 2")
    assert chain.target == STORY + "#part%202"
    assert web.urls == [hop.url for hop in chain.hops] == [LINK, STORY]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, Outcome.DEAD), (410, Outcome.DEAD), (403, Outcome.REFUSED), (503, Outcome.REFUSED)],
)
async def test_error_page_is_an_end(status: int, outcome: Outcome) -> None:
    """A dead or refused target is an outcome, said in a sentence, and its page can be kept."""
    web = Web({LINK: moved(STORY), STORY: Page("sorry", status=status)})
    chain, target = await followed(web)
    assert (chain.target, chain.outcome) == (STORY, outcome)
    assert chain.error == f"{STORY} answered {status}"
    assert target is not None


@pytest.mark.parametrize(
    "outcome",
    [Outcome.TIMEOUT, Outcome.DNS_ERROR, Outcome.TLS_ERROR, Outcome.REFUSED, Outcome.UNSAFE],
)
async def test_no_answer_is_an_end(outcome: Outcome) -> None:
    """Where nothing answered there is nothing to keep, and the hop says where it would have led."""
    web = Web({LINK: moved(STORY), STORY: Page(status=None, outcome=outcome, error="It failed.")})
    chain, target = await followed(web)
    assert (chain.target, chain.outcome, chain.error) == (STORY, outcome, "It failed.")
    assert (chain.hops[-1].url, chain.hops[-1].status, chain.hops[-1].record_id) == (
        STORY,
        None,
        None,
    )
    assert target is None


async def test_failure_without_words_gets_a_sentence() -> None:
    """A chain that failed always says something."""
    web = Web({LINK: Page(status=None, outcome=Outcome.TIMEOUT)})
    chain, _ = await followed(web)
    assert chain.error == f"{LINK} gave no whole answer (timeout)"


async def test_broken_off_redirect_still_leads_on() -> None:
    """The head of a redirect is enough; its body does not matter."""
    cut = Page("<p>Mov", status=301, headers=(("Location", STORY),), outcome=Outcome.REFUSED)
    chain, _ = await followed(Web({LINK: cut, STORY: STORY_PAGE}))
    assert (chain.target, chain.outcome) == (STORY, Outcome.OK)


async def test_page_that_is_cut_is_an_end() -> None:
    """A target over the limit is kept as far as it came."""
    large = Page("<p>Much", outcome=Outcome.TOO_LARGE, error="over the limit")
    chain, target = await followed(Web({LINK: large}))
    assert (chain.outcome, chain.error) == (Outcome.TOO_LARGE, "over the limit")
    assert target is not None


async def test_loop_is_an_end() -> None:
    """An address that comes again with the same cookies ends the chain."""
    web = Web({LINK: moved("/y"), "http://short.example/y": moved(LINK + "#again")})
    chain, target = await followed(web)
    assert chain.outcome is Outcome.LOOP
    assert web.urls == [LINK, "http://short.example/y"]
    assert "would never end" in chain.error
    assert chain.hops[-1].location == LINK + "#again"
    assert target is None


async def test_cookie_ends_a_loop() -> None:
    """A page that asks again after it set a cookie is asked again; the jar lasts for one chain."""
    wall = Page(status=302, headers=(("Location", LINK),), cookie="seen", with_cookie=STORY_PAGE)
    web = Web({LINK: wall})
    for _ in range(2):
        chain, _ = await followed(web)
        assert chain.outcome is Outcome.OK
        assert [hop.status for hop in chain.hops] == [302, 200]


async def test_too_many_hops_are_an_end() -> None:
    """A chain that leads on for ever is given up after max_hops requests."""
    steps = {f"http://short.example/{n}": moved(f"/{n + 1}") for n in range(50)}
    web = Web({LINK: moved("/0"), **steps})
    chain, target = await followed(web, max_hops=5)
    assert chain.outcome is Outcome.TOO_MANY_HOPS
    assert len(chain.hops) == len(web.asked) == 5
    assert chain.target == chain.hops[-1].url == "http://short.example/3"
    assert "http://short.example/4" in chain.error
    assert target is None


async def test_slow_chain_is_given_up() -> None:
    """A chain whose time is over asks for nothing more."""
    times = iter([0.0, TOTAL_S / 2, TOTAL_S + 1])
    web = Web({LINK: moved("/a"), "http://short.example/a": moved("/b")})
    chain, _ = await follow(LINK, web, max_hops=20, now=NOW, clock=lambda: next(times))
    assert chain.outcome is Outcome.TIMEOUT
    assert len(web.asked) == 2


@pytest.mark.parametrize(
    ("location", "outcome", "last"),
    [
        ("ftp://a.example/x", Outcome.UNSAFE, "ftp://a.example/x"),
        ("javascript:alert(1)", Outcome.UNSAFE, "javascript:alert(1)"),
        ("http://user:secret@a.example/", Outcome.UNSAFE, "http://user:secret@a.example/"),
        ("http://[bad/", Outcome.INVALID, "http://[bad/"),
        ("http://a.example:99999/", Outcome.INVALID, "http://a.example:99999/"),
    ],
)
async def test_location_that_cannot_be_asked(location: str, outcome: Outcome, last: str) -> None:
    """Where a chain leads to what we do not ask for, it says so and shows where."""
    chain, target = await followed(Web({LINK: moved(location)}))
    assert (chain.outcome, chain.target) == (outcome, last)
    assert [hop.url for hop in chain.hops] == [LINK, last]
    assert len(chain.error) > 20
    assert target is None


@pytest.mark.parametrize(
    ("uri_r", "outcome"),
    [
        ("not a link", Outcome.INVALID),
        ("mailto:a@b.example", Outcome.UNSAFE),
        ("", Outcome.INVALID),
    ],
)
async def test_link_that_cannot_be_asked(uri_r: str, outcome: Outcome) -> None:
    """A link that is none is an outcome, not an exception, and asks nobody."""
    web = Web({})
    chain, target = await followed(web, uri_r)
    assert (chain.target, chain.outcome, chain.hops) == (uri_r, outcome, ())
    assert chain.error
    assert target is None
    assert web.asked == []


async def test_collapse_to_front_page_keeps_the_deep_address() -> None:
    """A site that sends a lost page to its front page answers 200: the target stays what it was."""
    web = Web({LINK: moved(STORY), STORY: moved("/"), "https://news.example/": STORY_PAGE})
    chain, target = await followed(web)
    assert (chain.target, chain.outcome) == (STORY, Outcome.OK)
    assert chain.error.startswith(f"{STORY} leads to https://news.example/")
    assert target is not None
    assert target.request.url == chain.hops[-1].url == "https://news.example/"


async def test_collapse_to_error_page_is_dead() -> None:
    """A site that sends a lost page to its error page: dead, and the target stays what it was."""
    web = Web(
        {LINK: moved(STORY), STORY: moved("/404.html"), "https://news.example/404.html": GONE}
    )
    chain, _ = await followed(web)
    assert (chain.target, chain.outcome) == (STORY, Outcome.DEAD)
    assert "answered 404" in chain.error


async def test_front_page_may_be_meant() -> None:
    """A short link to a front page means the front page."""
    web = Web({LINK: moved("https://news.example/"), "https://news.example/": STORY_PAGE})
    chain, _ = await followed(web)
    assert (chain.target, chain.error) == ("https://news.example/", "")


async def test_full_disk_is_an_error() -> None:
    """What cannot be recorded has not happened: the crawl must know."""
    with pytest.raises(StoreError):
        await followed(Web({LINK: STORY_PAGE}, full=True))
