"""Which hosts do nothing but shorten links? A hint, never a condition: any host may redirect."""

from __future__ import annotations

SHORTENERS = frozenset({
    "t.co", "bit.ly", "bitly.com", "j.mp", "lnkd.in", "tinyurl.com", "is.gd", "v.gd", "goo.gl",
    "fb.me", "trib.al", "dlvr.it", "buff.ly", "ow.ly", "ift.tt", "nyti.ms", "wapo.st", "youtu.be",
    "amzn.to", "spr.ly", "lnk.to", "shorturl.at", "cutt.ly", "rebrand.ly", "rb.gy", "tiny.cc",
    "s.id", "t.ly", "shrtco.de", "soo.gd", "bl.ink", "adf.ly", "po.st", "snip.ly",
    "hubs.ly", "bbc.in", "cnn.it", "reut.rs", "on.ft.com", "econ.st", "apne.ws", "n.pr", "gu.com",
})  # fmt: skip
"""Names of services as they publish them; hosts in lower case, without www."""
