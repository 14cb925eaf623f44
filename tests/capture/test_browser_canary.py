"""Does nothing of a browser reach a network but through our recorder? Canaries say so."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.capture.browsing import Given, Server, served, showing

_LOOK_UPS = ("HOST_RESOLVER_DNS_TASK", "HOST_RESOLVER_SYSTEM_TASK", "DNS_TRANSACTION")


@dataclass(slots=True)
class Canary:
    """Ports on loopback that nobody may touch, and what did."""

    tcp: int = 0
    udp: int = 0
    hit: list[str] = field(default_factory=list)


@contextlib.contextmanager
def canary() -> Iterator[Canary]:
    """Listen on a TCP and a UDP port, and note whoever comes."""
    bird = Canary()
    stop = threading.Event()
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        for each in (tcp, udp):
            each.bind(("127.0.0.1", 0))
            each.settimeout(0.1)
        tcp.listen(50)
        bird.tcp, bird.udp = tcp.getsockname()[1], udp.getsockname()[1]

        def watch_tcp() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    link, _ = tcp.accept()
                    with link:
                        link.settimeout(1)
                        bird.hit.append(f"tcp: {link.recv(200)!r}")

        def watch_udp() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    bird.hit.append(f"udp: {udp.recv(40)!r}")

        threads = [threading.Thread(target=each) for each in (watch_tcp, watch_udp)]
        for thread in threads:
            thread.start()
        try:
            yield bird
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def page(bird: Canary) -> str:
    """Write a page that tries every way out that a page has."""
    out, stun = f"http://127.0.0.1:{bird.tcp}", f"127.0.0.1:{bird.udp}"
    return f"""<!doctype html><html><head><title>T</title>
<link rel=icon href="{out}/icon.png"><link rel=manifest href="{out}/manifest.json">
<link rel=dns-prefetch href="//canary.example"><link rel=preconnect href="{out}">
<link rel=prefetch href="{out}/prefetch"><link rel=preload as=image href="{out}/preload.png">
<link rel=modulepreload href="{out}/module.js"><link rel=prerender href="{out}/prerender">
<script type=speculationrules>{
        json.dumps(
            {
                "prefetch": [{"source": "list", "urls": [out + "/speculated"]}],
                "prerender": [{"source": "list", "urls": [out + "/prerendered"]}],
            }
        )
    }</script>
</head><body><p>Words
<img src="/away"><img src="{out}/picture.png"><iframe src="/away"></iframe>
<iframe src="{out}/frame"></iframe><iframe src="/frame"></iframe>
<iframe srcdoc="<img src='{out}/srcdoc.png'>"></iframe>
<video src="{out}/film.mp4" preload=auto></video><object data="{out}/object"></object>
<a id=ping href="#x" ping="{out}/ping">x</a><a id=file href="{out}/file" download>x</a>
<a id=host href="http://canary-{bird.tcp}.example/" >x</a>
<form id=form method=post action="{out}/form" target=sink><input name=a value=b></form>
<iframe name=sink></iframe>
<script>
const out = "{out}", done = [];
const none = () => 0, key = {{username: "a", credential: "b"}};
const tried = (name, act) => {{
  try {{ act(); done.push(name); }} catch (e) {{ done.push(name + "!"); }}
}};
tried("fetch", () => fetch(out + "/fetch", {{mode: "no-cors"}}).catch(() => 0));
tried("xhr", () => {{ const x = new XMLHttpRequest(); x.open("GET", out + "/xhr"); x.send(); }});
tried("beacon", () => navigator.sendBeacon(out + "/beacon", "x"));
tried("keepalive", () =>
  fetch(out + "/keepalive", {{method: "POST", keepalive: true, body: "x"}}).catch(none));
tried("websocket", () => new WebSocket("ws://127.0.0.1:{bird.tcp}/socket"));
tried("webtransport", () => new WebTransport("https://{stun}/"));
tried("events", () => new EventSource(out + "/events"));
tried("worker", () => new Worker("/worker.js"));
tried("shared", () => new SharedWorker("/worker.js"));
const work = "fetch('" + out + "/blob').catch(() => 0);"
  + "new WebSocket('ws://127.0.0.1:{bird.tcp}/blob')";
