"""Where does the thread begin that a post of a Mastodon server belongs to?"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import KnownPost, SourceRef
from archiver.sources.answers import Answers
from archiver.sources.mastodon import answer as read
from archiver.sources.mastodon.listing import newest
from archiver.sources.mastodon.orphans import is_severed, owners
from archiver.sources.mastodon.status import Account, Status
from archiver.sources.mastodon.talk import Talk, age
from archiver.sources.mastodon.urls import Site, account_of, home, host_of

_MAX_ASKED = 150
_PAGES_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Start:
    """
    Where a thread begins.

    Attributes:
        talk: With the server where the thread is at home, if that answers.
        root: The first post.
        lost: Instead of `root`: the first post as it was stored, now that it is gone.
        account: The author's account; None only if `lost` and the account is gone too.
    """

    talk: Talk
    root: Status | None
    lost: KnownPost | None
    account: Account | None


def begin(ref: SourceRef, answers: Answers) -> Start:
    """
    Go from the post that was named up to the first of its conversation, at its own server.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the post that was named cannot be read.
        ParseError: If an answer is not what is documented.
    """
    talk = Talk(Site(ref.key[0]), answers)
    try:
        seed = talk.find(ref.url, ref.key[1])
    except NotFound as err:
        return _stored(talk, ref, err)
    talk, top = _at_home(talk, _climb(talk, seed))
    known = [each.id for each in ref.known]
    if is_severed(top, talk.statuses) and top.uri not in known[:1]:
        if top.uri in known:
            return _stored(talk, ref, None)
        top = _before(talk, top)
    return Start(talk, top, None, top.by)


def _climb(talk: Talk, post: Status) -> Status:
    """Give the highest post that can be seen above one; the post itself if there is none."""
    top, asked = post, 0
    climbed = {post.id: post}
    while top.parent is not None:
        if top.parent in climbed:
            return _oldest(talk, climbed, top.parent)
        above = talk.statuses.get(top.parent)
        if above is None:
            if asked == _MAX_ASKED:
                talk.note(f"the conversation goes on above {len(climbed)} posts")
                return top
            asked += 1
            above = _above(talk, top, top.parent)
        if above is None:
            talk.note("the first post answers one that is not to be seen")
            return top
        top = climbed[above.id] = above
    return top


def _above(talk: Talk, post: Status, parent: str) -> Status | None:
    if talk.has_contexts and not talk.was_around(post.id):
        talk.around(post.id)
    if parent in talk.statuses:
        return talk.statuses[parent]
    try:
        return talk.post(parent)
    except FetchError:
        return None


def _oldest(talk: Talk, climbed: dict[str, Status], first: str) -> Status:
    """Give the same post of a circle wherever it was entered."""
    talk.note("its posts answer each other in a circle, so it begins with the oldest")
    names = list(climbed)
    circle = [climbed[each] for each in names[names.index(first) :]]
    return min(circle, key=lambda each: (each.created_at, age(each.id)))


def _at_home(talk: Talk, top: Status) -> tuple[Talk, Status]:
    """Go to the server where the first post was written; stay with the copy if it is not told."""
    where = home(top.uri)
    if where is None or where[0].authority == talk.site.authority:
        return talk, top
    there = Talk(where[0], talk.answers)
    try:
        original = there.find(top.uri, where[1])
    except (FetchError, ParseError):
        original = None
    if original is None or original.uri != top.uri:
        talk.note(f"{where[0].authority}, where it was written, did not show it: this is a copy")
        return talk, top
    return there, _climb(there, original)


def _before(talk: Talk, orphan: Status) -> Status:
    """Find the first post of a thread by what its author wrote before an orphan of it."""
    root = _owner(talk, orphan)
    if root is not None and not _differ(talk, root, orphan):
        return root
    talk.note("the first post continues one that is gone")
    return orphan


def _owner(talk: Talk, orphan: Status) -> Status | None:
    url = talk.site.posts_of(orphan.account, edge=("max_id", orphan.id))
    try:
        for page in newest(talk, url, _PAGES_BEFORE):
            talk.take(page)
    except (FetchError, ParseError):
        talk.note("the author's earlier posts could not be read")
    root = owners(talk.statuses.values(), orphan.account, {}).get(orphan.id)
    return None if root is None else _climb(talk, talk.statuses[root])


def _differ(talk: Talk, one: Status, other: Status) -> bool:
    """Say whether two posts are of different conversations for sure."""
    ids = {talk.conversation(one.uri), talk.conversation(other.uri)} - {None}
    return len(ids) > 1


def _stored(talk: Talk, ref: SourceRef, err: NotFound | None) -> Start:
    """
    Begin with the first post as it is stored, although the one that was named is gone.

    Raises:
        NotFound: As it came, if nothing is stored or this server does not know of it.
    """
    first = ref.known[0] if ref.known else None
    where = local_of(first) if first else None
    if first is None or where is None or where[0].authority != talk.site.authority:
        raise err or _unknown(ref)
    answer = talk.ask(talk.site.post(where[1]))
    try:
        root = talk.read_post(answer)
        return Start(talk, root, None, root.by)
    except NotFound as gone:
        account = _account(talk, account_of(first.url) or account_of(first.id))
        if not talk.says_gone(answer):
            raise (err or gone) from None
        return Start(talk, None, first, account)


def local_of(post: KnownPost) -> tuple[Site, str] | None:
    """
    Say where a stored post is asked for: by its id, or by its address where that tells more.

    Only at its own server: a copy that another one shows is gone there, and nowhere else.
    """
    where = home(post.id)
    if where is not None and where[1]:
        return where
    shown = home(post.url)
    if shown is None or not shown[1]:
        return None
    return shown if host_of(post.id) in ("", shown[0].authority) else None


def _unknown(ref: SourceRef) -> NotFound:
    return NotFound(f"{ref.url}: the first post of this thread is gone", uri_r=ref.url)


def _account(talk: Talk, acct: str) -> Account | None:
    try:
        return read.account(talk.ask(talk.site.lookup(acct)))
    except NotFound:
        return None
    except (FetchError, ParseError):
        talk.note("the author's account could not be read")
        return None
