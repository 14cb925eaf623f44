"""What follows the first post of a thread on a Mastodon server, and what of it is gone?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Branch, KnownPost
from archiver.sources.mastodon.conversation import Conversation
from archiver.sources.mastodon.listing import listed_since
from archiver.sources.mastodon.orphans import is_severed, owners
from archiver.sources.mastodon.root import local_of
from archiver.sources.mastodon.status import Status
from archiver.sources.mastodon.talk import age, question
from archiver.sources.mastodon.versions import ask_versions

_MAX_CONTEXTS = 60
_MAX_KNOWN = 200
_MAX_PARENTS = 20
_MAX_ORPHANS = 20


def gather(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    """
    Ask for all that follows the first post.

    The context of the first post is cut by the server (protocols 2.2), so the author's listing
    is read too, then the context of the last post found, until nothing new comes. Stored posts
    that were not shown are asked for by name: only so can they be gone.

    Raises:
        Missing: If something must be asked first.
        ParseError: If an answer is not what is documented.
    """
    talk = conversation.talk
    if conversation.start.root is not None:
        talk.around(conversation.start.root.id)
    if conversation.account is None:
        _ask_known(conversation, known)
    if conversation.author:
        conversation.listed = _listed(conversation)
        _find_orphans(conversation, known)
    _follow_down(conversation)
    _ask_known(conversation, known)
    ask_versions(conversation)


def _listed(conversation: Conversation) -> bool:
    """
    Read the author's listing; say whether it was read whole, and shows what is known already.

    Pleroma and GoToSocial take `exclude_replies` for replies to oneself too.
    """
    talk, author = conversation.talk, conversation.author
    for replies in (False, True):
        whole = listed_since(talk, author, conversation.root_local, replies=replies)
        around = [talk.statuses[each] for each in talk.joined]
        own = {each.id for each in around if each.account == author == each.parent_account}
        if not whole or not own or own & talk.listed:
            return whole
    talk.note("the account's listing does not show its replies to itself")
    return False


def _find_orphans(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    talk, root = conversation.talk, conversation.root_local
    stored = {each.id for each in known}
    decided: dict[str, str | None] = {}
    for status in _severed(conversation):
        if status.uri in stored:
            decided[status.id] = root
        elif status.parent is not None and age(status.parent) < age(root):
            decided[status.id] = None
        elif conversation.start.root is not None and len(decided) < _MAX_ORPHANS:
            told = talk.conversation(conversation.start.root.uri), talk.conversation(status.uri)
            if None not in told:
                decided[status.id] = root if told[0] == told[1] else None
    found = owners(talk.statuses.values(), conversation.author, decided)
    conversation.orphans.update({each: None for each, of in found.items() if of == root})


def _severed(conversation: Conversation) -> Iterator[Status]:
    """Give the author's posts whose parent is not to be seen, even if asked by name."""
    talk, author, asked = conversation.talk, conversation.author, 0
    for status in list(talk.statuses.values()):
        if status.account != author or not is_severed(status, talk.statuses):
            continue
        if status.uri == conversation.root_id or conversation.is_forged(status):
            continue
        younger = status.parent is not None and age(status.parent) > age(conversation.root_local)
        if status.parent is not None and younger and asked < _MAX_PARENTS:
            asked += 1
            try:
                talk.post(status.parent)
                continue
            except (FetchError, ParseError):
                pass  # it stays a gap
        yield status


def _follow_down(conversation: Conversation) -> None:
    for _ in range(_MAX_CONTEXTS):
        members = conversation.members()
        thread = [each.id for each in conversation.places() if each.branch is Branch.THREAD]
        last = members.get(thread[-1])
        if last is None or conversation.talk.was_around(last.id):
            return
        conversation.talk.around(last.id)
    conversation.talk.note(f"replies were asked for {_MAX_CONTEXTS} times only")


def _ask_known(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    talk, members = conversation.talk, conversation.members()
    wanted = {
        each.id: where[1]
        for each in known
        if each.id not in members and each.id not in conversation.gone
        if (where := local_of(each)) and where[0].authority == talk.site.authority
    }
    if len(wanted) > _MAX_KNOWN:
        talk.note(f"of {len(wanted)} stored posts not shown, {_MAX_KNOWN} were asked for by name")
    asked = list(wanted.items())[:_MAX_KNOWN]
    answers = talk.answers.get_all([question(talk.site.post(local)) for _, local in asked])
    for (uri, _), answer in zip(asked, answers, strict=True):
        try:
            status = talk.read_post(answer)
            talk.joined[status.id] = None
            # Stored posts come in reading order: the first is the author's.
            conversation.account = conversation.account or status.by
        except NotFound:
            if talk.says_gone(answer):
                conversation.gone[uri] = None
        except (FetchError, ParseError):
            talk.note("not every stored post could be asked for")
