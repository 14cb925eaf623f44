"""What does somebody ask of our hub? (WebSub, 5.1)"""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from archiver.core import urls
from feeds.web.hub_store import Asked

LARGEST_FORM = 8_192
LEASE_S = 10 * 86_400
SHORTEST_S = 3_600
LONGEST_S = 30 * 86_400
_LONGEST_SECRET = 199
_LONGEST_ADDRESS = 2_000


class Refused(Exception):
    """The request is wrong; the text says how."""


def read(body: bytes) -> Asked:
    """
    Read a form.

    Returns:
        What is asked; whether the topic is one of ours is not looked at.

    Raises:
        Refused: If something is missing or wrong.

    Source: WebSub, 5.1

    >>> read(b"hub.mode=subscribe&hub.topic=https://a.example/f&hub.callback=https://b.example/c")
    Asked(callback='https://b.example/c', topic='https://a.example/f', mode='subscribe', \
host='b.example', lease_s=864000, n=0, attempts=0)
    """
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise Refused("the form cannot be read") from None
    given = {name: values[0] for name, values in fields.items() if len(values) == 1}
    mode = given.get("hub.mode", "")
    if mode not in ("subscribe", "unsubscribe"):
        raise Refused("hub.mode must be subscribe or unsubscribe")
    callback = _callback(given.get("hub.callback", ""))
    secret = given.get("hub.secret", "")
    if len(secret.encode("utf-8", "surrogatepass")) > _LONGEST_SECRET:
        raise Refused("hub.secret must be shorter than 200 bytes")
    return Asked(
        callback=callback,
        topic=given.get("hub.topic", "")[:_LONGEST_ADDRESS],
        mode=mode,
        host=urlsplit(callback).hostname or "",
        secret=secret,
        lease_s=_lease(given.get("hub.lease_seconds", "")),
    )


def _callback(written: str) -> str:
    if not written or len(written) > _LONGEST_ADDRESS:
        raise Refused("hub.callback must be an address of at most 2000 characters")
    try:
        callback = urls.fetchable(written)
    except ValueError:
        raise Refused("hub.callback must be an http or https address") from None
    if urlsplit(callback).fragment:
        raise Refused("hub.callback must have no fragment")
    return callback


def _lease(written: str) -> int:
    if not written:
        return LEASE_S
    if not (written.isascii() and written.isdigit() and len(written) < 20):
        raise Refused("hub.lease_seconds must be a number")
    return min(max(int(written), SHORTEST_S), LONGEST_S)


def question(asked: Asked, challenge: str) -> str:
    """
    Give the address at which a callback is asked whether it wants this.

    Source: WebSub, 5.3

    >>> question(read(b"hub.mode=unsubscribe&hub.topic=t&hub.callback=https://b.example/?a=1"), "x")
    'https://b.example/?a=1&hub.mode=unsubscribe&hub.topic=t&hub.challenge=x'
    """
    fields = {"hub.mode": asked.mode, "hub.topic": asked.topic, "hub.challenge": challenge}
    if asked.mode == "subscribe":
        fields["hub.lease_seconds"] = str(asked.lease_s)
    parts = urlsplit(asked.callback)
    query = "&".join(filter(None, (parts.query, urlencode(fields))))
    return urlunsplit(parts._replace(query=query))
