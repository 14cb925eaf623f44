"""Does everything in an archived page come from the archive, and nothing from the network?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import replay
from feeds.replay import Copy, Kind, Mode
from tests.feeds.markup import Part, parse
from tests.feeds.views import CAPTURED, HOSTILE

PAGE = "http://news.example/a/page.html"
COPY = Copy(PAGE, CAPTURED)
HERE = "/web/20220524140300/"
FRAME = "/web/20220524140300if_/"
NEWS = f"{HERE}http://news.example"
LOADING = ("src", "poster", "background", "data", "srcset")


def page(markup: str, copy: Copy = COPY) -> Part:
    """Give a page as it is replayed, the shadow tree of our line opened."""
    shown = replay.html_page(markup, copy).replace('<template shadowrootmode="closed">', "")
    return parse(shown.replace("</template>", "").encode("utf-8", "replace"))


def attribute(markup: str, name: str) -> str:
    """Give an attribute of the first element that has it, of a frame's page (without banner)."""
    parsed = page(markup, Copy(PAGE, CAPTURED, mode=Mode.FRAME))
    return next(part.attributes[name] for part in parsed.all("*") if name in part.attributes)


@pytest.mark.parametrize(
    ("markup", "name", "expected"),
    [
        ("<img src=x.png>", "src", f"{NEWS}/a/x.png"),
        ("<img src='/x.png'>", "src", f"{NEWS}/x.png"),
        ('<img src="//cdn.example/x">', "src", f"{HERE}http://cdn.example/x"),
        ('<a href="?a=1&amp;b=2&copy=3">', "href", f"{NEWS}/a/page.html?a=1&b=2&copy=3"),
        ("<a href=https://b.example>", "href", f"{HERE}https://b.example/"),
        ("<a href=' https://b.example/x\n y '>", "href", f"{HERE}https://b.example/x%20y"),
        ("<a href=../z#top>", "href", f"{NEWS}/z#top"),
        ("<a href=#top>", "href", "#top"),
        ("<a href=mailto:a@b.example>", "href", "mailto:a@b.example"),
        ("<a href='JavaScript:alert(1)'>", "href", "#"),
        ("<a href='vbscript:x'>", "href", "#"),
        ("<a href='http://[::1'>", "href", f"{HERE}http://[::1"),
        ("<img src=data:image/gif;base64,AAAA>", "src", "data:image/gif;base64,AAAA"),
        ("<iframe src=f.html>", "src", f"{FRAME}http://news.example/a/f.html"),
        ("<iframe src=javascript:x>", "src", "about:blank"),
        ("<embed src=f.swf>", "src", f"{FRAME}http://news.example/a/f.swf"),
        ("<object data=d.pdf>", "data", f"{FRAME}http://news.example/a/d.pdf"),
        ("<video poster=p.jpg>", "poster", f"{NEWS}/a/p.jpg"),
        ("<table background=b.gif>", "background", f"{NEWS}/a/b.gif"),
        ("<form action=/send>", "action", f"{NEWS}/send"),
        ("<svg><use xlink:href='i.svg#a'/></svg>", "xlink:href", f"{NEWS}/a/i.svg#a"),
        ("<svg><image href=i.png /></svg>", "href", f"{NEWS}/a/i.png"),
        ("<link rel=stylesheet href=s.css>", "href", f"{NEWS}/a/s.css"),
        ("<p style='background:url(b.png)'>", "style", f'background:url("{NEWS}/a/b.png")'),
        (
            "<img srcset='a.png 1x, b,c.png 2x,d.png'>",
            "srcset",
            f"{NEWS}/a/a.png 1x, {NEWS}/a/b,c.png 2x, {NEWS}/a/d.png",
        ),
        ("<img data-src=late.png>", "src", f"{NEWS}/a/late.png"),
        ("<img data-src=late.png src=data:,x>", "src", f"{NEWS}/a/late.png"),
        ("<img data-src=late.png src=now.png>", "src", f"{NEWS}/a/now.png"),
        ("<base href=/deep/><img src=x.png>", "src", f"{NEWS}/deep/x.png"),
    ],
)  # fmt: skip
def test_addresses_lead_into_the_archive(markup: str, name: str, expected: str) -> None:
    """Whatever the page would load or lead to is the copy nearest to it in time."""
    assert attribute(markup, name) == expected


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<script src=x.js></script>",
        "<body onload=alert(1)>",
        "<img onerror='alert(1)'>",
        "<meta http-equiv=Refresh content='0;url=/x'>",
        "<meta http-equiv=content-security-policy content='default-src *'>",
        "<link rel='preload' href=x.js>",
        "<link rel=preconnect href=https://b.example>",
        "<link rel=manifest href=m.json>",
        "<base href=https://b.example/>",
        "<a ping=https://b.example/>",
        "<link rel=stylesheet integrity=sha256-x crossorigin>",
    ],
)  # fmt: skip
def test_what_acts_is_left_out(markup: str) -> None:
    """No script, handler, refresh, policy of the page's own, or hint to connect elsewhere."""
    shown = replay.html_page(markup, Copy(PAGE, CAPTURED, mode=Mode.FRAME)).lower()
    for word in ("alert", "script", "refresh", "security", "preload", "b.example", "manifest",
                 "integrity", "crossorigin"):  # fmt: skip
        assert word not in shown


