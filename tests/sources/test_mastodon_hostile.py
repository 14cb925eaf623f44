"""Whatever a Mastodon server answers: a thread, or one of our errors, and no post lost?"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import ArchiverError
from archiver.models import ThreadObservation
from tests.sources.mastodon_threads import SEED, SOURCE, five_posts, shown, uri
from tests.sources.playing import Answer, Server, ask_all

_ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, -1, 10**30, 1.5, "", "x", "<script>", "\ud800", "\u202e", [], [None], [[]],
     {}, {"id": 1}, {"uri": "http://[::1"}, "9999-12-31T23:59:59Z", "100", "101", "104",
     "https://evil.example/users/desk/statuses/1", "x" * 5_000]
)  # fmt: skip
_PLACES = st.sampled_from([str(number) for number in range(100, 105)])
_FIELDS = st.sampled_from(
    ["id", "uri", "url", "created_at", "edited_at", "in_reply_to_id", "in_reply_to_account_id",
     "visibility", "language", "sensitive", "spoiler_text", "content", "account", "reblog",
     "media_attachments", "mentions", "tags", "card", "poll", "quote"]
)  # fmt: skip


def _observed(server: Server) -> ThreadObservation | None:
    try:
        seen = ask_all(SOURCE, SEED, server)[1]()
    except ArchiverError as err:
        assert "\n" not in str(err)
        return None
    assert isinstance(seen, ThreadObservation)
    ids = [post.id for post in seen.posts]
    assert len(ids) == len(set(ids))
    assert seen.completeness.reason
    return seen


class _Damaged:
    """A server whose answers, not its posts, are damaged: ids still lead to their posts."""

    def __init__(self, damage: list[tuple[str, str, object]]) -> None:
        self._server = five_posts()
        self._damage = damage

    def __call__(self, url: str) -> Answer:
        answer = self._server(url)
        value = copy.deepcopy(answer.value)
        for post in _posts(value):
            for number, name, odd in self._damage:
                if post.get("url") == f"https://social.example/@desk/{number}":
                    post[name] = odd
        return Answer(value, answer.status, answer.headers, answer.body, answer.mime)


def _posts(value: object) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict)]
    if isinstance(value, dict) and "descendants" in value:
        return [*_posts(value["ancestors"]), *_posts(value["descendants"])]
    return [value] if isinstance(value, dict) else []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_PLACES, _FIELDS, _ODD), min_size=1, max_size=4))
def test_damaged_fields_give_a_thread_or_an_error(damage: list[tuple[str, str, object]]) -> None:
    """Never a crash, never a post twice, never one of the other posts lost in silence."""
    server = _Damaged(damage)
    seen = _observed(server)
    if seen is None or seen.native_id != uri(100):
        return
    whole = {str(number) for number in range(100, 105)} - {number for number, _, _ in damage}
    held = {post.id.rpartition("/")[2] for post in seen.posts if not post.gap}
    assert whole <= held or seen.completeness.expected is None


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [f"/api/v1/statuses/{n}{what}" for n in (100, 104) for what in ("", "/context")]
            + ["/api/v1/accounts/1000/statuses", "/.well-known/nodeinfo"]
        ),
        st.sampled_from(
            [Answer(body=body, mime=mime) for mime in ("application/json", "text/html")
             for body in (b"", b"{", b"[[[", b"\xff\xfe", b"null", b"[]", b"{}", b'"x"',
                          b'{"ancestors":5}', b'{"descendants":[[]]}', b"[" * 9_000)]
            + [Answer(status=status) for status in (204, 301, 404, 410, 429, 500)]
        ),
        min_size=1,
        max_size=3,
    )
)  # fmt: skip
def test_damaged_answers_give_a_thread_or_an_error(fixed: dict[str, Answer]) -> None:
    """Truncated JSON, wrong types, a login page, an empty list."""
    server = five_posts()
    server.fixed |= fixed
    seen = _observed(server)
    if seen is not None and "/api/v1/statuses/100/context" not in fixed:
        assert shown(seen)[0] == "100"
