"""How do log records reach the person who runs the archiver? One line each, on stderr."""

from __future__ import annotations

import logging

from archiver import console

_OWN = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})


class Lines(logging.Handler):
    """Writes each record as one line: its text, then what it carries; secrets are never in it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; a traceback follows where one belongs to it."""
        console.progress(line_of(record))
        if record.exc_info and record.exc_info[0] is not None:
            for line in logging.Formatter().formatException(record.exc_info).splitlines():
                console.progress(f"    {line}")


def line_of(record: logging.LogRecord) -> str:
    """
    Give the line of a record: constant text, then the values in `extra`, the error first.

    >>> line_of(logging.makeLogRecord({"msg": "crawl failed", "error": "no answer", "try": 2}))
    'crawl failed: no answer (try 2)'
    """
    values = {name: value for name, value in vars(record).items() if name not in _OWN}
    error = values.pop("error", "")
    rest = ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
    return record.getMessage() + (f": {error}" if error else "") + (f" ({rest})" if rest else "")


def quiet() -> None:
    """Keep a library from telling of each page that it cannot read: we say so ourselves."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def to_stderr() -> None:
    """Show warnings and errors of all our parts and of the libraries under them."""
    quiet()
    logging.basicConfig(level=logging.WARNING, handlers=[Lines()], force=True)
