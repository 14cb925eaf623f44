"""Is a link followed where its own server does not help: by tables, or as a browser would?"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from archiver.capture.chain import BROWSER_AGENT, follow
from archiver.models import Chain, Exchange, FetchRequest, Mechanism, Outcome
from tests.capture.proving import Kept, Table
from tests.capture.web import NOW, Page, Web, moved

DEAD = "http://dead.example/AbC"
STORY = "https://news.example/story"
STORY_PAGE = Page("<title>The story</title><p>It is told.</p>")
SILENT = Page(status=None, outcome=Outcome.DNS_ERROR, error="dead.example has no address")


async def followed(
    web: Web, table: Table, link: str = DEAD, max_hops: int = 20
) -> tuple[Chain, Exchange | None, Kept]:
    """Follow with a table and a clock that stands still."""
    kept = Kept()
    chain, target = await follow(
        link, web, max_hops=max_hops, now=NOW, clock=lambda: 0.0, tables=table, writer=kept
    )
    return chain, target, kept


async def test_dead_shortener_is_passed_by_its_table() -> None:
    """The attempt stays in the chain, the table's line is a hop with a record of its own."""
    web = Web({DEAD: SILENT, STORY: STORY_PAGE})
    chain, target, kept = await followed(web, Table({DEAD: STORY}))
    assert (chain.target, chain.outcome, chain.redirects) == (STORY, Outcome.OK, 1)
    told = [(hop.url, hop.status, hop.mechanism, hop.location, hop.source) for hop in chain.hops]
    assert told == [
        (DEAD, None, None, None, ""),
        (DEAD, None, Mechanism.BEACON, STORY, "urlteam:dead.txt.xz"),
        (STORY, 200, None, None, ""),
    ]
    assert [hop.record_id for hop in chain.hops] == [
        "urn:uuid:kept-1",
        "urn:uuid:kept-2",
        "urn:uuid:2",
    ]
    assert [url for url, _ in kept.kept] == [f"urn:attempt:{DEAD}", f"urn:beacon:{DEAD}"]
    assert kept.kept[0][1]["error"] == "dead.example has no address"
    assert kept.kept[1][1]["target"] == STORY
    assert "dead.example has no address" in chain.error
    assert "urlteam:dead.txt.xz (2014)" in chain.error
    assert target is not None and target.request.via == DEAD


@pytest.mark.parametrize(
    "answer",
    [
        Page("gone", status=404),
        Page("gone", status=410),
        Page("over", status=503),
        Page(status=None, outcome=Outcome.TIMEOUT),
        Page(status=None, outcome=Outcome.REFUSED),
        Page(status=None, outcome=Outcome.TLS_ERROR),
    ],
)
async def test_answer_that_helps_nobody_is_passed(answer: Page) -> None:
    """Whatever way a shortener is dead; what it answered stays the evidence."""
    chain, _, _ = await followed(Web({DEAD: answer, STORY: STORY_PAGE}), Table({DEAD: STORY}))
    assert (chain.target, chain.outcome) == (STORY, Outcome.OK)
    assert chain.hops[0].status == answer.status
    assert chain.hops[0].record_id is not None


@pytest.mark.parametrize(
    "answer",
    [
        Page("ask later", status=429),
        Page(status=None, outcome=Outcome.UNSAFE, error="a private address"),
    ],
)
async def test_table_does_not_speak_for_the_living(answer: Page) -> None:
    """A server that is busy may say more tomorrow; an address that is unsafe stays unsafe."""
    chain, _, _ = await followed(Web({DEAD: answer}), Table({DEAD: STORY}))
    assert chain.target == DEAD
    assert chain.outcome is not Outcome.OK
    assert chain.redirects == 0


async def test_domain_of_a_new_owner_is_not_overruled() -> None:
    """Where the name answers, but leads elsewhere than once, that is said."""
    web = Web({DEAD: moved("https://casino.example/"), "https://casino.example/": STORY_PAGE})
    chain, _, _ = await followed(web, Table({DEAD: STORY}))
    assert (chain.target, chain.outcome) == ("https://casino.example/", Outcome.OK)
    assert chain.error.endswith(f"{DEAD} led to {STORY} once, by the word of {NAMED}")
    assert [hop.mechanism for hop in chain.hops] == [Mechanism.HTTP, None]


async def test_parked_domain_is_not_overruled() -> None:
    """A page where a redirect was is an answer too."""
    chain, _, _ = await followed(Web({DEAD: Page("For sale")}), Table({DEAD: STORY}))
    assert (chain.target, chain.outcome) == (DEAD, Outcome.OK)
    assert STORY in chain.error


@pytest.mark.parametrize("through", [STORY, "http://www.news.example/story?utm_source=x"])
async def test_server_that_agrees_with_the_table_says_nothing(through: str) -> None:
    """Also if the target has moved on since, or was written a little otherwise."""
    web = Web({DEAD: moved(through), through: moved("https://new.example/s")})
    chain, _, _ = await followed(web, Table({DEAD: STORY}))
    assert chain.error == "https://new.example/s answered 404"


