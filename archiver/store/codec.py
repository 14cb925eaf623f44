"""How does a value of models.py become the text of a column, and come back?"""

from __future__ import annotations

import functools
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from archiver.errors import StoreError
from archiver.store.columns import storable

T = TypeVar("T")


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # building one costs milliseconds, so each is built once, when needed


def dump(kind: Any, value: object) -> str:
    """
    Write a value as JSON, the same text for the same value.

    Args:
        kind: Its type, e.g. `Post` or `tuple[Hop, ...]`.
        value: The value; text that UTF-8 cannot say is made storable.

    Raises:
        StoreError: If a field holds what its type does not allow: better now than when it is read.
    """
    adapter = _adapter(kind)
    try:
        return adapter.dump_json(value, warnings="error").decode()
    except PydanticSerializationError:
        pass  # lone surrogates, most likely; else the next line says what is wrong
    try:
        return to_json(_storable(adapter.dump_python(value, warnings="error"))).decode()
    except PydanticSerializationError as err:
        raise StoreError(f"a {_name(kind)} cannot be kept: {' '.join(str(err).split())}") from err


def load(kind: type[T], text: str) -> T:
    """
    Read back what `dump` wrote, also in another version: unknown keys are left out, missing ones
    take their defaults.

    Raises:
        StoreError: If the text is not such a value.
    """
    try:
        value: T = _adapter(cast(Any, kind)).validate_json(text)
    except ValidationError as err:
        first = err.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreError(
            f"the database holds a {_name(kind)} that cannot be read ({where}: {first['msg']}); "
            "`archiver rebuild` makes the database again"
        ) from err
    return value


def _name(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))


def _storable(value: Any) -> Any:
    if isinstance(value, str) and type(value) is str:
        return storable(value)
    if isinstance(value, dict):
        return {key: _storable(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_storable(each) for each in value]
    return value
