"""Is what is peculiar to each shortener and leaving page known?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.models import Exchange, FetchRequest, Outcome
from archiver.resolvers import LAST, SERVICES, next_hop, refusal, wants_browser
from tests.resolvers.cases import (
    bit_ly,
    facebook,
    goo_gl,
    instagram,
    is_gd,
    linkedin,
    lnkd_in,
    t_co,
    tinyurl,
)
from tests.resolvers.cases.rows import THERE, WORDS, Case

TABLES = {
    "t.co": t_co.CASES,
    "bit.ly": bit_ly.CASES,
    "lnkd.in": lnkd_in.CASES,
    "linkedin.com": linkedin.CASES,
    "goo.gl": goo_gl.CASES,
    "tinyurl.com": tinyurl.CASES,
    "is.gd": is_gd.CASES,
    "facebook.com": facebook.CASES,
    "instagram.com": instagram.CASES,
}
ROWS = [(service, case) for service, cases in TABLES.items() for case in cases]
HOSTS = sorted({host for each in (*SERVICES, *LAST) for host in each.hosts})


def answered(case: Case) -> Exchange:
    """Make the exchange of a row."""
    return Exchange(
        request=FetchRequest(case.url),
        at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        outcome=Outcome.OK,
        status=case.status,
        headers=(("Content-Type", "text/html; charset=utf-8"), *case.headers),
        body=case.body.encode(),
    )


@pytest.mark.parametrize(
    "case", [case for _, case in ROWS], ids=[f"{service}: {case.name}" for service, case in ROWS]
)
def test_service_leads_on(case: Case) -> None:
    """Each row leads where it says, by the mechanism it says."""
    found = next_hop(answered(case))
    assert (found and (found.mechanism, found.url)) == case.leads
    assert case.note in (found.note if found else "")
    assert bool(case.note) == bool(found and found.note)


def test_each_service_has_rows() -> None:
    """A resolver without a case table proves nothing."""
    assert len(TABLES) == len(SERVICES) + len(LAST)


def test_rate_limit_with_a_good_status_is_a_refusal() -> None:
    """is.gd says with 200 that we asked too often."""
    assert [bool(refusal(answered(case))) for case in is_gd.CASES] == [
        case.name == "too many questions" for case in is_gd.CASES
    ]
    elsewhere = Case("", "https://a.example/", None, "Rate limit exceeded")
    assert refusal(answered(elsewhere)) == ""


@pytest.mark.parametrize(
    ("url", "status", "body", "wants"),
    [
        ("https://ow.ly/x", 403, "", True),
        ("https://cutt.ly/x", 406, "", True),
        ("https://cutt.ly/x", 200, "<title>Access denied</title>", True),
        ("https://cutt.ly/x", 200, "<noscript>Please enable JavaScript</noscript>", True),
        ("https://cutt.ly/x", 200, "<p>Please update your browser.", True),
        ("https://cutt.ly/x", 200, "<p>Please update your browser." + WORDS, False),
        ("https://cutt.ly/x", 200, "<p>Welcome", False),
        ("https://cutt.ly/x", 404, "<p>Please update your browser.", False),
        ("https://cutt.ly/x", 429, "", False),
        ("https://cutt.ly/x", 503, "", False),
        ("https://news.example/x", 403, "", False),
        ("https://news.example/x", 200, "<title>Access denied</title>", False),
    ],
)
def test_browser_is_only_played_for_shorteners(
    url: str, status: int, body: str, wants: bool
) -> None:
    """A known shortener that turns us away may be asked again; nobody else."""
    assert wants_browser(answered(Case("", url, None, body, status))) is wants


@given(
    st.sampled_from(HOSTS),
    st.sampled_from(["/l.php?u=", "/a/warning?url=", "/x", "/preview.php?num=", "/?u=", "/"]),
    st.text(max_size=60),
    st.text(max_size=200),
    st.integers(100, 599),
)
def test_no_answer_breaks_a_service(
    host: str, path: str, rest: str, body: str, status: int
) -> None:
    """Whatever a server says, nothing is raised, and what is found is no page of another scheme."""
    html = f"<a id=redirecturl class=biglink href='{body}'>{body}<title>{THERE}"
    case = Case("", f"https://{host}{path}{rest}", None, html, status)
    exchange = answered_any(case)
    found = next_hop(exchange)
    refusal(exchange)
    wants_browser(exchange)
    assert found is None or not found.url.lower().startswith(("javascript:", "data:"))


def answered_any(case: Case) -> Exchange:
    """The same for a body that no encoding can say."""
    exchange = answered(Case(case.name, case.url, None, "", case.status))
    return Exchange(
        exchange.request, exchange.at, exchange.outcome, exchange.status, exchange.headers,
        case.body.encode("utf-8", "replace"),
    )  # fmt: skip
