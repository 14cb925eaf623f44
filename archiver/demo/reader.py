"""What does reader.example show? One thread, in the markup of Thread Reader App."""

from __future__ import annotations

import re

from archiver.demo import files
from archiver.demo.reply import Ask, Reply, not_found, redirect

HOST = "reader.example"
ROOT = "2057159417656246273"
SEED = f"http://{HOST}/thread/{ROOT}.html"

_PIXEL = "/images/1px.png"


def answer(ask: Ask) -> Reply:
    """Answer a request for the thread's page or one of its parts."""
    if ask.path == f"/thread/{ROOT}.html":
        return files.served("reader", "thread.html") or not_found(ask)
    if re.fullmatch(rf"/(thread|scrolly)/{ROOT}/?", ask.path):
        return redirect(301, f"/thread/{ROOT}.html")
    if ask.path == "/reader.css":
        return files.served("reader", "reader.css") or not_found(ask)
    if ask.path == _PIXEL:
        return files.served("media", "1px.png") or not_found(ask)
    if ask.path.startswith("/media/"):
        return files.served("media", ask.path.removeprefix("/media/")) or not_found(ask)
    return not_found(ask)
