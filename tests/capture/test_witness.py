"""Is another archive's copy of a dead target found through its TimeGate, and nothing believed?"""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from archiver.capture.witness import Hearing, TimeGate
from archiver.models import Header, Outcome
from tests.capture.web import GONE, Page, Web

GATE = "https://archive.example/web"
TARGET = "https://news.example/2022/story?a=1"
ASKED = f"{GATE}/{TARGET}"
COPY = f"{GATE}/20220524120000/{TARGET}"
WRITTEN = dt.datetime(2022, 5, 24, 13, 30, tzinfo=dt.UTC)
TAKEN = ("Memento-Datetime", "Tue, 24 May 2022 12:00:00 GMT")
ORIGINAL = ("Link", f'<{TARGET}>; rel="original", <{GATE}/timemap/{TARGET}>; rel="timemap"')


def to(url: str, *headers: Header, status: int = 302) -> Page:
    """Redirect, as a TimeGate does."""
    return Page(status=status, headers=(("Location", url), ("Vary", "accept-datetime"), *headers))


def memento(*headers: Header, status: int = 200) -> Page:
    """A copy."""
    return Page("<title>The story</title>", status=status, headers=headers)


async def told(web: Web, target: str = TARGET) -> Hearing:
    """Ask once."""
    return await TimeGate(web, GATE).testimony(target, WRITTEN)


async def test_copy_is_found_with_all_that_proves_it() -> None:
    """Where it lies, when it was taken, who says so, and our record of it."""
    web = Web({ASKED: to(COPY, ORIGINAL), COPY: memento(TAKEN, ORIGINAL)})
    found = (await told(web, f"{TARGET}#part")).witness
    assert found is not None
    assert (found.uri_m, found.source, found.status) == (COPY, GATE, 200)
    assert found.at == dt.datetime(2022, 5, 24, 12, tzinfo=dt.UTC)
    assert found.record_id == "urn:uuid:2"
    dates = [dict(request.headers)["Accept-Datetime"] for request in web.asked]
    assert dates == ["Tue, 24 May 2022 13:30:00 GMT"] * 2
    assert {request.keep_bytes for request in web.asked} == {0}


async def test_copy_that_is_given_at_once_names_its_place() -> None:
    """A TimeGate may answer the memento itself (RFC 7089, 4.1.2)."""
    web = Web({ASKED: memento(TAKEN, ORIGINAL, ("Content-Location", COPY))})
    found = (await told(web)).witness
    assert found is not None and found.uri_m == COPY


async def test_archived_redirect_is_followed() -> None:
    """A copy of a redirect leads to the copy of another page: the archive's word for the target."""
    moved = f"{GATE}/20220524120001/https://news.example/moved"
    there = ("Link", '<https://news.example/moved>; rel="original"')
    pages = {
        ASKED: to(COPY, ORIGINAL),
        COPY: to(moved, TAKEN, ORIGINAL),
        moved: memento(TAKEN, there),
    }
    found = (await told(Web(pages))).witness
    assert found is not None and found.uri_m == moved


@pytest.mark.parametrize(
    ("pages", "says"),
    [
        ({}, "it answered 404"),
        ({ASKED: Page(status=503)}, "it answered 503"),
        ({ASKED: Page("<p>Welcome to the archive")}, "names no time"),
        ({ASKED: memento(("Memento-Datetime", "yesterday"))}, "names no time"),
        ({ASKED: memento(("Memento-Datetime", "Fri, 31 Dec 9999 23:59:59 -2300"))}, "no time"),
        ({ASKED: memento(("Memento-Datetime", "Tue, 24 May 2044 12:00:00 GMT"))}, "no time"),
        ({ASKED: memento(("Memento-Datetime", "x" * 9_000))}, "names no time"),
        ({ASKED: to(COPY), COPY: memento(TAKEN, status=404)}, "itself an error (404)"),
        ({ASKED: to(COPY), COPY: memento(TAKEN, status=403)}, "itself an error (403)"),
        ({ASKED: to(COPY), COPY: GONE}, "it answered 404"),
        (
            {ASKED: memento(TAKEN, ("Link", '<https://other.example/>; rel="original"'))},
            "is of https://other.example/",
        ),
        ({ASKED: Page(status=None, outcome=Outcome.TIMEOUT)}, "no answer came (timeout)"),
        ({ASKED: to(ASKED)}, "led on over 8 addresses"),
        ({ASKED: to("ftp://x.example/")}, "404"),
    ],
)
async def test_failure_is_a_note(pages: dict[str, Page], says: str) -> None:
    """Whatever the TimeGate does, there is a sentence and no witness."""
    found = await told(Web(pages))
    assert found.witness is None
    assert GATE in found.note
    assert says in found.note


@pytest.mark.parametrize(
    "link",
    [
        '<https://www.news.example/2022/story?a=1>;rel="first original"; datetime="x, y"',
        f"<x>; rel=timegate, <{TARGET}>; rel=original",
        f"<{TARGET}>; REL = ORIGINAL",
    ],
)
async def test_original_is_read_in_any_form(link: str) -> None:
    """RFC 8288 leaves much room."""
    assert (await told(Web({ASKED: memento(TAKEN, ("link", link))}))).witness is not None


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "link", ["<" * 60_000, "<a>" + " ;" * 30_000, '<a>; rel="' + "x " * 30_000]
)
async def test_hostile_link_header_is_read_in_time(link: str) -> None:
    """It costs no more than its length, and is no relation."""
    assert (await told(Web({ASKED: memento(TAKEN, ("Link", link))}))).witness is not None


async def test_target_is_asked_for_once() -> None:
    """Ten links to one dead page are one question, also at the same time."""
    web = Web({ASKED: memento(TAKEN)}, delay_s=0.01)
    gate = TimeGate(web, GATE)
    found = await asyncio.gather(
        *(gate.testimony(f"{TARGET}#{n}", WRITTEN) for n in range(10)),
    )
    assert len(set(found)) == 1
    assert web.urls == [ASKED]


async def test_timegate_that_fails_is_left_alone() -> None:
    """After three failures in a row; an answer, even 404, is none."""
    down = Web({f"{GATE}/http://a.example/{n}": Page(status=503) for n in range(9)})
    gate = TimeGate(down, GATE)
    notes = [(await gate.testimony(f"http://a.example/{n}", WRITTEN)).note for n in range(6)]
    assert len(down.asked) == 3
    assert "not asked again" in notes[5]
    without = Web({})
    gate = TimeGate(without, GATE)
    for n in range(6):
        await gate.testimony(f"http://a.example/{n}", WRITTEN)
    assert len(without.asked) == 6
