"""Which buttons close a cookie banner? The rules of banners.toml, read once."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of banner by its name, and the selectors of what closes it, the best first."""

    name: str
    click: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """
    All rules.

    Attributes:
        known: Kinds of banners that many sites have.
        words: What stands on buttons, refusing before agreeing; lower case.
        topics: What a banner speaks of; lower case.
    """

    known: tuple[Rule, ...]
    words: tuple[str, ...]
    topics: tuple[str, ...]


@functools.cache
def rules() -> Rules:
    """Read the rules."""
    text = resources.files(__package__).joinpath("banners.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    known = tuple(Rule(each["name"], tuple(each["click"])) for each in told["rule"])
    return Rules(known, (*told["refuse"], *told["agree"]), tuple(told["topics"]))


@functools.cache
def script() -> str:
    """Read what is done inside a page: an expression that gives an object of functions."""
    text = resources.files(__package__).joinpath("page.js").read_text(encoding="utf-8")
    return text[text.index("({") :]
