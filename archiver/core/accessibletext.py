"""Which words does a browser tell a screen reader? Read from its accessibility tree. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MAX_CHARS = 1_000_000
_MAX_NODES = 200_000
_WORDS = frozenset({"StaticText"})
_PICTURES = frozenset({"image", "img", "figure"})
_INLINE = frozenset({
    "StaticText", "link", "emphasis", "strong", "code", "InlineTextBox", "LineBreak", "mark",
    "subscript", "superscript", "time", "Abbr", "none", "image", "img", "button",
})  # fmt: skip


def of_tree(nodes: Iterable[Mapping[str, Any]]) -> str:
    """
    Give the words of a tree, one line per block; pictures by their names.

    Args:
        nodes: As Accessibility.getFullAXTree gives them; what is odd in them is passed over.

    >>> of_tree([{"nodeId": "1", "role": {"value": "StaticText"}, "name": {"value": "Hi"}}])
    'Hi'
    """
    known = {str(each.get("nodeId")): each for each in nodes}
    below = {str(child) for each in known.values() for child in each.get("childIds") or ()}
    lines: list[list[str]] = [[]]
    waiting = [each for each in reversed(known) if each not in below]
    seen: set[str] = set()
    while waiting and len(seen) < _MAX_NODES:
        name = waiting.pop()
        if not name:
            lines.append([])
            continue
        node = known.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        role = _value(node.get("role"))
        words = _value(node.get("name")).strip()
        if words and role in _WORDS:
            lines[-1].append(words)
        elif words and role in _PICTURES:
            lines[-1].append(f"[{words}]")
        if role in _WORDS:
            continue
        is_block = role not in _INLINE and not node.get("ignored")
        if is_block:
            lines.append([])
            waiting.append("")
        waiting += [str(child) for child in reversed(node.get("childIds") or ())]
    return "\n".join(" ".join(line) for line in lines if line)[:MAX_CHARS]


def _value(field: object) -> str:
    value = field.get("value") if isinstance(field, Mapping) else ""
    return value if isinstance(value, str) else ""
