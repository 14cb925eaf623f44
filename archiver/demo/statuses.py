"""How does Mastodon write posts down: its JSON entities and the HTML in them?"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping

from archiver.core import textlinks
from archiver.core.textlinks import Span, SpanKind
from archiver.demo.board import Account, Board, DemoPost, Picture, Poll

HOST = "social.example"
BASE = f"http://{HOST}"

_SHOWN_CHARS = 30  # of an address; the rest is there and hidden
_EMOJI = {
    "shortcode": "anchor",
    "url": f"{BASE}/emoji/emoji-anchor.png",
    "static_url": f"{BASE}/emoji/emoji-anchor.png",
    "visible_in_picker": True,
}


class Statuses:
    """Writes posts as API entities."""

    def __init__(self, board: Board, accounts: Mapping[str, Account]) -> None:
        self._board = board
        self._accounts = accounts

    def status(self, post: DemoPost, *, nested: bool = False) -> dict[str, object]:
        """
        Write a Status.

        Args:
            nested: It is quoted or boosted, so what it quotes itself is not written out.

        Source: reference/protocols.md, 2.4
        """
        quoted = None if nested else self._board.get(post.quote)
        boosted = None if nested else self._board.get(post.boost)
        parent = self._board.get(post.reply_to)
        return {
            "id": post.id,
            "uri": uri(post),
            "url": url(post),
            "created_at": time(post.at),
            "edited_at": time(post.edited_at) if post.edited_at else None,
            "in_reply_to_id": parent.id if parent else None,
            "in_reply_to_account_id": post.reply_to_account,
            "visibility": post.visibility,
            "language": post.language,
            "sensitive": post.sensitive,
            "spoiler_text": post.spoiler,
            "content": self.content(post.text, quoted),
            "account": self.account(post.account),
            "reblog": self.status(boosted, nested=True) if boosted else None,
            "media_attachments": [_attachment(picture) for picture in post.pictures],
            "mentions": self._mentions(post.text),
            "tags": _tags(post.text),
            "emojis": _emojis(post.text),
            "card": None,
            "poll": _poll(post.id, post.poll) if post.poll else None,
            "quote": self._quote(quoted),
            "replies_count": len(self._board.replies(post.id)),
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": 0,
        }

    def history(self, post: DemoPost) -> list[dict[str, object]]:
        """Write the versions of a post (StatusEdit), the oldest first, the current one last."""
        versions = [(old.at, old.text) for old in post.earlier]
        versions.append((post.edited_at or post.at, post.text))
        return [
            {
                "content": self.content(text, None),
                "spoiler_text": post.spoiler,
                "sensitive": post.sensitive,
                "created_at": time(at),
                "account": self.account(post.account),
                "media_attachments": [_attachment(picture) for picture in post.pictures],
                "emojis": _emojis(text),
            }
            for at, text in versions
        ]

    def account(self, account: Account) -> dict[str, object]:
        """Write an Account."""
        avatar = f"{BASE}/media/{account.avatar}"
        return {
            "id": account.id,
            "username": account.username,
            "acct": account.username,
            "display_name": account.name,
            "locked": False,
            "bot": account.username == "tidegauge",
            "created_at": "2019-03-01T00:00:00.000Z",
            "note": f"<p>{html.escape(account.note, quote=False)}</p>",
            "url": f"{BASE}/@{account.username}",
            "uri": f"{BASE}/users/{account.username}",
            "avatar": avatar,
            "avatar_static": avatar,
            "followers_count": 412,
            "following_count": 23,
            "statuses_count": len(self._board.of_account(account.id)),
            "emojis": _emojis(account.name),
            "fields": [],
        }

    def content(self, text: str, quoted: DemoPost | None) -> str:
        """Write the words of a post as Mastodon does: parts of addresses are hidden."""
        paragraphs = "".join(f"<p>{self._paragraph(part)}</p>" for part in text.split("\n\n"))
        if quoted is None:
            return paragraphs
        return f'<p class="quote-inline">RE: {_link(url(quoted))}</p>{paragraphs}'

    def _paragraph(self, text: str) -> str:
        parts: list[str] = []
        at = 0
        for span in textlinks.find(text):
            parts.append(_escaped(text[at : span.start]))
            parts.append(self._marked(text[span.start : span.end], span))
            at = span.end
        parts.append(_escaped(text[at:]))
        return "".join(parts)

    def _marked(self, words: str, span: Span) -> str:
        if span.kind is SpanKind.LINK:
            return _link(span.value)
        if span.kind is SpanKind.HASHTAG:
            return (
                f'<a href="{BASE}/tags/{span.value}" class="mention hashtag" rel="tag">'
                f"#<span>{_escaped(span.value)}</span></a>"
            )
        name = span.value.removeprefix("@")
        if name not in self._accounts:
            return _escaped(words)
        return (
            f'<span class="h-card" translate="no"><a href="{BASE}/@{name}" class="u-url mention">'
            f"@<span>{name}</span></a></span>"
        )

    def _mentions(self, text: str) -> list[dict[str, str]]:
        names = textlinks.values(textlinks.find(text), SpanKind.MENTION)
        found = filter(None, (self._accounts.get(name.removeprefix("@")) for name in names))
        return [
            {
                "id": account.id,
                "username": account.username,
                "acct": account.username,
                "url": f"{BASE}/@{account.username}",
            }
            for account in found
        ]

    def _quote(self, quoted: DemoPost | None) -> dict[str, object] | None:
        if quoted is None:
            return None
        return {"state": "accepted", "quoted_status": self.status(quoted, nested=True)}


def uri(post: DemoPost) -> str:
    """Give the global id of a post."""
    return f"{BASE}/users/{post.account.username}/statuses/{post.id}"


def url(post: DemoPost) -> str:
    """Give the address of a post's page."""
    return f"{BASE}/@{post.account.username}/{post.id}"


def time(at: dt.datetime) -> str:
    """Write a time as Mastodon does: RFC 3339, UTC, with milliseconds."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br />")


def _link(address: str) -> str:
    scheme, _, rest = address.partition("://")
    shown, hidden = rest[:_SHOWN_CHARS], rest[_SHOWN_CHARS:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(address)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{kind}">{_escaped(shown)}</span>'
        f'<span class="invisible">{_escaped(hidden)}</span></a>'
    )


def _tags(text: str) -> list[dict[str, str]]:
    tags = textlinks.values(textlinks.find(text), SpanKind.HASHTAG)
    return [{"name": tag.lower(), "url": f"{BASE}/tags/{tag.lower()}"} for tag in tags]


def _emojis(text: str) -> list[dict[str, object]]:
    return [_EMOJI] if ":anchor:" in text else []


def _attachment(picture: Picture) -> dict[str, object]:
    size = {"width": picture.width, "height": picture.height}
    return {
        "id": str(900 + len(picture.file)),
        "type": "image",
        "url": f"{BASE}/media/{picture.file}",
        "preview_url": f"{BASE}/media/{picture.preview}",
        "remote_url": None,
        "meta": {"original": {**size, "size": f"{picture.width}x{picture.height}"}},
        "description": picture.alt,
        "blurhash": None,
    }


def _poll(post_id: str, poll: Poll) -> dict[str, object]:
    return {
        "id": post_id,
        "expires_at": time(poll.closes_at),
        "expired": True,
        "multiple": False,
        "votes_count": sum(votes for _, votes in poll.options),
        "voters_count": poll.voters,
        "options": [{"title": title, "votes_count": votes} for title, votes in poll.options],
        "emojis": [],
    }
