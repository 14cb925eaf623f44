"""Do the answers of the API hold what its description says, no more and no less?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from archiver.clock import utc_now
from archiver.config import PlatformSettings
from archiver.models import (
    Completeness,
    Difference,
    Observed,
    Watch,
)
from archiver.reports import report, versions
from archiver.sources import sources
from feeds.web import answers
from feeds.web.api import PATH, ApiParts, api
from feeds.web.token import Token
from tests.feeds import changed, views
from tests.feeds.archive import Archive, whole
from tests.feeds.web.serving import Client, served

BEARER = {"Authorization": "Bearer a-long-secret"}
TYPICAL = views.typical().thread.id
TARGET = "https://www.icij.org/investigations/china-cables/?a=1%26b=2"
CALLS = [
    ("/threads", "/threads", answers.Threads),
    ("/threads/{thread_id}", f"/threads/{TYPICAL}", answers.OneThread),
    ("/threads/{thread_id}/revisions", f"/threads/{TYPICAL}/revisions", answers.Revisions),
    ("/threads/{thread_id}/captures", f"/threads/{TYPICAL}/captures", answers.ThreadCaptures),
    ("/search", "/search?q=images", answers.Found),
    ("/links/where", f"/links/where?url={TARGET}", answers.Places),
    ("/watches", "/watches", answers.Watches),
    ("/status", "/status", answers.Status),
    ("/captures", "/captures?q=social", answers.Captures),
    ("/captures/{number}", "/captures/1", answers.OneCapture),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the API of an archive to which much happened."""
    made = Archive(tmp_path_factory.mktemp("typed") / "data")
    past = changed.changed().revisions
    made.keep(whole(views.typical(), made), watch="desk", revisions=past)
    url = views.typical().thread.url
    made.store.add_watch(Watch("desk", url, every_s=900.0, tags=("port",)))
    differs = (Difference("https://reader.example/1", "1", "text", "here", "there"),)
    crawl = made.store.crawls()[0]
    observed = Observed(views.CHANGED, "mastodon", Completeness(7, 7, 0, "all"), differs)
    made.store.save_thread(crawl, views.typical().thread, (), observed)
    token = Token("a-long-secret")
    parts = ApiParts(made.store, made.base_url, token, sources(PlatformSettings()), utc_now)
    mounts = {PATH: api(parts)}
    with served(
        made.store, made.payloads, made.public, made.base_url, token=token, mounts=mounts
    ) as found:
        yield found
    made.close()


def agrees(model: type[BaseModel], given: Any) -> None:
    """Read an answer by its type, and write it again: nothing is lost, added or changed."""
    read = model.model_validate(given, strict=True)
    assert read.model_dump(mode="json", exclude_unset=True) == given


@pytest.mark.parametrize(("path", "call", "model"), CALLS)
def test_answer_is_what_the_description_says(
    client: Client, path: str, call: str, model: type[BaseModel]
) -> None:
    """Key by key, as it really comes; and it is that type which the description names."""
    given = json.loads(client.ask(f"{PATH}{call}", **BEARER).body)
    agrees(model, given)
    assert any(value for value in given.values()), "nothing was compared"
    described = json.loads(client.ask(f"{PATH}/openapi.json").body)
    said = described["paths"][path]["get"]["responses"]
    named = {"$ref": f"#/components/schemas/{model.__name__}"}
    assert said["200"]["content"]["application/json"]["schema"] == named
    failed = {"$ref": "#/components/schemas/Failed"}
    assert said["400"]["content"]["application/json"]["schema"] == failed


def test_capture_that_is_asked_for_is_typed(client: Client) -> None:
    """What it was taken for, too; and so is a fault."""
    body = json.dumps({"url": "https://social.example/@desk/77"}).encode()
    answer = client.ask(f"{PATH}/captures", "POST", body, **BEARER)
    assert answer.status == 202
    agrees(answers.Wanted, json.loads(answer.body))
    again = client.ask(f"{PATH}/captures", "POST", body, **BEARER)
    assert again.status == 409
    agrees(answers.Failed, json.loads(again.body))


@pytest.mark.parametrize(
    "view", [changed.changed(), views.typical(), views.everything_failed(), views.covered()]
)
def test_everything_that_can_happen_to_a_thread_is_typed(view: Any) -> None:
    """Edits, losses, renamings, links that moved or died, witnesses, failures."""
    agrees(answers.OneThread, report.thread_json(view, views.BASE))
    told = [versions.revision_json(each) for each in view.revisions]
    agrees(answers.Revisions, {"revisions": told, "next": None})


def test_description_has_formats_and_examples(client: Client) -> None:
    """Times are date-times; every property of every type is there, and named once."""
    types = json.loads(client.ask(f"{PATH}/openapi.json").body)["components"]["schemas"]
    at = types["Observed"]["properties"]["at"]
    assert at["format"] == "date-time" and at["examples"]
    assert types["ThreadLine"]["properties"]["id"]["pattern"] == "^[0-9a-f]{16}$"
    assert "record_ids" in types["Revision"]["required"]
    assert not any("Any" in json.dumps(each) for each in types.values())
