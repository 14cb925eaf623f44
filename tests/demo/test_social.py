"""Does social.example speak the Mastodon API as real servers do, limits and traps included?"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from archiver.demo.web import DemoWeb
from tests.demo.conftest import Get

API = "http://social.example/api/v1"
ROOT = "110000000000000001"


def _post(number: int) -> str:
    return f"110000000000000{number}"


async def _json(get: Get, url: str) -> Any:
    answer = await get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return answer.json()


async def test_status_has_the_documented_fields(get: Get) -> None:
    """A status carries its ids, times, author and content under Mastodon's names."""
    status = await _json(get, f"{API}/statuses/{ROOT}")
    assert status["id"] == ROOT
    assert status["uri"] == f"http://social.example/users/harbour_desk/statuses/{ROOT}"
    assert status["url"] == f"http://social.example/@harbour_desk/{ROOT}" == DemoWeb.seeds[0]
    assert status["created_at"] == "2026-05-12T07:00:00.000Z"
    assert status["account"]["display_name"] == "Harbour Desk"
    assert (status["in_reply_to_id"], status["edited_at"], status["reblog"]) == (None, None, None)
    assert [tag["name"] for tag in status["tags"]] == ["eldhavenport"]


async def test_addresses_hide_their_scheme_and_tail(get: Get) -> None:
    """The href is whole; the words shown are cut by invisible spans."""
    short = (await _json(get, f"{API}/statuses/{ROOT}"))["content"]
    assert (
        '<a href="http://sho.rt/seven" target="_blank" rel="nofollow noopener" translate="no">'
        '<span class="invisible">http://</span><span class="">sho.rt/seven</span>'
        '<span class="invisible"></span></a>'
    ) in short
    long = (await _json(get, f"{API}/statuses/{_post(207)}"))["content"]
    assert (
        '<span class="ellipsis">news.example/investigations/se</span>'
        '<span class="invisible">ven-nights/timeline/</span>'
    ) in long


async def test_mentions_and_emoji(get: Get) -> None:
    """Known accounts are mentions; custom emoji stay as codes beside their list."""
    thanks = await _json(get, f"{API}/statuses/{_post(213)}")
    assert [each["acct"] for each in thanks["mentions"]] == ["lena_on_watch", "tidegauge"]
    assert 'class="u-url mention">@<span>tidegauge</span></a></span>' in thanks["content"]
    poll = await _json(get, f"{API}/statuses/{_post(212)}")
    assert ":anchor:" in poll["content"]
    assert [each["shortcode"] for each in poll["emojis"]] == ["anchor"]
    assert (await get(poll["emojis"][0]["url"])).headers["content-type"] == "image/png"


async def test_poll_warning_quote_and_languages(get: Get) -> None:
    """The thread holds one of everything."""
    poll = (await _json(get, f"{API}/statuses/{_post(212)}"))["poll"]
    assert poll["votes_count"] == sum(each["votes_count"] for each in poll["options"]) == 212
    warned = await _json(get, f"{API}/statuses/{_post(204)}")
    assert (warned["spoiler_text"], warned["sensitive"]) == (
        "An injury at work, no pictures",
        True,
    )
    quoting = await _json(get, f"{API}/statuses/{_post(210)}")
    assert quoting["quote"]["state"] == "accepted"
    assert quoting["quote"]["quoted_status"]["account"]["acct"] == "tidegauge"
    assert quoting["content"].startswith('<p class="quote-inline">RE: ')
    languages = [(await _json(get, f"{API}/statuses/{_post(n)}"))["language"] for n in (208, 209)]
    assert languages == ["ja", "ar"]


async def test_pictures_have_words_and_open(get: Get) -> None:
    """Each attachment is described, and both its sizes are there."""
    status = await _json(get, f"{API}/statuses/{_post(207)}")
    assert len(status["media_attachments"]) == 2
    for media in status["media_attachments"]:
        assert media["type"] == "image" and len(media["description"]) > 20
        assert media["meta"]["original"]["width"] == 1600
        for name in ("url", "preview_url"):
            picture = await get(media[name])
            assert picture.headers["content-type"] == "image/jpeg"
            assert picture.content.startswith(b"\xff\xd8\xff")