def test_styles_are_rewritten_in_place() -> None:
    """`url()` and `@import` in a sheet and in <style>; comments and strings stay as they are."""
    sheet = "@import 'a.css'; /* url(no) */ b{content:'url(no)';background:URL( \"x\\20y.png\" )}"
    expected = (
        f'@import "{NEWS}/a/a.css"; /* url(no) */ '
        f"b{{content:'url(no)';background:URL( \"{NEWS}/a/x%20y.png\" )}}"
    )
    assert replay.style_sheet(sheet, COPY) == expected
    assert expected in replay.html_page(f"<style>{sheet}</style>", COPY)


def test_style_cannot_end_its_element() -> None:
    """An escaped `</style>` in an address stays inside."""
    shown = page("<style>a{background:url(\\3c/style\\3e\\3cimg\\20src=x\\3e)}</style><p>")
    assert shown.all("img") == []


def test_page_says_what_it_is() -> None:
    """One plain line at the top: what, when, and the way to the original."""
    banner = page("<html><head><title>T</title></head><body><p>Text").one("body > *")
    assert banner.one("div").words == (
        "Archived copy of http://news.example/a/page.html, captured 24 May 2022, 14:03 UTC "
        "— original, where it comes from."
    )
    assert banner.one("a").attributes["href"] == PAGE


@pytest.mark.parametrize(
    "markup", ["<p>Text", "Text", "<!doctype html><title>x</title>\n<p>x", "", "<body>x"]
)
def test_banner_comes_first_in_any_page(markup: str) -> None:
    """Also where the page leaves <body> out, and never before the doctype."""
    shown = replay.html_page(markup, COPY)
    assert page(markup).one("body > *").words.startswith("Archived copy of")
    assert shown.count("<archive-banner") == 1
    assert not markup.startswith("<!doctype") or shown.startswith("<!doctype")


def test_frames_have_no_banner() -> None:
    """Neither what is shown in a frame, nor a page that is made of frames."""
    framed = replay.html_page("<p>x", Copy(PAGE, CAPTURED, mode=Mode.FRAME))
    assert "archive-banner" not in framed
    assert "archive-banner" not in replay.html_page("<frameset><frame src=x></frameset>", COPY)


def test_banner_says_where_the_page_led_on_and_what_it_answered() -> None:
    """A page that only sends on is not left blank; an error page is not taken for the page."""
    shown = page("<meta http-equiv=refresh content=\"0; URL='/next'\">")
    assert shown.one("archive-banner").all("a")[2].attributes["href"] == f"{NEWS}/next"
    gone = page("<p>x", Copy(PAGE, CAPTURED, status=404)).one("archive-banner").words
    assert "which answered 404" in gone


def test_banner_is_safe_for_any_address() -> None:
    """An address is text in it."""
    shown = page("<p>x", Copy('http://a.example/"><script>x</script>', CAPTURED))
    assert shown.all("script") == []


def test_inner_documents_are_rewritten() -> None:
    """A `srcdoc` is a page of its own, to a depth."""
    inner = "&lt;img src=x.png onerror=y&gt;&lt;script&gt;z&lt;/script&gt;"
    found = attribute(f'<iframe srcdoc="{inner}"></iframe>', "srcdoc")
    assert found == f'<img src="{NEWS}/a/x.png">'


def test_text_stays_as_it_was() -> None:
    """What needs no change is given on to the byte."""
    plain = (
        "<!DOCTYPE html><html lang=en><head><title>a<b</title></head><BODY class='x'>"
        "<P ALIGN=center>1 &lt; 2 &nbsp;<textarea><img src=z></textarea><br/></body></html>\n"
    )
    assert replay.html_page(plain, Copy(PAGE, CAPTURED, mode=Mode.FRAME)) == plain


