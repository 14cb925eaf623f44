"""
Where do the addresses in a page lead, once it is shown from the archive?

A tokenizer after the HTML standard, not a tree: it is linear in the size of the page, whatever
nesting a hostile page brings, and what needs no change is given on as it was written. Scripts are
left out; that none runs is the business of the Content-Security-Policy the page is served with.
"""

from __future__ import annotations

import html as stdlib_html
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from archiver.core import refresh
from archiver.core.urls import absolute
from feeds.rewrite_css import css


class Mover(Protocol):
    """Gives the new address of one as written, resolved against `base` (absolute)."""

    def __call__(self, url: str, base: str, *, framed: bool = False) -> str: ...


class Tag(NamedTuple):
    """A start or end tag: `attrs` hold name in lower case, value as written or None, and source."""

    name: str
    closes: bool
    attrs: list[tuple[str, str | None, str]]
    source: str


_OPEN = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_ATTR = re.compile(
    r"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(?!["'>])([^\s>]+)|(?=>)))?""",
)
_UNCLOSED = re.compile(r"""\s*=\s*["']""")
_END = re.compile(r"[\s/]*>")
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_REFERENCE = re.compile(
    r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*(;|(?![=A-Za-z0-9])))"
)
_CANDIDATE = re.compile(r"[\s,]*(\S+)")
_DESCRIPTORS = re.compile(r"[^,(]*+(?:\([^)]*+(?:\)|\Z)[^,(]*+)*+,?")
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
_RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}
_HEAD = frozenset({"html", "head", "title", "meta", "link", "style", "base", "script", "noscript"})
_HINTS = frozenset(
    {"dns-prefetch", "preconnect", "preload", "prefetch", "modulepreload", "prerender", "manifest"}
)
_DROPPED_ATTRS = frozenset({"integrity", "crossorigin", "nonce", "ping", "manifest"})
_URL_ATTRS = frozenset(
    {"href", "src", "poster", "background", "data", "action", "formaction", "xlink:href"}
)
_SRCSETS = frozenset({"srcset", "imagesrcset"})
_FRAMES = frozenset({"iframe", "frame", "object", "embed"})
_LAZY = {"data-src": "src", "data-srcset": "srcset"}
_PLACEHOLDER = "data-placeholder"
_LAZY_TAGS = frozenset({"img", "source"})
_SRCDOC_DEPTH = 3


@dataclass(slots=True)
class _State:
    base: str
    move: Mover
    banner: Callable[[str | None], str] | None
    depth: int = 0
    based: bool = False
    led_on: str | None = None
    out: list[str] = field(default_factory=list)


def html(
    text: str,
    url: str,
    move: Mover,
    banner: Callable[[str | None], str] | None = None,
    *,
    depth: int = 0,
) -> str:
    """
    Change every address in a page; leave out scripts, handlers, and what sends a browser on.

    Args:
        text: The page.
        url: Its absolute URL.
        move: Gives the new addresses.
        banner: Makes the markup put at the beginning of the body, given the absolute URL that the
            page sent its readers on to (meta refresh), if it did; never used in a page of frames.
        depth: How many `srcdoc` documents this one lies in.

    Source: HTML Living Standard, 13.2.5 (tokenization) and 4.8.4.2 (srcset)
    """
    state = _State(url, move, banner, depth)
    for token in _tokens(text):
        if isinstance(token, str):
            if token.strip():
                _place_banner(state)
            state.out.append(token)
        elif isinstance(token, Tag):
            _tag(state, token)
        else:
            state.out.append(_raw(state, *token))
    _place_banner(state)
    return "".join(state.out)


def _tokens(text: str) -> Iterator[str | Tag | tuple[str, str]]:
    """Give text, tags, and (name, content) of elements whose content is not markup."""
    at, end = 0, len(text)
    while at < end:
        start = text.find("<", at)
        if start < 0:
            start = end
        if start > at:
            yield text[at:start]
        if start == end:
            return
        found = _OPEN.match(text, start)
        if found is None:
            at = yield from _other(text, start)
            continue
        tag, at = _read_tag(text, found)
        if tag is None:  # the page ends inside a tag; browsers drop it
            return
        yield tag
        if tag.name in _RAW and not tag.closes:
            close = _RAW_END[tag.name].search(text, at)
            stop = close.start() if close else end
            yield tag.name, text[at:stop]
            at = stop


def _other(text: str, start: int) -> Generator[str | tuple[str, str], None, int]:
    """Pass over a comment, a doctype, or a lone `<`; returns where it ends."""
    if text.startswith("<!--", start):
        found = _COMMENT.match(text, start)
        return found.end() if found else len(text)
    if text[start + 1 : start + 2] in ("!", "?", "/"):
        stop = text.find(">", start)
        stop = len(text) if stop < 0 else stop + 1
        if text[start : start + 9].lower() == "<!doctype":
            yield "!doctype", text[start:stop]
        return stop
    yield "&lt;"
    return start + 1