async def test_table_that_leads_back_is_no_help() -> None:
    """A line that names the dead link itself ends as dead, not as a loop."""
    chain, _, _ = await followed(Web({}), Table({DEAD: DEAD}))
    assert chain.outcome is Outcome.DEAD
    assert len(chain.hops) == 1


async def test_tables_may_lead_on_and_on() -> None:
    """One dead shortener may lead to another; max_hops holds for tables as well."""
    lines = {f"http://dead.example/{n}": f"http://dead.example/{n + 1}" for n in range(50)}
    chain, _, _ = await followed(Web({}), Table(lines), "http://dead.example/0", max_hops=10)
    assert chain.outcome is Outcome.TOO_MANY_HOPS
    assert len(chain.hops) == 10


async def test_unsafe_line_ends_the_chain() -> None:
    """What a table says is from outside, and judged like any Location."""
    line = "ftp://news.example/story"
    chain, _, _ = await followed(Web({}), Table({DEAD: line}))
    assert (chain.outcome, chain.target) == (Outcome.UNSAFE, line)


async def test_other_hosts_are_not_looked_up() -> None:
    """A target that is dead is not asked of tables of short links."""
    table = Table({})
    chain, _, _ = await followed(Web({DEAD: moved(STORY)}), table)
    assert chain.outcome is Outcome.DEAD
    assert table.asked == [DEAD]


async def test_attempt_without_an_answer_is_recorded() -> None:
    """So each hop has a record that proves it."""
    chain, _, kept = await followed(Web({STORY: SILENT}), Table({}), STORY)
    assert chain.hops[0].record_id == "urn:uuid:kept-1"
    assert kept.kept == [
        (
            f"urn:attempt:{STORY}",
            {"url": STORY, "outcome": "dns_error", "error": "dead.example has no address"},
        )
    ]


async def test_shortener_for_browsers_is_asked_like_a_browser() -> None:
    """Once more, and the chain says which agent it worked with."""
    web = Browsers({"https://ow.ly/x": moved(STORY), STORY: STORY_PAGE})
    chain, _ = await follow("https://ow.ly/x", web, max_hops=20, now=NOW, clock=lambda: 0.0)
    assert (chain.target, chain.outcome, chain.error) == (STORY, Outcome.OK, "")
    assert [(hop.status, hop.mechanism, hop.agent) for hop in chain.hops] == [
        (403, None, ""),
        (301, Mechanism.HTTP, BROWSER_AGENT),
        (200, None, ""),
    ]


async def test_publisher_is_never_asked_like_a_browser() -> None:
    """Who refuses us is refused."""
    web = Browsers({STORY: STORY_PAGE}, for_browsers=("news.example",))
    chain, _ = await follow(STORY, web, max_hops=20, now=NOW, clock=lambda: 0.0)
    assert (chain.outcome, len(web.asked)) == (Outcome.REFUSED, 1)


async def test_rewritten_target_is_noted() -> None:
    """TinyURL says so itself."""
    link, click = "https://tinyurl.com/x", "https://redirect.tinyurl.com/api/click?out=" + STORY
    rewritten = Page(status=301, headers=(("Location", click), ("X-tiny", "aff_1")))
    web = Web({link: rewritten, click: Page("wait"), STORY: STORY_PAGE})
    chain, _ = await follow(link, web, max_hops=20, now=NOW, clock=lambda: 0.0)
    assert (chain.target, chain.outcome) == (STORY, Outcome.OK)
    assert chain.error == f"{link} says that its target was rewritten (X-tiny: aff_1)"


async def test_rate_limit_page_is_a_refusal() -> None:
    """is.gd says it with status 200."""
    page = Page("<div id=main><p>Rate limit exceeded - please wait 1 minute</p></div>")
    chain, _ = await follow(
        "https://is.gd/x", Web({"https://is.gd/x": page}), max_hops=20, now=NOW, clock=lambda: 0.0
    )
    assert chain.outcome is Outcome.REFUSED
    assert "rate limit" in chain.error


async def test_upgrade_that_nobody_asked_for_is_no_answer() -> None:
    """101 ends nothing: there is no page behind it."""
    chain, _ = await follow(
        STORY, Web({STORY: Page(status=101)}), max_hops=20, now=NOW, clock=lambda: 0.0
    )
    assert (chain.outcome, chain.error) == (Outcome.INVALID, f"{STORY} answered 101")


NAMED = "urlteam:dead.txt.xz (2014)"


@dataclass(slots=True)
class Browsers(Web):
    """A web of which some hosts answer browsers only."""

    for_browsers: tuple[str, ...] = ("ow.ly",)

    async def fetch(self, request: FetchRequest, cookies: object = None) -> Exchange:
        """Turn away whoever does not say that it is a browser."""
        agents = [value for name, value in request.headers if name == "User-Agent"]
        if any(host in request.url for host in self.for_browsers) and not agents:
            self.asked.append(request)
            return Exchange(request, NOW, Outcome.OK, 403)
        return await Web.fetch(self, request, None)