tried("blob", () => new Worker(URL.createObjectURL(new Blob([work]))));
tried("service", () => navigator.serviceWorker.register("/worker.js").catch(() => 0));
tried("rtc", () => {{
  const servers = ["stun:{stun}", "turn:{stun}", "turn:127.0.0.1:{bird.tcp}?transport=tcp"];
  const iceServers = servers.map((urls) => ({{urls, ...key}}));
  const link = new RTCPeerConnection({{iceServers}});
  link.createDataChannel("x");
  link.createOffer().then((offer) => link.setLocalDescription(offer));
}});
tried("popup", () => open(out + "/popup"));
tried("ping", () => document.getElementById("ping").click());
tried("download", () => document.getElementById("file").click());
setTimeout(() => document.getElementById("form").submit(), 300);
tried("font", () => new FontFace("f", "url(" + out + "/font.woff)").load().catch(() => 0));
tried("module", () => import(out + "/import.js").catch(() => 0));
tried("worklet", () =>
  new AudioContext().audioWorklet.addModule(out + "/worklet.js").catch(none));
fetch("/tried?" + done.join(","));
setTimeout(() => {{ location = out + "/leave"; }}, 1200);
</script>"""


def pages(bird: Canary) -> Mapping[str, Given]:
    """Pages whose ways out are redirects, frames, workers and reports too."""
    out = f"http://127.0.0.1:{bird.tcp}"
    policy = f"connect-src * blob: ws: wss:; style-src 'none'; report-uri {out}/report"
    links = f"<{out}/linked.css>; rel=preload; as=style, <{out}>; rel=preconnect"
    worker = (
        f"fetch('{out}/in-worker').catch(() => 0); importScripts('/imported.js');"
        f"new WebSocket('ws://127.0.0.1:{bird.tcp}/worker');"
    )
    return {
        "/": Given(
            page(bird) + "<p style='color:red'>x",
            headers=(
                ("Content-Security-Policy", policy),
                ("Link", links),
                ("NEL", '{"report_to":"x","max_age":99}'),
                ("Report-To", f'{{"group":"x","max_age":99,"endpoints":[{{"url":"{out}/nel"}}]}}'),
                ("Alt-Svc", f'h3=":{bird.udp}"'),
            ),
        ),
        "/away": Given(status=302, headers=(("Location", f"{out}/redirected"),)),
        "/frame": Given(f"<meta http-equiv=refresh content='0;url={out}/refreshed'>"),
        "/worker.js": Given(worker, "text/javascript"),
        "/imported.js": Given(f"importScripts('{out}/imported.js')", "text/javascript"),
    }


@pytest.mark.parametrize("isolated", [True, False], ids=["no-interfaces", "flags-alone"])
async def test_nothing_reaches_the_network(tmp_path: Path, isolated: bool) -> None:
    """
    The canary lies on loopback, which the guard refuses: only a request past us could touch it.

    The recorder is asked all the same, and says no: so the page did try.
    """
    log = tmp_path / "net.json"
    with canary() as bird, served(lambda base: pages(bird)) as server:
        async with showing(tmp_path, server, isolated=isolated, net_log=log) as shower:
            url = server.base + "/"
            shot = await shower.snapshot(url)
            info = json.loads(shower.view("pageinfo", url))
        assert bird.hit == []
        assert info["final_url"].partition("#")[0] == url, "the page was not left"
        assert_tried(server, info)
        assert_no_way_out(log.read_text(errors="replace"))
        assert shot.missing > 10, "what the guard refused is counted"
        assert not [each for each in shower.records.urls if str(bird.tcp) in each]


def assert_tried(server: Server, info: dict[str, list[dict[str, str]]]) -> None:
    """Hold that the page could act: its scripts ran, and what it may not do was stopped by us."""
    tried = next(path for _, path in server.asked if path.startswith("/tried?"))
    for name in ("beacon", "websocket", "rtc", "worker", "popup", "webtransport"):
        assert name in tried.partition("?")[2].split(",")
    why = {each["why"] for each in info["blocked"]}
    assert "beacons and pings are not sent" in why
    assert "reports are not sent" in why
    assert "forms are not sent" in why, [each["url"] for each in info["blocked"]]
    assert "the page may not be left while it is shown" in why


def assert_no_way_out(log: str) -> None:
    """Hold that Chromium's own log knows of no name looked up, and of no host but our proxy."""
    try:
        told = json.loads(log)
    except ValueError:  # its end is not written if the browser was ended first
        told = json.loads(log.rstrip().rstrip(",") + "]}")
    names = {number: name for name, number in told["constants"]["logEventTypes"].items()}
    done = [(names[each["type"]], each.get("params") or {}) for each in told["events"]]
    assert done
    assert not {name for name, _ in done if name.startswith(_LOOK_UPS)}
    assert "UDP_BYTES_SENT" not in {name for name, _ in done}
    met = {str(params["address"]) for name, params in done if _is_connect(name, params)}
    assert all(each.startswith("127.0.0.1:") for each in met), met


def _is_connect(name: str, params: dict[str, object]) -> bool:
    return name.startswith("TCP_CONNECT") and "address" in params