async def test_comments_push_the_thread_out_of_the_context(get: Get) -> None:
    """An anonymous reader gets the first 60 posts depth first; the thread is not among them."""
    context = await _json(get, f"{API}/statuses/{ROOT}/context")
    below = context["descendants"]
    assert context["ancestors"] == []
    assert len(below) == 60
    assert _post(201) not in [each["id"] for each in below]
    own = [each for each in below if each["account"]["acct"] == "harbour_desk"]
    assert len(own) == 2
    assert {each["in_reply_to_account_id"] for each in own} == {"5"}  # carried over


async def test_self_replies_stand_first(get: Get) -> None:
    """After the cut, what somebody answered to oneself is moved to the top."""
    below = (await _json(get, f"{API}/statuses/{_post(201)}/context"))["descendants"]
    assert [each["id"] for each in below] == [_post(202), _post(203), _post(204)]
    mixed = (await _json(get, f"{API}/statuses/{_post(101)}/context"))["descendants"]
    assert [each["id"][-3:] for each in mixed] == ["102", "103"]


async def test_deleted_post_leaves_an_orphan(get: Get) -> None:
    """The child of a deleted post answers nothing, and still says whom."""
    assert (await get(f"{API}/statuses/{_post(205)}")).status_code == 404
    orphan = await _json(get, f"{API}/statuses/{_post(206)}")
    assert orphan["in_reply_to_id"] is None
    assert orphan["in_reply_to_account_id"] == orphan["account"]["id"] == "1"
    above = (await _json(get, f"{API}/statuses/{_post(213)}/context"))["ancestors"]
    assert [each["id"] for each in above] == [_post(n) for n in range(206, 213)]


async def test_account_is_found_by_name(get: Get) -> None:
    """Lookup takes the name with and without the host."""
    for acct in ("harbour_desk", "harbour_desk@social.example"):
        account = await _json(get, f"{API}/accounts/lookup?acct={acct}")
        assert (account["id"], account["url"]) == ("1", "http://social.example/@harbour_desk")
    assert (await get(f"{API}/accounts/lookup?acct=nobody")).status_code == 404


async def test_listing_is_paged_by_link(get: Get) -> None:
    """Following `next` from the newest post on brings every post once, then the link is gone."""
    url = f"{API}/accounts/1/statuses?limit=40&exclude_replies=true&exclude_reblogs=true"
    found: list[str] = []
    pages = 0
    while url:
        answer = await get(url)
        found += [each["id"] for each in answer.json()]
        url = answer.links.get("next", {}).get("url", "")
        pages += 1
    assert pages == 2
    assert found == sorted(set(found), key=int, reverse=True)
    assert found[:13] == [_post(n) for n in range(213, 200, -1) if n != 205] + [ROOT]
    assert len(found) == 13 + 45
    assert "109999000000000061" not in found


async def test_min_id_brings_what_follows(get: Get) -> None:
    """`min_id` gives the posts right after an id, newest first, and the way on."""
    answer = await get(f"{API}/accounts/1/statuses?exclude_replies=true&min_id={ROOT}&limit=3")
    assert [each["id"] for each in answer.json()] == [_post(203), _post(202), _post(201)]
    assert f"min_id={_post(203)}" in answer.links["prev"]["url"]
    assert (await get(f"{API}/accounts/1/statuses?min_id={_post(213)}")).json() == []


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 20), ("limit=100", 40), ("limit=x", 20), ("limit=0", 1), ("pinned=true", 0)],
)
async def test_listing_limits(get: Get, query: str, count: int) -> None:
    """A page holds 20 posts, at most 40."""
    assert len(await _json(get, f"{API}/accounts/1/statuses?{query}")) == count


async def test_boosts_are_marked(get: Get) -> None:
    """A boost carries the boosted post and can be left out."""
    url = f"{API}/accounts/1/statuses?max_id={ROOT}&limit=1"
    (boost,) = await _json(get, url)
    assert boost["reblog"]["account"]["acct"] == "tidegauge"
    (post,) = await _json(get, f"{url}&exclude_reblogs=true")
    assert post["reblog"] is None


async def test_private_and_unknown_posts(get: Get) -> None:
    """A private post needs a login; an unknown one is not found; both say so in JSON."""
    private = await get(f"{API}/statuses/109999000000000060")
    assert private.status_code == 401
    assert private.json() == {"error": "This method requires an authenticated user"}
    for path in ("/statuses/1", "/statuses/1/context", "/accounts/99/statuses", "/nothing"):
        missing = await get(API + path)
        assert missing.status_code == 404
        assert missing.json() == {"error": "Record not found"}


