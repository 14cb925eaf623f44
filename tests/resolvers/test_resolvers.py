"""Does each kind of hop find where an answer leads, and nothing where it leads nowhere?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.models import Exchange, FetchRequest, Header, Mechanism, Outcome
from archiver.resolvers import next_hop
from archiver.resolvers.http_redirect import HttpRedirect

HERE = "https://short.example/x"
THERE = "https://news.example/story"
WORDS = "<p>" + "Much is said here. " * 60
META = f"<meta http-equiv=refresh content='0;url={THERE}'>"


def answer(
    body: str | bytes = b"",
    *headers: Header,
    url: str = HERE,
    status: int | None = 200,
    mime: str = "text/html; charset=utf-8",
) -> Exchange:
    """Make an answer as a fetcher gives it."""
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return Exchange(
        request=FetchRequest(url),
        at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        outcome=Outcome.OK,
        status=status,
        headers=(("Content-Type", mime), *headers),
        body=content,
    )


def hop(exchange: Exchange) -> tuple[str, str, str] | None:
    """Give what was found as a plain tuple."""
    found = next_hop(exchange)
    return (found.mechanism, found.location, found.url) if found else None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_leads_on(status: int) -> None:
    """Each redirect of HTTP leads to its Location, kept raw."""
    found = hop(answer(b"", ("LOCATION", "/dé f?a=%2525"), status=status))
    assert found == ("http", "/dé f?a=%2525", "https://short.example/d%C3%A9%20f?a=%2525")


@pytest.mark.parametrize("status", [200, 201, 300, 304, 404, None])
def test_other_status_does_not_redirect(status: int | None) -> None:
    """A Location beside another status is no redirect."""
    assert HttpRedirect().next_hop(answer(b"", ("Location", THERE), status=status)) is None


@pytest.mark.parametrize("location", ["", "  "])
def test_empty_location_leads_nowhere(location: str) -> None:
    """A redirect without a place to go is an end."""
    assert hop(answer(b"", ("Location", location), status=302)) is None


def test_fragment_goes_along() -> None:
    """The fragment of the link is carried over, unless the new address brings its own."""
    asked = answer(b"", ("Location", THERE), url=HERE + "#part", status=302)
    assert hop(asked) == ("http", THERE, THERE + "#part")


@pytest.mark.parametrize(
    ("value", "leads"),
    [
        (f"0;url={THERE}", THERE),
        (f"0; URL='{THERE}'", THERE),
        (f"5, {THERE}", THERE),
        (f" 0.5 ; url = {THERE}", THERE),
        (f"url={THERE}", THERE),
        (f'3;url="{THERE}', THERE),
        ("0;url=../y", "https://short.example/y"),
        (f"6;url={THERE}", None),
        (f"300;url={THERE}", None),
        ("0", None),
        ("5;url=", None),
        ("", None),
        ("now", None),
        (f"0;url={HERE}", None),
    ],
)
def test_refresh_header_leads_on(value: str, leads: str | None) -> None:
    """A short delay is a hop; a long one, or a page that renews itself, is a page."""
    found = hop(answer(WORDS, ("Refresh", value)))
    assert (found and found[2]) == leads
    assert found is None or found[0] == "refresh-header"


@pytest.mark.parametrize("status", [404, 403, 500])
def test_error_page_does_not_lead_on(status: int) -> None:
    """An error that sends people to the front page after a while stays an error."""
    assert hop(answer(META, ("Refresh", f"0;url={THERE}"), status=status)) is None


@pytest.mark.parametrize(
    "html",
    [
        META,
        f"<html><head>{META}</head><body>Moved <a href={THERE}>here</a></body></html>",
        f"<META HTTP-EQUIV=Refresh CONTENT=0;URL={THERE}>",
        f'<body><noscript><META http-equiv="refresh" content="0;URL={THERE}"></noscript>',
        f'<meta content="0;url=\'{THERE}\'" http-equiv="ReFrEsH">',
        f"<meta http-equiv=refresh content='9;url=/late'>{META}",
        "<base href=https://news.example/a/><meta http-equiv=refresh content='0;url=/story'>",
        f"<div><p>unclosed<table>{META}",
        f"\ufeff{META}\0",
        f"<style>{'a' * 20_000}</style>{META}",
    ],
)
def test_meta_refresh_leads_on(html: str) -> None:
    """A refresh in an otherwise empty page is a hop, however it is written."""
    found = hop(answer(html))
    assert found is not None
    assert (found[0], found[2]) == (Mechanism.META_REFRESH, THERE)


@pytest.mark.parametrize(
    "html",
    [
        META + WORDS,
        f"<!-- {META} -->",
        f'<script>var a = "{META}"</script>',
        f"<meta name=refresh content='0;url={THERE}'>",
        f"<noscript>{META}</noscript><script>{'a' * 20_000}</script>",
        f"<meta http-equiv=refresh content='0;url={HERE}#top'>",
        "<meta http-equiv=refresh content='60'>",
        META + " " * 600_000,
    ],
)
def test_page_with_refresh_stays(html: str) -> None:
    """A page that has something to say, or that sends away only the scriptless, is an end."""
    assert hop(answer(html)) is None


def test_known_shortener_may_say_more() -> None:
    """On a known shortener a refresh counts even on a page with many words."""
    found = hop(answer(WORDS + f"<noscript>{META}</noscript>", url="https://www.tinyurl.com/x"))
    assert found == ("meta-refresh", THERE, THERE)


def test_cookie_wall_leads_to_itself() -> None:
    """A page that sets a cookie and calls itself again is a hop: the next answer is another."""
    again = f"<meta http-equiv=refresh content='0;url={HERE}'>"
    assert hop(answer(again, ("Set-Cookie", "seen=1"))) == ("meta-refresh", HERE, HERE)


def test_twitter_page_leads_on() -> None:
    """What t.co answers to browsers is followed by its refresh."""
    html = (
        f'<head><noscript><META http-equiv="refresh" content="0;URL={THERE}"></noscript>'
        f"<title>{THERE}</title></head><script>window.opener = null;"
        r'location.replace("https:\/\/news.example\/story")</script>'
    )
    assert hop(answer(html, url="https://t.co/x")) == ("meta-refresh", THERE, THERE)


@pytest.mark.parametrize(
    "script",
    [
        r'location.replace("https:\/\/news.example\/story")',
        f"window.location = '{THERE}';",
        f'window.location.href="{THERE}"\nfoo()',
        f"top . location . assign( `{THERE}` )",
        f"setTimeout(function(){{document.location='{THERE}'}}, 10)",
        f"self.location.href = '{THERE}', 1",
        r"location='https:\x2f\x2fnews.example\u002fst\u{6f}ry'",
        f"// location='/comment'\n/* location='/c' */ location='{THERE}'",
        f"if (location.protocol == 'http:') {{}} location.href='{THERE}';",
        "location=`${host}/x`; location='https://news.example/story'",
    ],
)
def test_literal_address_in_script_leads_on(script: str) -> None:
    """A script that names the next address literally is a hop; it is read and not run."""
    found = hop(answer(f"<html><body><script>{script}</script>"))
    assert found is not None
    assert (found[0], found[2]) == (Mechanism.JS, THERE)


@pytest.mark.parametrize(
    "html",
    [
        f"<script>location = '{THERE}' + location.hash</script>",
        f"<script>my.location = '{THERE}'</script>",
        f"<script>geolocation = '{THERE}'</script>",
        f"<script>if (location.href == '{THERE}') go()</script>",
        "<script>location = `${x}`</script>",
        f"<script>location = '{HERE}'</script>",
        f"<pre>location = '{THERE}'</pre>",
        f"{WORDS}<script>location = '{THERE}'</script>",
        f"<script>location = '{THERE}';{'a' * 20_000}</script>",
        f"<script>location = '{THERE}\n'</script>",
        "<script>location = ''</script>",
    ],
)
def test_other_scripts_stay(html: str) -> None:
    """What is put together, compared, shown, or part of an application is no hop."""
    assert hop(answer(html)) is None


def test_script_counts_on_a_known_shortener() -> None:
    """On a known shortener long pages with a literal address are followed too."""
    html = f"{WORDS}<script>{'a' * 20_000};location.replace('{THERE}')</script>"
    assert hop(answer(html, url="https://lnkd.in/x")) == ("js", THERE, THERE)


def test_broken_escape_is_kept_apart() -> None:
    """An escape beyond Unicode does not break the reading."""
    found = hop(answer(r"<script>location='/a\u{ffffff}b'</script>"))
    assert found is not None
    assert found[2] == "https://short.example/a%EF%BF%BDb"


@pytest.mark.parametrize(
    "url",
    [
        "https://bit.ly/a/warning?hash=x&url=https%3A%2F%2Fnews.example%2Fstory",
        "https://www.linkedin.com/safety/go?url=https%3A%2F%2Fnews.example%2Fstory&trk=x",
        "https://www.linkedin.com/redir/redirect/?url=https%3A%2F%2Fnews.example%2Fstory",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fstory&h=AT0",
    ],
)
def test_wrapper_names_its_target(url: str) -> None:
    """Warnings and leaving pages name the target in their own address."""
    assert hop(answer(WORDS, url=url)) == ("interstitial", THERE, THERE)


def test_wrapper_that_turns_us_away_is_read() -> None:
    """A wrapper that redirects robots to a page of its own is passed over."""
    url = "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fstory"
    away = answer(b"", ("Location", "https://www.facebook.com/unsupported"), url=url, status=302)
    assert hop(away) == ("interstitial", THERE, THERE)


def test_wrapper_that_redirects_is_believed() -> None:
    """A wrapper that itself redirects to another site is an ordinary redirect."""
    url = "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fstory"
    found = hop(answer(b"", ("Location", THERE + "?fbclid=1"), url=url, status=302))
    assert found == ("http", THERE + "?fbclid=1", THERE + "?fbclid=1")


@pytest.mark.parametrize(
    "url",
    [
        "https://bit.ly/a/warning?hash=x",
        "https://bit.ly/a/warning?url=javascript:alert(1)",
        "https://bit.ly/other?url=https%3A%2F%2Fnews.example%2Fstory",
        "https://evilbit.ly/a/warning?url=https%3A%2F%2Fnews.example%2Fstory",
        "https://bit.ly/a/warning?" + "a&" * 300 + "url=https%3A%2F%2Fnews.example%2Fstory",
    ],
)
def test_no_wrapper_no_hop(url: str) -> None:
    """Other addresses, other schemes and floods of parameters name no target."""
    assert hop(answer(WORDS, url=url)) is None


def test_linkedin_page_is_passed() -> None:
    """The page of lnkd.in holds its target in one marked link."""
    html = (
        f"{WORDS}<a href=/legal data-tracking-control-name=legal>Legal</a>"
        f'<a class="x" data-tracking-control-name="external_url_click" href="{THERE}">{THERE}</a>'
    )
    assert hop(answer(html, url="https://lnkd.in/x")) == ("interstitial", THERE, THERE)
    assert hop(answer(html)) is None
    marked = f"{WORDS}<p>external_url_click<p data-tracking-control-name=external_url_click>"
    assert hop(answer(marked, url="https://lnkd.in/x")) is None


@pytest.mark.parametrize("mime", ["application/json", "text/plain", "image/png"])
def test_what_is_no_page_stays(mime: str) -> None:
    """Only HTML is read for ways on."""
    assert hop(answer(META, mime=mime)) is None


def test_other_charset_is_read() -> None:
    """A page in UTF-16 leads on as well."""
    found = hop(answer(META.encode("utf-16"), mime="text/html"))
    assert found == ("meta-refresh", THERE, THERE)


@given(st.binary(max_size=300), st.sampled_from([HERE, "https://t.co/x", "https://lnkd.in/x"]))
def test_no_body_breaks_the_reading(body: bytes, url: str) -> None:
    """Whatever bytes come around the words we look for, nothing is raised."""
    framed = b"<meta http-equiv=refresh content='0;url=" + body + b"'><script>location='" + body
    next_hop(answer(framed, url=url))
    next_hop(answer(body + b"external_url_click location= refresh", url=url))


@pytest.mark.timeout(10)
def test_half_a_megabyte_of_lines_is_read_in_time() -> None:
    """The search for comments takes time in proportion to the script, not to its square."""
    script = "\n" * 500_000 + "x"
    assert hop(answer(f"<script>{script}</script>location", url="https://bit.ly/x")) is None