@pytest.mark.parametrize(
    "piece",
    [
        *("<div>", '<a href="', "<", "<!--", "<a ", "<style>", "<b><p>", "<a b=c ", "</", "<!"),
        *("<title>", "<svg><style>", "<a href='&", "<img srcset='(", "&", "<script><!--"),
        *("<style>/*", "<style>'", "<style>url( ", "<style>@import ", "<p style='url(", '<a\0="'),
    ],
)
def test_hostile_page_costs_no_more_than_its_length(piece: str) -> None:
    """Whatever is left open or nested, the work is linear: 300 KB of it take well under 4 s."""
    start = time.process_time()
    replay.html_page(piece * (300_000 // len(piece)), COPY)
    assert time.process_time() - start < 4


@given(st.text(max_size=300) | st.lists(st.sampled_from([
    *("<", ">", "/", "=", "'", '"', " ", "a", "img", "src", "style", "script", "<!--", "-->"),
    *("href=", "url(", ")", "&#", ";", "<p ", "<a ", "http://b.example/", "srcset=", "\0", HOSTILE),
]), max_size=40).map("".join))  # fmt: skip
def test_nothing_is_loaded_from_outside(markup: str) -> None:
    """Of any markup, a browser would load only from the archive, and run nothing."""
    parsed = page(markup)
    assert parsed.all("script") == []
    for part in parsed.all("*"):
        for name, value in part.attributes.items():
            assert not (name.startswith("on") and len(name) > 4)
            if name in LOADING and value.strip():
                inside = value.startswith(("/web/2", "#", "about:blank", "data:"))
                assert inside or part.tag not in ("img", "iframe", "video", "source", "embed")


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("Ä".encode(), "text/html", "Ä"),
        ("Ä".encode("cp1252"), "text/html; charset=ISO-8859-1", "Ä"),
        ("\u201c".encode("cp1252"), 'text/html; charset="latin1"', "\u201c"),
        ("<meta charset=koi8-r>Ж".encode("koi8-r"), "text/html", "<meta charset=koi8-r>Ж"),
        ("\ufeffÄ".encode("utf-16-le"), "text/html; charset=utf-8", "Ä"),
        (b"\xff", "text/html; charset=utf-8", "\ufffd"),
        ("Ä".encode(), "text/html; charset=nonsense", "Ä"),
        ("Ä".encode(), "text/html; charset=punycode", "Ä"),
        ("Ä".encode(), "text/html; charset=hex", "Ä"),
    ],
)
def test_text_is_read_as_a_browser_would(body: bytes, content_type: str, expected: str) -> None:
    """Byte order mark, header, the page's own word, then UTF-8; broken bytes are replaced."""
    assert replay.decoded(body, [("Content-Type", content_type)], Kind.HTML) == expected


@pytest.mark.parametrize(
    ("sheet", "changed"),
    [
        ('@import"b.css"', f'@import"{NEWS}/a/b.css"'),
        ("@import/**/'b.css' print", f'@import/**/"{NEWS}/a/b.css" print'),
        ("a{b:image-set('c.png' 1x)}", f'a{{b:image-set("{NEWS}/a/c.png" 1x)}}'),
        (
            'a{b:-webkit-image-set( "c.png" type("image/png"));content:"d"}e{content:"f"}',
            f'a{{b:-webkit-image-set( "{NEWS}/a/c.png" type("image/png"));content:"d"}}'
            'e{content:"f"}',
        ),
        ('a{b:image-set("c" 1x', f'a{{b:image-set("{NEWS}/a/c" 1x'),
        ('a{b:image-set((;content:"d"}', 'a{b:image-set((;content:"d"}'),
    ],
)
def test_strings_that_are_addresses_lead_to_the_archive(sheet: str, changed: str) -> None:
    """Without a space before them too; other strings stay."""
    assert replay.style_sheet(sheet, COPY) == changed


def test_sheet_names_its_charset() -> None:
    """`@charset` counts where the header says nothing."""
    sheet = '@charset "koi8-r";a{content:"Ж"}'
    assert replay.decoded(sheet.encode("koi8-r"), [("content-type", "text/css")], Kind.CSS) == sheet


@pytest.mark.parametrize(
    ("status", "location", "expected"),
    [
        (301, "/x?y=1", f"{NEWS}/x?y=1"),
        (302, "https://b.example", f"{HERE}https://b.example/"),
        (308, "\xc3\xa4", f"{NEWS}/a/%C3%A4"),
        (302, "javascript:alert(1)", None),
        (302, "", None),
        (200, "/x", None),
        (304, "/x", None),
    ],
)
def test_redirects_stay_in_the_archive(status: int, location: str, expected: str | None) -> None:
    """A recorded redirect leads to the copy of where it led."""
    assert replay.redirect(status, [("Location", location)], COPY) == expected


def test_recorded_headers_are_told_and_not_obeyed() -> None:
    """Under other names, without cookies and controls, and not without end."""
    headers = [
        ("Set-Cookie", "a=b"), ("Server", "nginx\r\nSet-Cookie: x"), ("Bad Name", "x"),
        *((f"X-{number}", "v") for number in range(200)),
    ]  # fmt: skip
    passed = replay.passed_on(headers)
    assert passed[0] == ("X-Archive-Orig-Server", "nginxSet-Cookie: x")
    assert len(passed) <= 60
    assert not any("cookie" in name.lower() for name, _ in passed)


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "application/xml", "text/plain"])
def test_policy_takes_origin_scripts_and_forms_away(mime: str) -> None:
    """An archived document is sandboxed; a PDF is not, and may load nothing."""
    policy = replay.policy(mime)
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy and "allow-same-origin" not in policy
    assert "script-src 'none'" in policy and "form-action 'none'" in policy
    assert "default-src 'none'" in replay.policy("application/pdf")


def test_prefix_of_the_site_is_kept() -> None:
    """A site that does not stand at the root of its host leads to its own archive."""
    assert "/archive/web/20220524140300/http://news.example/a/x" in replay.html_page(
        "<img src=x>", Copy(PAGE, CAPTURED, prefix="/archive")
    )