async def test_several_posts_at_once(get: Get) -> None:
    """The batch call gives those that are there and open."""
    query = f"id[]={ROOT}&id[]=1&id[]=109999000000000060&id[]={_post(201)}"
    assert [each["id"] for each in await _json(get, f"{API}/statuses?{query}")] == [
        ROOT,
        _post(201),
    ]


async def test_edited_post_has_a_history(get: Get) -> None:
    """The oldest version comes first, the current one last; its time is the edit's."""
    url = f"{API}/statuses/{_post(203)}"
    status, history = await _json(get, url), await _json(get, f"{url}/history")
    assert status["edited_at"] == history[1]["created_at"] == "2026-05-12T12:40:00.000Z"
    assert "21 400" in history[0]["content"] and "Correction" not in history[0]["content"]
    assert history[1]["content"] == status["content"]
    assert len(await _json(get, f"{API}/statuses/{ROOT}/history")) == 1


async def test_software_is_named(get: Get) -> None:
    """Instance and nodeinfo say that this is Mastodon."""
    instance = await _json(get, "http://social.example/api/v2/instance")
    assert instance["version"] == "4.5.0"
    (link,) = (await _json(get, "http://social.example/.well-known/nodeinfo"))["links"]
    assert (await _json(get, link["href"]))["software"]["name"] == "mastodon"


async def test_posts_have_pages(get: Get) -> None:
    """A post's page shows its words; its id redirects there; wrong names and ids are not found."""
    page = await get(DemoWeb.seeds[0])
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'property="og:image" content="http://social.example/media/' in page.text
    moved = await get(f"http://social.example/users/harbour_desk/statuses/{ROOT}")
    assert (moved.status_code, moved.headers["location"]) == (302, DemoWeb.seeds[0])
    assert (await get("http://social.example/@harbour_desk")).status_code == 200
    for path in (f"/@tidegauge/{ROOT}", "/@harbour_desk/1", "/@nobody", "/media/../web.py"):
        assert (await get(f"http://social.example{path}")).status_code == 404


async def test_edit_delete_and_restore(demo: DemoWeb, get: Get) -> None:
    """Tests can change a post, take it away and bring it back, with all that hangs on it."""
    url = f"{API}/statuses/{_post(202)}"

    async def child() -> Any:
        return (await _json(get, f"{API}/statuses/{_post(203)}"))["in_reply_to_id"]

    demo.edit(_post(202), "New words")
    changed = await _json(get, url)
    assert changed["content"] == "<p>New words</p>" and changed["edited_at"]
    demo.delete(_post(202))
    gone: httpx.Response = await get(url)
    assert gone.status_code == 404 and await child() is None
    demo.restore(_post(202))
    assert await _json(get, url) == changed and await child() == _post(202)
    with pytest.raises(KeyError):
        demo.delete("1")


async def test_posts_are_objects_for_other_servers(demo: DemoWeb) -> None:
    """Asked for ActivityPub, a post is a Note; an orphan still belongs to its conversation."""
    (address,) = demo.grants
    headers = {"Host": "social.example", "Accept": "application/activity+json"}
    async with httpx.AsyncClient(base_url=f"http://{address}", headers=headers) as client:

        async def note(number: str) -> Any:
            answer = await client.get(f"/users/harbour_desk/statuses/{number}")
            assert answer.headers["content-type"] == "application/activity+json; charset=utf-8"
            return answer.json()

        root, orphan, edited = [await note(n) for n in (ROOT, _post(206), _post(203))]
        assert root["type"] == "Note" and root["contentMap"] == {"en": root["content"]}
        assert root["attachment"][0]["name"].startswith("Three cranes")
        assert orphan["inReplyTo"] is None
        assert orphan["conversation"] == root["conversation"]
        assert edited["updated"] == "2026-05-12T12:40:00.000Z"
        assert (
            edited["inReplyTo"] == f"http://social.example/users/harbour_desk/statuses/{_post(202)}"
        )
        first = root["replies"]["first"]
        assert [each[-3:] for each in first["items"]] == ["201"]
        others = (await client.get(first["next"].removeprefix("http://social.example"))).json()
        assert len(others["items"]) > 20 and "next" not in others
        gone = await client.get(f"/users/harbour_desk/statuses/{_post(205)}")
        assert gone.status_code == 404
