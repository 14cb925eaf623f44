"""What does a reader see of a thread inside an entry? The whole of it, as plain and safe HTML."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import jinja2
from markupsafe import Markup

from archiver.models import Branch, PostState, StoredPost, ThreadView
from feeds import addresses, clean, post_parts, wording
from feeds.direction import is_rtl
from feeds.entry_links import EntryLink

MAX_BYTES = 900_000
"""Of the posts in one entry: beyond it, readers are sent to the page."""


def html_of(
    view: ThreadView,
    *,
    links: Sequence[EntryLink],
    base_url: str,
    media: Mapping[str, str],
    language: str | None,
    digest: str,
) -> str:
    """
    Write a thread as HTML for feed readers.

    Posts by others are counted, not shown. Each link gets one line, under the first post that has
    it. Nothing relies on styles, classes, scripts or `<details>`, which readers drop.

    Args:
        links: The distinct links of the thread itself.
        base_url: publish.base_url, without a slash at its end.
        media: Original URL -> absolute URL of our copy.
        language: BCP 47, of the thread.
        digest: Of its posts.

    Returns:
        HTML without control characters; all addresses in it are absolute http or https.
    """
    thread = view.thread
    own = [each for each in thread.posts if each.post.branch is Branch.THREAD]
    shown = _posts(own, post_parts.Maker(view, links, base_url, media))
    gone = sum(1 for each in own if each.state is PostState.VANISHED)
    replies = sum(1 for each in thread.posts if each.post.branch is Branch.SIDE)
    changed = thread.updated_at > thread.first_captured_at
    page = addresses.thread_page(base_url, thread.id)
    return rendered(
        "entry",
        author=wording.author(thread.author),
        author_url=clean.url(thread.author.url),
        platform=wording.platform(thread.platform),
        standing=wording.completeness(thread.completeness),
        posts=shown,
        left_out=_left_out(len(own) - len(shown)),
        page=page,
        evidence=f"{page}#evidence",
        captured=wording.moment(thread.first_captured_at),
        changed=wording.moment(thread.updated_at) if changed else "",
        gone=f"{wording.counted(gone, 'post')} {'is' if gone == 1 else 'are'} gone" if gone else "",
        reason=clean.line(thread.completeness.reason),
        original=clean.url(thread.url),
        replies=wording.counted(replies, "reply", "replies") if replies else "",
        language=language,
        rtl=is_rtl(language, own[0].post.text if own else ""),
        digest=digest,
    )


def rendered(name: str, **said: object) -> str:
    """Fill one of the templates for feed readers; the result holds no control characters."""
    return clean.text(_template(f"{name}.html.jinja").render(**said)).strip()


def _posts(own: Sequence[StoredPost], maker: post_parts.Maker) -> list[Markup]:
    template = _template("post.html.jinja")
    shown: list[Markup] = []
    left = MAX_BYTES
    for stored in own:
        written = Markup(template.render(post=maker.part_of(stored)))
        left -= len(written.encode("utf-8", "replace"))
        if left < 0:
            break
        shown.append(written)
    return shown


def _left_out(number: int) -> str:
    if number <= 0:
        return ""
    return f"{wording.counted(number, 'post')} {'does' if number == 1 else 'do'}"


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("feeds", "templates/feed"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)
