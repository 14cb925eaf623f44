"""Is every setting told, and no secret?"""

from __future__ import annotations

from archiver import config
from archiver.reports.settled import lists_settled, settled, variables

RAW: dict[str, object] = {
    "publish": {"title": "Room"},
    "platforms": {"x": {"usd_per_month": 9.0}},
    "watch": [{"name": "Desk", "url": "https://me:word@a.example/feed", "every": "1h"}],
    "webhook": [{"name": "chat", "url": "https://chat.example/hooks/s3cret"}],
}


def test_settings_say_where_they_come_from() -> None:
    """Each by table and key, marked where it is not the default."""
    rows = {(each.table, each.key): each for each in settled(config.parse(RAW))}
    assert rows["publish", "title"].value == '"Room"' and rows["publish", "title"].changed
    assert rows["platforms.x", "usd_per_month"].changed
    assert rows["network", "max_hops"].value == "20" and not rows["network", "max_hops"].changed
    assert rows["publish", "publish_dir"].value == ""
    assert not any(table in ("watch", "webhook") for table, _ in rows)


def test_secrets_are_not_told() -> None:
    """No password in an address, no path of a webhook, no value of a variable."""
    settings = config.parse(RAW)
    told = str(lists_settled(settings))
    assert "a.example" in told and "chat.example" in told
    assert "word" not in told and "s3cret" not in told
    environment = {"ARCHIVER_API_TOKEN": "s3cret", "ARCHIVER_WEBHOOK_CHAT_SECRET": "s3cret"}
    found = {name: given for name, _, given in variables(settings, environment)}
    assert found["ARCHIVER_API_TOKEN"] and found["ARCHIVER_WEBHOOK_CHAT_SECRET"]
    assert not found["ARCHIVER_X_TOKEN"]
    assert "s3cret" not in str(variables(settings, environment))
