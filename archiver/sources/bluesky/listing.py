"""Which threads does a hashtag, list, starter pack or feed on Bluesky show lately?"""

from __future__ import annotations

from archiver.core.richtext import clean
from archiver.errors import AccessDenied, CredentialMissing, FetchError, ParseError
from archiver.models import ListingObservation, RefKind, SourceRef
from archiver.sources.answers import record_ids
from archiver.sources.bluesky.account import ENOUGH, MOST, Asked, is_repost, note_root, pages
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.servers import Withheld
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.urls import FEEDS, LISTS, PACKS, PLATFORM, AtUri, at_uri, hashtag_page
from archiver.sources.fields import Fields


def read(ref: SourceRef, talk: Talk) -> ListingObservation:
    """
    Read a listing in the order in which it is shown; reposts and replies to others are left out.

    Raises:
        Missing: If something must be asked first.
        CredentialMissing: If the AppView answers it only to those who are logged in.
        FetchError: If it cannot be read otherwise.
        ParseError: If an answer is not what is documented.
    """
    if ref.kind is RefKind.TAG:
        tag = clean(ref.key[0])
        asked: Asked = (("q", f"#{tag}"), ("tag", tag), ("sort", "latest"), ("limit", "100"))
        found = _threads(talk, "app.bsky.feed.searchPosts", asked, "posts", "the hashtag")
        return _observed(talk, hashtag_page(tag), f"#{tag}", found)
    did = talk.servers.did_of(ref.key[0])
    if ref.kind is RefKind.LIST:
        uri = AtUri(did, LISTS, ref.key[1])
        if ref.key[2:]:
            uri = _list_of(talk, AtUri(did, PACKS, ref.key[1]))
        asked = (("list", str(uri)), ("limit", "100"))
        found = _threads(talk, "app.bsky.feed.getListFeed", asked, "feed", "the list")
    else:
        uri = AtUri(did, FEEDS, ref.key[1])
        asked = (("feed", str(uri)), ("limit", "100"))
        found = _threads(talk, "app.bsky.feed.getFeed", asked, "feed", "the feed")
    return _observed(talk, uri.page or ref.url, _title(talk, uri), found)


def _list_of(talk: Talk, pack: AtUri) -> AtUri:
    """Give the list of the accounts in a starter pack."""
    asked = ("starterPack", str(pack))
    method = "app.bsky.graph.getStarterPack"
    view = talk.servers.query(method, asked, subject="the starter pack").inner("starterPack")
    uri = at_uri(view.inner("list").text("uri"))
    if uri is None or uri.collection != LISTS:
        view.inner("list").refuse("uri", "the at:// address of a list")
    return uri


def _threads(
    talk: Talk, method: str, asked: Asked, name: str, subject: str
) -> tuple[tuple[str, ...], str]:
    """Give the pages of the threads, and which limit was met."""
    roots: dict[str, None] = {}
    odd = 0
    for page in pages(lambda more: _asked(talk, method, (*asked, *more), subject)):
        for entry in page.objects(name):
            try:
                root = _root(entry if name == "posts" else entry.inner("post"), entry)
            except ParseError:
                odd += 1  # anybody may stand in such a listing
                continue
            if root is not None:
                roots[root] = None
        if len(roots) >= ENOUGH:
            break
    uris = (at_uri(each) for each in roots)
    found = tuple(uri.page for uri in uris if uri is not None and uri.page is not None)
    said = [f"{odd} entries were not understood"] if odd else []
    if len(found) > MOST:
        said.append(f"of {len(found)} threads the first {MOST} were taken")
    return found[:MOST], "; ".join(said)


def _root(view: Fields, entry: Fields) -> str | None:
    return None if is_repost(entry) else note_root({}, Seen.in_view(view))


def _asked(talk: Talk, method: str, asked: Asked, subject: str) -> Fields:
    try:
        return talk.servers.query(method, *asked, subject=subject)
    except Withheld:
        raise
    except AccessDenied as err:
        server = talk.servers.appview
        raise CredentialMissing(
            f"{server} answers {method} only to those who are logged in ({err.status}), and this "
            "archiver reads Bluesky without a login; name an AppView that answers strangers in "
            "platforms.bluesky.appview, for example https://api.bsky.app",
            uri_r=err.uri_r,
            status=err.status,
        ) from err


def _title(talk: Talk, uri: AtUri) -> str:
    """Give the name of a list or feed; its key, if the AppView does not say."""
    is_list = uri.collection == LISTS
    try:
        if is_list:
            asked = (("list", str(uri)), ("limit", "1"))
            answer = talk.servers.query("app.bsky.graph.getList", *asked, subject="the list")
            name = answer.inner("list").words("name")
        else:
            method = "app.bsky.feed.getFeedGenerator"
            answer = talk.servers.query(method, ("feed", str(uri)), subject="the feed")
            name = answer.inner("view").words("displayName")
    except (FetchError, ParseError):
        return uri.rkey
    return clean(name).strip() or uri.rkey


def _observed(
    talk: Talk, url: str, title: str, found: tuple[tuple[str, ...], str]
) -> ListingObservation:
    threads, reason = found
    return ListingObservation(
        platform=PLATFORM,
        url=url,
        title=title,
        thread_urls=threads,
        observed_at=talk.at,
        reason=reason,
        record_ids=record_ids(talk.servers.answers.seen),
    )
