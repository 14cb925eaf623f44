"""The digest in a feed is that of what the command line prints: a stranger can make it anew."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from archiver.models import Branch, ThreadView
from archiver.reports.report import thread_json
from feeds.digests import digest_of_post, digest_of_posts
from tests.feeds import views

FEEDS = Path(__file__).parents[2] / "docs" / "reference" / "feeds.md"
TYPICAL = "sha256:ee2ec711e08f985f52b7077029cd96abc71789cb50a3735892ae2ccf705ececc"


def canonical(said: Any) -> str:
    """Give the digest of the canonical form of what was printed, as jq -cS would write it."""
    printed = json.loads(json.dumps(said))
    written = json.dumps(printed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def own(view: ThreadView) -> list[Any]:
    """Give the posts of the thread itself."""
    return [each for each in view.thread.posts if each.post.branch is Branch.THREAD]


def words(printed: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of a printed post that the digest is of, as docs/reference/feeds.md says."""
    told = re.search(r"def words: \{(.*?)\};", FEEDS.read_text(), re.S)
    assert told is not None
    simple = set(re.findall(r"\w+", told[1].split("author:")[0]))
    return {
        **{name: printed[name] for name in simple},
        "author": printed["author"]["id"] if printed["author"] else None,
        "media": [{n: each[n] for n in ("kind", "url", "alt")} for each in printed["media"]],
    }


@pytest.mark.parametrize("kind", ["typical", "uyghur", "covered", "long", "ten_pictures", "empty"])
def test_digest_is_that_of_what_show_prints(kind: str) -> None:
    """Of the thread, and of each post; in the fields that the documentation names."""
    view = views.ALL[kind]()
    printed = [words(each) for each in thread_json(view, views.BASE)["thread"]["posts"]]
    assert digest_of_posts(own(view)) == canonical(printed)
    assert [digest_of_post(each) for each in own(view)] == [canonical(each) for each in printed]


def test_digest_of_the_typical_thread_is_as_ever() -> None:
    """Readers keep digests: another one for the same words would look like forgery."""
    assert digest_of_posts(own(views.typical())) == TYPICAL


def test_digest_moves_with_the_words_only() -> None:
    """A later look that shows the same changes nothing."""
    post = views.post(1)
    seen_again = dataclasses.replace(post, last_seen_at=views.CHANGED)
    assert digest_of_post(seen_again) == digest_of_post(post)
    assert digest_of_post(views.post(1, "Other")) != digest_of_post(post)
