"""Do imports point down only, and is the core pure? (design: Layout)"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("archiver/**/*.py"), *ROOT.glob("feeds/**/*.py"), ROOT / "scheduler.py"])

# Lowest first. A module may import from its own layer only inside its own package.
LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "archiver",
        "archiver.models",
        "archiver.errors",
        "archiver.environment",
        "archiver.clock",
        "archiver.disk",
        "archiver.waking",
    ),
    ("archiver.sidefile",),
    ("archiver.config",),
    ("archiver.core",),
    (
        "archiver.ports",
        "feeds.addresses",
        "feeds.body",
        "feeds.changes",
        "feeds.clean",
        "feeds.digests",
        "feeds.direction",
        "feeds.document",
        "feeds.entry",
        "feeds.entries",
        "feeds.entry_links",
        "feeds.media_copies",
        "feeds.opml",
        "feeds.post_parts",
        "feeds.posts",
        "feeds.scopes",
        "feeds.wording",
    ),
    ("archiver.resolvers",),  # pure, so that chains in capture may use them
    (
        "archiver.sources",
        "archiver.net",
        "archiver.capture",
        "archiver.warc",
        "archiver.store",
        "archiver.queue",
        "archiver.demo",
        "archiver.hooks",
        "archiver.evidence",
        "archiver.packages",
        "feeds",
    ),
    (
        "archiver.journal",
        "archiver.services",
        "archiver.purse",
        "archiver.asking",
        "archiver.observing",
        "archiver.rebuild",
        "archiver.rereading",
        "archiver.importing",
        "archiver.estimate",
        "archiver.typed",
        "archiver.reports",
        "archiver.live",
        "archiver.seeds",
        "archiver.targets",
        "archiver.pipeline",
        "archiver.now",
        "archiver.watching",
        "archiver.withholding",
        "archiver.bootstrap",
        "archiver.care",
        "archiver.exporting",
        "archiver.credentials",
        "archiver.checking",
        "archiver.embargoing",
        "archiver.hooking",
        "archiver.viewer",
        "archiver.console",
        "archiver.logs",
        "feeds.publish",
        "feeds.web.api",
        "feeds.web.desk",
        "feeds.web.packages",
        "feeds.web.replaying",
    ),
    (
        "archiver.cli",
        "archiver.commands",
        "archiver.__main__",
        "scheduler",
    ),
)
# One package in all but name: threads as documents.
DOCUMENT_LAYER = next(n for n, names in enumerate(LAYERS) if "feeds.document" in names)
PURE = (
    "archiver.core",
    "archiver.sources",
    "archiver.resolvers",
    *(
        f"feeds.{each}"
        for each in (
            "changes",
            "digests",
            "direction",
            "document",
            "entries",
            "opml",
            "posts",
            "scopes",
        )
    ),
)
IMPURE_MODULES = {
    "aiohttp", "asyncio", "httpx", "logging", "os", "pathlib", "random", "secrets", "socket",
    "sqlalchemy", "sqlmodel", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}


def name_of(path: Path) -> str:
    """Give the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place_of(module: str) -> tuple[int, str]:
    """Give the layer of a module and the package within it: the longest name that fits."""
    fitting = [
        (len(name), height, name)
        for height, names in enumerate(LAYERS)
        for name in names
        if module == name or (module.startswith(f"{name}.") and name != "archiver")
    ]
    assert fitting, f"{module} stands in no layer: name it in {__file__}"
    _, height, name = max(fitting)
    return height, name


def imports_of(tree: ast.AST, module: str) -> Iterator[str]:
    """Give what a module imports at run time, of ours, as dotted names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for inner in ast.walk(node):
                inner.skipped = True  # type: ignore[attr-defined]  # a mark for this walk only
        if getattr(node, "skipped", False):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield from _names(node)


def _names(node: ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        full = f"{node.module}.{alias.name}"
        path = ROOT / full.replace(".", "/")
        is_module = path.with_suffix(".py").exists() or (path / "__init__.py").exists()
        yield full if is_module else str(node.module)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    """No module knows one that stands above it or beside it."""
    module = name_of(path)
    height, package = place_of(module)
    for other in imports_of(ast.parse(path.read_text()), module):
        if not other.startswith(("archiver", "feeds", "scheduler")):
            continue
        other_height, other_package = place_of(other)
        shell = height >= len(LAYERS) - 2
        one = shell or other_package == package or height == DOCUMENT_LAYER
        beside = other_height == height and one
        assert other_height < height or beside or other == "archiver", f"{module} imports {other}"
        if module.startswith("archiver.") and other.startswith("feeds"):
            assert height == len(LAYERS) - 1, f"{module} imports {other}: only entry points may"


@pytest.mark.parametrize(
    "path", [each for each in FILES if name_of(each).startswith(PURE)], ids=name_of
)
def test_core_is_pure(path: Path) -> None:
    """No socket, file, clock, random number or await in the core, the sources and resolvers."""
    tree = ast.parse(path.read_text())
    module = name_of(path)
    imported = {each.partition(".")[0] for each in imports_of(tree, module)}
    named_by_hash = module in ("archiver.core.ids", "feeds.document")  # uuid5
    assert not imported & IMPURE_MODULES - ({"uuid"} if named_by_hash else set())
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Await | ast.AsyncFunctionDef), f"{module} awaits"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "open", f"{module} opens a file"
            assert called.rpartition(".")[2] not in CLOCKS, f"{module} reads a clock: {called}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_modules_and_functions_stay_small(path: Path) -> None:
    """No module over 600 lines, no function over 60, and each says which question it answers."""
    source = path.read_text()
    tree = ast.parse(source)
    assert source.count("\n") <= 600
    assert not source.strip() or ast.get_docstring(tree), "no docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            docstring = (ast.get_docstring(node) or "").count("\n")
            assert length - docstring <= 60, f"{node.name}: {length} lines"
