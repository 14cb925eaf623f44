"""
What may an archived page do when its scripts run, on the origin that is there for nothing else?

Pure. Three kinds of document stand inside each other there: our frame (`/viewer/`), the program
that shows the archive (`/replay/`, ReplayWeb.page) and the archived page (`/replay/w/`). All lie
in a sandboxed frame of the reading room, which is another origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

SANDBOX = "allow-scripts allow-same-origin allow-downloads"
"""What the frame may do: no window, no form, no way to the page around it."""

PERMISSIONS = ", ".join(
    f"{each}=()"
    for each in (
        "camera", "microphone", "geolocation", "display-capture", "midi", "usb", "serial", "hid",
        "payment", "publickey-credentials-get", "clipboard-read", "clipboard-write",
        "idle-detection", "screen-wake-lock", "storage-access", 
        "browsing-topics", 
    )
)  # fmt: skip


def archived(room: str) -> str:
    """
    Give the Content-Security-Policy of an archived page with its scripts.

    All that it asks for is answered by the service worker, from the archive; what no service
    worker sees (WebSocket, WebRTC, frames elsewhere, forms) is refused here.

    Args:
        room: Origin of the reading room, the only one around it.

    Source: CSP 3
    """
    return (
        f"sandbox {SANDBOX}; default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
        "connect-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'none'; "
        f"manifest-src 'none'; frame-ancestors 'self' {room}"
    )


def shell(room: str) -> str:
    """Give the policy of the documents around it on this origin, and of the service worker."""
    return (
        f"sandbox {SANDBOX}; default-src 'none'; script-src 'self' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "media-src 'self' blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'self' {room}"
    )


def origin_of(base_url: str) -> str:
    """Give scheme, host and port of an address."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def replay_base(base_url: str, given: str = "") -> str:
    """
    Give the address of replay: as configured, else beside a reading room on this machine.

    Cookies know no ports, so the other port alone would not do: another name of this machine is
    taken, `localhost` where the reading room is `127.0.0.1`, and the other way round.

    Args:
        base_url: publish.base_url.
        given: replay.base_url; empty if not set.

    Returns:
        An address without a slash at its end; empty if full replay is off.

    >>> replay_base("http://127.0.0.1:8000")
    'http://localhost:8001'
    """
    parts = urlsplit(base_url)
    if given:
        return given
    other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1", "::1": "localhost"}
    name = other.get(parts.hostname or "")
    if name is None or parts.scheme != "http":
        return ""
    return f"http://{name}:{(parts.port or 80) + 1}"


def room_of(base_url: str, given: str = "") -> str:
    """
    Give the address under which the page around replay stands.

    Browsers let no service worker into a frame of another site, at least in private windows. So
    on this machine the page around it goes by the same name as replay, and nothing else does.

    Args:
        base_url: publish.base_url.
        given: replay.base_url; empty if not set.

    >>> room_of("http://127.0.0.1:8000")
    'http://localhost:8000'
    """
    beside = replay_base(base_url)
    if given or not beside:
        return base_url
    parts = urlsplit(base_url)
    return f"http://{urlsplit(beside).hostname}:{parts.port or 80}{parts.path.rstrip('/')}"