def _read_tag(text: str, found: re.Match[str]) -> tuple[Tag | None, int]:
    at = found.end()
    attrs: list[tuple[str, str | None, str]] = []
    while True:
        end = _END.match(text, at)
        if end is not None:
            source = text[found.start() : end.end()]
            return Tag(found[2].lower(), bool(found[1]), attrs, source), end.end()
        attr = _ATTR.match(text, at)
        if attr is None:
            return None, at
        value = next((each for each in attr.groups()[1:] if each is not None), None)
        if value is None and _UNCLOSED.match(text, attr.end()):
            return None, at
        attrs.append((attr[1].lower(), value, attr[0].lstrip(" \t\r\n\f/")))
        at = attr.end()


def _raw(state: _State, name: str, content: str) -> str:
    if name == "style":
        return css(content, lambda url: state.move(url, state.base))
    return "" if name == "script" else content


def _tag(state: _State, tag: Tag) -> None:
    if tag.name == "script":
        return
    if tag.closes:
        state.out.append(tag.source)
        return
    if tag.name == "frameset":
        state.banner = None
    if tag.name not in _HEAD and tag.name != "body":
        _place_banner(state)
    if not _is_dropped(state, tag):
        state.out.append(_changed(state, tag))
    if tag.name == "body":
        _place_banner(state)


def _is_dropped(state: _State, tag: Tag) -> bool:
    """Say whether a tag is left out; notes the base and where the page would have led."""
    values = {name: unescape(value or "") for name, value, _ in reversed(tag.attrs)}
    if tag.name == "base":
        if not state.based and values.get("href"):
            state.base, state.based = absolute(state.base, values["href"]), True
        return True
    if tag.name == "meta":
        kind = values.get("http-equiv", "").strip().lower()
        if kind == "refresh":
            found = refresh.read(values.get("content", ""))
            state.led_on = absolute(state.base, found.reference) if found else state.led_on
        return kind in ("refresh", "set-cookie") or kind.startswith("content-security-policy")
    if tag.name == "link":
        return bool(_HINTS & set(values.get("rel", "").lower().split()))
    return False


def _changed(state: _State, tag: Tag) -> str:
    values = dict((name, value) for name, value, _ in reversed(tag.attrs))
    written, same = [], True
    for name, value, source in tag.attrs:
        new = _attr(state, tag.name, name, value, values)
        same = same and new is None
        written.append(source if new is None else new)
    if same:
        return tag.source
    slash = " /" if tag.source.endswith("/>") else ""
    return f"<{' '.join((tag.name, *filter(None, written)))}{slash}>"


def _attr(
    state: _State, tag: str, name: str, value: str | None, values: dict[str, str | None]
) -> str | None:
    """Give an attribute as it shall be written; None if it stays, empty if it goes."""
    if name in _DROPPED_ATTRS or (name.startswith("on") and len(name) > 4):
        return ""
    if value is None:
        return None
    if tag in _LAZY_TAGS:
        name = _loaded_at_once(name, values)
    if name in _URL_ATTRS and (name != "data" or tag == "object"):
        return _written(name, state.move(unescape(value), state.base, framed=tag in _FRAMES))
    if name in _SRCSETS:
        return _written(name, _srcset(state, unescape(value)))
    if name == "style":
        return _written(name, css(unescape(value), lambda url: state.move(url, state.base)))
    if name == "srcdoc":
        return _written(name, _srcdoc(state, unescape(value)))
    return "" if name == _PLACEHOLDER else None


def _loaded_at_once(name: str, values: dict[str, str | None]) -> str:
    """Give the name an attribute has once pictures that a script would have loaded are loaded."""
    instead = _LAZY.get(name)
    if instead is not None and _is_placeholder(values.get(instead)):
        return instead
    lazy = "data-" + name
    if lazy in _LAZY and values.get(lazy) and _is_placeholder(values[name]):
        return _PLACEHOLDER
    return name


def _is_placeholder(value: str | None) -> bool:
    return not value or value.lstrip().lower().startswith("data:")


def _srcset(state: _State, text: str) -> str:
    candidates, at = [], 0
    while found := _CANDIDATE.match(text, at):
        url, at, described = found[1].rstrip(","), found.end(), ""
        if url == found[1] and (more := _DESCRIPTORS.match(text, at)):
            at, described = more.end(), more[0].rstrip(",").strip()
        if url:
            candidates.append(f"{state.move(url, state.base)} {described}".strip())
    return ", ".join(candidates)


def _srcdoc(state: _State, text: str) -> str:
    if state.depth >= _SRCDOC_DEPTH:
        return ""
    return html(text, state.base, state.move, depth=state.depth + 1)


def _place_banner(state: _State) -> None:
    if state.banner is not None:
        state.out.append(state.banner(state.led_on))
        state.banner = None


def _written(name: str, value: str) -> str:
    return f'{name}="{stdlib_html.escape(value)}"'


def unescape(text: str) -> str:
    """
    Resolve character references as in the value of an attribute.

    Source: HTML Living Standard, 13.2.5.73 (a name without `;` stays before `=` and letters)

    >>> unescape("?a=1&amp;b=2&copy=3")
    '?a=1&b=2&copy=3'
    """
    return _REFERENCE.sub(lambda found: stdlib_html.unescape(found[0]), text)
