"""Nothing that harms a reader or a feed gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import clean
from tests.feeds import feed_rules

ANY = st.text(st.characters(exclude_categories=[]), max_size=80)


@given(ANY)
def test_cleaning_text_twice_changes_nothing(raw: str) -> None:
    """What is clean stays as it is, and can be encoded."""
    once = clean.text(raw)
    assert once == clean.text(once)
    assert not list(feed_rules.text_faults("text", once.encode("utf-8").decode("utf-8")))


def test_line_ends_become_one() -> None:
    """Windows, old Mac and mainframe line ends are the same in a feed."""
    assert clean.text("a\r\nb\rc\x85d\ne\tf") == "a\nb\nc\nd\ne\tf"


def test_line_is_one_line_without_overrides() -> None:
    """A name cannot turn the reading direction of what stands after it."""
    assert clean.line("  a\n\tb\u202ec ") == "a bc"


def test_long_line_ends_with_an_ellipsis() -> None:
    """The length counts the ellipsis."""
    assert clean.line("x" * 20, longest=10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("<p onclick=x class=y style=z>a</p>", "<p>a</p>"),
        ("<script>alert(1)</script>b", "b"),
        ("<style>p{}</style><iframe src=//x>c</iframe><form>d</form>e", "e"),
        ("<svg><script>x</script></svg><math><mi>y</mi></math>f", "f"),
        ("<img src=x onerror=y>g", "g"),
        ("<!-- x --><b>h", "<b>h</b>"),
        ("&#0;&#1;&#x8;&#xfffe;i", "\ufffdi"),
        ("<p lang=ug dir=rtl>j</p>", '<p lang="ug" dir="rtl">j</p>'),
        ("<p lang='x y' dir=up>k</p>", "<p>k</p>"),
    ],
)
def test_markup_is_reduced_to_what_is_allowed(raw: str, safe: str) -> None:
    """Elements and attributes that are not on the list go; dangerous ones with their content."""
    assert clean.html(raw) == safe


@pytest.mark.parametrize(
    ("href", "safe"),
    [
        ("https://example.org/a?b=1&amp;c=2", "https://example.org/a?b=1&amp;c=2"),
        ("/there", "https://social.example/there"),
        ("there", "https://social.example/@a/there"),
        ("//other.example/x", "https://other.example/x"),
    ],
)
def test_links_become_absolute(href: str, safe: str) -> None:
    """A relative link is resolved against the address of its post."""
    given_html = f'<a href="{href}">x</a>'
    wanted = f'<a href="{safe}" rel="noopener noreferrer">x</a>'
    assert clean.html(given_html, base_url="https://social.example/@a/1") == wanted


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", " java\nscript:x", "data:text/html,x", "/relative", "http://[x"]
)
def test_unsafe_links_lose_their_address(href: str) -> None:
    """The words stay, the address goes."""
    assert clean.html(f'<a href="{href}">x</a>') == '<a rel="noopener noreferrer">x</a>'


def test_link_that_cannot_be_joined_loses_its_address() -> None:
    """A broken host in a reference is no reason to fail."""
    found = clean.html('<a href="http://[x">y</a>', base_url="https://social.example/")
    assert found == '<a rel="noopener noreferrer">y</a>'


@given(ANY)
def test_any_markup_comes_out_harmless(raw: str) -> None:
    """Whatever goes in, what comes out is known elements, well nested."""
    assert not list(feed_rules.html_faults("html", clean.html(raw)))


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("https://example.org", "https://example.org"),
        ("HTTPS://User:Secret@Example.ORG:8443/a", "https://example.org:8443/a"),
        (
            "https://例え.jp/記事?題=a b",
            "https://xn--r8jz45g.jp/%E8%A8%98%E4%BA%8B?%E9%A1%8C=a%20b",
        ),
        ("http://[2001:DB8:0::1]/x", "http://[2001:db8::1]/x"),
        ("HTTP://[::]", "http://[::]"),
        ("https://example.org/100%/%41%zz", "https://example.org/100%25/%41%25zz"),
        ('https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"),
        ("https://example.org/a\x00\ud800b#ü", "https://example.org/ab#%C3%BC"),
        ("https://a_b.example/", "https://a_b.example/"),
    ],
)
def test_addresses_are_encoded(raw: str, safe: str) -> None:
    """What RFC 3986 does not know is encoded, and nothing is encoded twice."""
    assert clean.url(raw) == safe
    assert clean.url(safe) == safe


@pytest.mark.parametrize(
    "raw",
    [
        *("", "example.org", "//example.org/", "ftp://example.org/", "javascript:x", "http://"),
        *(
            "http://a b/",
            "http://a..b/",
            "http://[",
            "http://[1:2]/",
            "http://x:99999/",
            "https://x/" + "a" * 9000,
        ),
    ],
)
def test_what_is_no_web_address_is_left_out(raw: str) -> None:
    """There is no link rather than an unsafe one."""
    assert clean.url(raw) == ""


@given(ANY)
def test_any_address_is_safe_or_empty(tail: str) -> None:
    """Whatever stands behind the host, the result is a valid URL, or none."""
    found = clean.url("https://example.org/" + tail)
    assert not found or not list(feed_rules.url_faults("url", found))


@pytest.mark.parametrize(
    ("raw", "tag"),
    [("en", "en"), ("zh_Hans", "zh-Hans"), (" ug-CN ", "ug-CN"), ("", None), ("x y", None)],
)
def test_languages_are_tags_or_none(raw: str, tag: str | None) -> None:
    """What is no language tag is not passed on as one."""
    assert clean.language(raw) == tag
    assert clean.language(None) is None
