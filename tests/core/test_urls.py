"""Are links normalised, resolved and compared as a browser would, and never more than that?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import urls

LINKS = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "HTTPS", "hTTp"]),
    st.sampled_from(
        ["a.example", "Bücher.example:80", "[::1]:8080", "1.2.3.4:443", "💩.la", "a_b.c"]
    ),
    st.text(max_size=40).map(lambda text: "/" + text),
)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://a.example", "http://a.example/"),
        ("http://a.example?q", "http://a.example/?q"),
        ("HTTP://Bit.LY/AbC", "http://bit.ly/AbC"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("https://a.example:80/x", "https://a.example:80/x"),
        ("http://a.example:080/", "http://a.example/"),
        (" \n http://a.example/\u200b\x00", "http://a.example/"),
        ("http://a.example/a b/é", "http://a.example/a%20b/%C3%A9"),
        ("http://a.example/%C3%a9%2525", "http://a.example/%C3%a9%2525"),
        ("http://a.example/100%", "http://a.example/100%"),
        ("http://a.example/x?b=2&a=ü 1", "http://a.example/x?b=2&a=%C3%BC%201"),
        ("http://a.example/x#Teil ü", "http://a.example/x#Teil%20%C3%BC"),
        ("http://a.example/b/./../c/..", "http://a.example/"),
        ("http://a.example/b/.", "http://a.example/b/"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
        ("http://例え.テスト/", "http://xn--r8jz45g.xn--zckzah/"),
        ("http://💩.la/", "http://xn--ls8h.la/"),
        ("http://ex%61mple.com/", "http://example.com/"),
        ("http://under_score.example/", "http://under_score.example/"),
        ("http://a.example./", "http://a.example./"),
        ("http://[0:0::1]/", "http://[::1]/"),
        (r"http:\\a.example\b?c=\d", r"http://a.example/b?c=\d"),
        (r"http://evil.example\@good.example/", "http://evil.example/@good.example/"),
        ("http://a.example/\udce9", "http://a.example/%E9"),
        ("http://a.example/\ud800", "http://a.example/%3F"),
    ],
)
def test_link_is_normalised(written: str, asked: str) -> None:
    """A link takes the form that is asked for, and keeps what is encoded already."""
    assert urls.fetchable(written) == asked


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "not an absolute URL"),
        ("bit.ly/x", "not an absolute URL"),
        ("//a.example/", "not an absolute URL"),
        ("http:/a.example", "names no host"),
        ("http:///x", "names no host"),
        ("http://?x", "names no host"),
        ("http://a.example:0/", "port of 1 to 65535"),
        ("http://a.example:65536/", "port of 1 to 65535"),
        ("http://a.example:x/", "port of 1 to 65535"),
        ("http://a..example/", "not the name of a host"),
        (f"http://{'a' * 64}.example/", "not the name of a host"),
        ("http://a b.example/", "not the name of a host"),
        ("http://a%2fb.example/", "not the name of a host"),
        ("http://\u2488/", "not the name of a host"),
        (f"http://{'ü' * 2000}/", "no host"),
        ("http://[::zz]/", "not an IPv6 address"),
        ("http://[fe80::1%eth0]/", "zone"),
        ("http://a.example/a\x00b", "control characters"),
        ("http://a.example/a\nb", "control characters"),
        (f"http://a.example/{'a' * 40_000}", "longer than"),
    ],
)
def test_what_is_no_url_is_refused(written: str, said: str) -> None:
    """What is not a URL gets one sentence that says why."""
    with pytest.raises(ValueError, match=said) as caught:
        urls.fetchable(written)
    assert not isinstance(caught.value, urls.UnsafeUrl)


@pytest.mark.parametrize(
    "written",
    [
        "ftp://a.example/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://u:p@a.example/",
        "http://u@a/",
    ],
)
def test_what_is_unsafe_is_refused(written: str) -> None:
    """Other schemes and credentials are understood and not asked for; no secret is repeated."""
    with pytest.raises(urls.UnsafeUrl) as caught:
        urls.fetchable(written)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "resolved"),
    [
        ("", "https://a.example/x/y?q#top"),
        ("z", "https://a.example/x/z#top"),
        ("../../z", "https://a.example/z#top"),
        ("/z?p=1", "https://a.example/z?p=1#top"),
        ("?p", "https://a.example/x/y?p#top"),
        ("#new", "https://a.example/x/y?q#new"),
        ("z#", "https://a.example/x/z#"),
        ("//b.example/z", "https://b.example/z#top"),
        ("///b.example/z", "https://b.example/z#top"),
        ("http://b.example/z#own", "http://b.example/z#own"),
        ("HTTP:b.example/z", "http://b.example/z#top"),
        ("https:z", "https://a.example/x/z#top"),
        ("https:/z", "https://a.example/z#top"),
        ("https:///b.example/z", "https://b.example/z#top"),
        (r"\\b.example\z", "https://b.example/z#top"),
        ("/dé f/%252F", "https://a.example/d%C3%A9%20f/%252F#top"),
        (" /a\n\tb ", "https://a.example/ab#top"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("javascript:void(0)", "javascript:void(0)"),
        ("http://[bad/", "http://[bad/"),
        ("http://u:p@b.example/", "http://u:p@b.example/"),
    ],
)
def test_location_is_resolved(location: str, resolved: str) -> None:
    """References resolve as RFC 3986 and browsers say; the fragment is carried over."""
    assert urls.absolute("https://a.example/x/y?q#top", location) == resolved


def test_base_without_path_resolves() -> None:
    """A base that names only a host has the path `/`."""
    assert urls.absolute("http://a.example", "z") == "http://a.example/z"
    assert urls.absolute("not a base", "z") == "z"


@given(LINKS)
def test_normalising_twice_changes_nothing(link: str) -> None:
    """What is fetchable is its own normal form, printable ASCII, and resolves to itself."""
    try:
        once = urls.fetchable(link)
    except ValueError:
        return
    assert urls.fetchable(once) == once
    assert once.isascii()
    assert once.isprintable()
    assert urls.absolute("http://base.example/", once) == once


@given(st.text(), st.text())
def test_nothing_makes_comparisons_fail(a: str, b: str) -> None:
    """Whatever text comes, nothing but ValueError from `fetchable` is raised."""
    urls.absolute(a, b)
    urls.absolute("http://a.example/", b)
    urls.host_of(a)
    urls.is_root(a)
    urls.same_site(a, b)
    assert urls.group_key(urls.group_key(a)) == urls.group_key(a)
    for text in (a, "http://" + a, "http://a.example" + a):
        try:
            urls.fetchable(text)
        except ValueError as err:
            assert len(str(err)) > 10


@given(LINKS)
def test_group_key_is_stable(link: str) -> None:
    """Grouping a group key changes nothing."""
    assert urls.group_key(urls.group_key(link)) == urls.group_key(link)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://User:p@a.example/", ""),
        ("HTTP://A.Example:81/x", "a.example"),
        ("http://[::1]:8/", "::1"),
        ("http://Bücher.example", "xn--bcher-kva.example"),
        ("mailto:a@b", ""),
        ("", ""),
    ],
)
def test_host_is_read_from_the_parsed_url(url: str, host: str) -> None:
    """The host is that of the authority; none if the URL is none."""
    assert urls.host_of(url) == host


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("http://www.news.co.uk/", "https://news.co.uk/x", True),
        ("http://a.co.uk/", "http://b.co.uk/", False),
        ("http://alice.github.io/", "http://bob.github.io/", False),
        ("http://short.news.example/", "http://news.example/", True),
        ("http://a.example/", "http://b.example/", False),
        ("http://127.0.0.1:81/", "http://127.0.0.1:82/", True),
        ("http://127.0.0.1/", "http://9.0.0.1/", False),
        ("http://[::1]/", "http://[::1]:8/", True),
        ("http://localhost/", "http://localhost:8/", True),
        ("http://news.example./", "http://news.example/", True),
        ("nothing", "nothing", False),
    ],
)
def test_sites_are_registrable_domains(a: str, b: str, same: bool) -> None:
    """Two URLs are of one site if their registrable domain is one."""
    assert urls.same_site(a, b) is same


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://a.example", True),
        ("http://a.example/index.html", True),
        ("http://a.example/?utm_source=x&fbclid=1", True),
        ("http://a.example/#", True),
        ("http://a.example/#part", True),
        ("http://a.example/#!/page/1", False),
        ("http://a.example/?p=1", False),
        ("http://a.example/en/", False),
        ("nothing", False),
    ],
)
def test_front_page_is_known(url: str, root: bool) -> None:
    """A front page has no path, and nothing behind it that matters."""
    assert urls.is_root(url) is root


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://A.example/x?UTM_Source=t&id=1&utm%5Fmedium=2", "http://a.example/x?id=1"),
        ("http://a.example/x?fbclid=t", "http://a.example/x"),
        ("http://a.example/x?b&a=&&c", "http://a.example/x?b&a=&c"),
        ("http://a.example/x#part", "http://a.example/x"),
        ("http://a.example/#!/x?1", "http://a.example/#!/x?1"),
        ("nothing", "nothing"),
    ],
)
def test_group_key_drops_tracking_only(url: str, key: str) -> None:
    """Known tracking parameters go, in any case and encoding; order and the rest stay."""
    assert urls.group_key(url) == key


def test_fragment_is_not_requested() -> None:
    """What is sent to a server ends before the fragment."""
    assert urls.without_fragment("http://a.example/x#a#b") == "http://a.example/x"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7F000001", "127.0.1", "0"]
)
def test_address_in_disguise_is_unsafe(host: str) -> None:
    """IPv4 in other than four plain numbers is written to get past somebody."""
    with pytest.raises(urls.UnsafeUrl):
        urls.fetchable(f"http://{host}/")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "8.8.8.8", "1.example", "0x7f.example", "10.0.0.1.x"]
)
def test_plain_address_and_name_are_left_to_the_guard(host: str) -> None:
    """An address that is written plainly is judged at the socket."""
    assert urls.fetchable(f"http://{host}/") == f"http://{host}/"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://A.example/x?UTM_Source=t&id=1&Fbclid=2#part", "https://a.example/x?id=1"),
        ("https://a.example/x?b=1&a=2", "https://a.example/x?b=1&a=2"),
        ("https://a.example/x?utm_id=1", "https://a.example/x"),
        ("https://a.example/x#utm_source=1", "https://a.example/x"),
        ("https://a.example/#!/x?y", "https://a.example/#!/x?y"),
        ("https://a.example/x?mc_eid=1&mc_cid=2&_ga=3&igshid=4&srsltid=5&q=6",
         "https://a.example/x?q=6"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)  # fmt: skip
def test_tracking_goes_for_grouping(url: str, key: str) -> None:
    """Names in any case, the order kept; what is no web address stays."""
    assert urls.group_key(url) == key
    assert urls.group_key(key) == key


@given(st.text(max_size=80))
def test_any_text_has_keys(text: str) -> None:
    """A key of a key is the key; nothing is raised."""
    assert urls.group_key(urls.group_key(text)) == urls.group_key(text)
    assert urls.same_page(text, text)
    urls.page_key(text)
