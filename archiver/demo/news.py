"""What does news.example show? A small newspaper of twelve pages, pictures, and a document."""

from __future__ import annotations

import datetime as dt
import html
import tomllib
from string import Template

from archiver.demo import files
from archiver.demo.reply import Ask, Reply, not_found, notice, page

HOST = "news.example"

_RTL = frozenset({"ar"})
_ASSETS = {
    "/assets/site.css": "site.css",
    "/assets/type.css": "type.css",
    "/assets/embed.css": "embed.css",
    "/assets/paper.svg": "paper.svg",
    "/assets/mark.svg": "mark.svg",
    "/assets/reading.js": "reading.js",
    "/embeds/tide-chart.html": "tide-chart.html",
    "/documents/invoices.pdf": "invoices.pdf",
}
_MEMBERS = "/members/"
_MINUTES = "/council/"


class News:
    """The newspaper; pages never change, so equal captures are equal to the byte."""

    def __init__(self) -> None:
        layout = Template(files.text("news", "layout.html"))
        listed = tomllib.loads(files.text("news", "pages.toml"))["page"]
        self._pages = {each["path"]: _rendered(layout, each) for each in listed}

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all pages."""
        return tuple(self._pages)

    def answer(self, ask: Ask) -> Reply:
        """Answer a request for a page, a picture or a part of a page."""
        if ask.path in self._pages:
            return page(self._pages[ask.path], headers=(("Cache-Control", "max-age=60"),))
        if ask.path in _ASSETS:
            return files.served("news", _ASSETS[ask.path]) or not_found(ask)
        if ask.path.startswith("/images/"):
            return files.served("media", ask.path.removeprefix("/images/")) or not_found(ask)
        if ask.path.startswith(_MEMBERS):
            return notice(403, "For members", "Log in to read this page.")
        if ask.path.startswith(_MINUTES):
            return notice(404, "Not here any more", "These minutes are being formatted.")
        return not_found(ask)


def _rendered(layout: Template, listed: dict[str, object]) -> str:
    published = listed["published"]
    assert isinstance(published, dt.datetime)
    lang = str(listed.get("lang", "en"))
    words = {key: html.escape(str(listed[key])) for key in ("path", "title", "description")}
    return layout.substitute(
        words,
        lang=lang,
        dir="rtl" if lang in _RTL else "ltr",
        image=listed["image"],
        published=published.isoformat().replace("+00:00", "Z"),
        day=published.date().isoformat(),
        body=files.text("news", str(listed["file"])).strip(),
    )
