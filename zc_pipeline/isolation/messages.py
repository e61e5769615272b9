"""Records to bytes and back, for a pipe whose other end is not trusted.

A frame is its length (4 bytes, big-endian), its kind (1 byte), its content. Content is JSON or plain bytes;
nothing in it names a type or code to run. Decoding checks every value against the record's annotations.
"""

from __future__ import annotations

import json
import struct
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")
_HEADER: Final = struct.Struct(">Ic")
JSON: Final = b"J"
BYTES: Final = b"B"
# Parsing costs the caller some twenty times the bytes of a hostile frame.
MOST_FRAME_BYTES: Final = 8 << 20
_BATCH_BYTES: Final = 256 << 10
_RECORDS_AT_ONCE: Final = 64
_MOST_INT: Final = 2**31 - 1


class BadMessage(ValueError):
    """What the other end sent is no message of ours."""


class MessageTooLarge(BadMessage):
    """A frame is longer than a frame may be."""


# --- frames ---------------------------------------------------------------------------------------


def frame(content: Any) -> bytes:
    """A frame of JSON, or of plain bytes where bytes are given.

    Raises:
        MessageTooLarge: a JSON frame would be longer than a reader of it accepts.
    """
    if isinstance(content, bytes):
        return _HEADER.pack(len(content), BYTES) + content
    text = json.dumps(content, separators=(",", ":")).encode("ascii")
    if len(text) > MOST_FRAME_BYTES:
        raise MessageTooLarge(f"a record takes {len(text)} bytes")
    return _HEADER.pack(len(text), JSON) + text


class FrameBuffer:
    """Bytes as they arrive, to contents of frames.

    Args:
        most_bytes: all that may arrive. A frame of plain bytes may have as many.
    """

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        self._most_plain = most_bytes
        self._bytes = bytearray()

    def add(self, arrived: bytes) -> Iterator[Any]:
        """Yield the contents that are complete now: plain values of JSON, or bytes.

        Raises:
            MessageTooLarge: more arrived than may arrive.
            BadMessage: it is no frame, or no JSON.
        """
        self._left -= len(arrived)
        if self._left < 0:
            raise MessageTooLarge("more arrived than is allowed")
        self._bytes += arrived
        while len(self._bytes) >= _HEADER.size:
            length, kind = _HEADER.unpack_from(self._bytes)
            if kind not in (JSON, BYTES):
                raise BadMessage(f"a frame of kind {kind!r}")
            if length > (MOST_FRAME_BYTES if kind == JSON else self._most_plain):
                raise MessageTooLarge(f"a frame of {length} bytes")
            end = _HEADER.size + length
            if len(self._bytes) < end:
                return
            content = bytes(self._bytes[_HEADER.size : end])
            del self._bytes[:end]
            yield content if kind == BYTES else _parse(content)


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"no JSON: {error!r}") from error


# --- records --------------------------------------------------------------------------------------


def record_batches(name: str, records: Iterable[Any]) -> Iterator[bytes]:
    """Records (dataclasses) as frames ``{name: [[value of each field, in order], …]}`` of moderate size."""
    batch: list[str] = []
    size = 0
    rest = iter(records)
    while some := list(islice(rest, _RECORDS_AT_ONCE)):
        for text in _texts_of(some):
            batch.append(text)
            size += len(text)
            if size >= _BATCH_BYTES:
                yield _batch(name, batch)
                batch, size = [], 0
    if batch:
        yield _batch(name, batch)


def _texts_of(records: Sequence[Any]) -> list[str]:
    """Records of one kind as JSON, several in a text unless that would be long."""
    kind: type = type(records[0])
    values_of = attrgetter(*_names(kind))
    values = list(map(values_of, records))
    together = json.dumps(values)[1:-1]
    return [together] if len(together) < _BATCH_BYTES else [json.dumps(one) for one in values]


def _batch(name: str, texts: list[str]) -> bytes:
    content = f'{{"{name}":[{",".join(texts)}]}}'.encode("ascii")
    if len(content) > MOST_FRAME_BYTES:
        raise MessageTooLarge(f"a record takes {len(content)} bytes")
    return _HEADER.pack(len(content), JSON) + content


def to_record(kind: type[_Record], values: Any) -> _Record:
    """A record from the list of its fields' values.

    Raises:
        BadMessage: the values are not those of such a record.
    """
    decoders = [one for one, _ in _decoders(kind)]  # type: ignore[arg-type]
    if not isinstance(values, list) or len(values) != len(decoders):
        raise BadMessage(f"no {kind.__name__}: {str(values)[:80]}")
    try:
        return kind(*[decode(value) for decode, value in zip(decoders, values, strict=True)])
    except BadMessage as error:
        raise BadMessage(f"no {kind.__name__}: {error}") from error


def to_records(kind: type[_Record], rows: Sequence[Any]) -> list[_Record]:
    """Records from lists of their fields' values: as :func:`to_record` of each, checked column by column.

    Raises:
        BadMessage: the values of one are not those of such a record.
    """
    decoders = _decoders(kind)  # type: ignore[arg-type]
    if rows and all(isinstance(row, list) and len(row) == len(decoders) for row in rows):
        columns = [
            decode(column) for (_, decode), column in zip(decoders, zip(*rows, strict=True), strict=True)
        ]
        if all(column is not None for column in columns):
            return list(map(kind, *columns))  # type: ignore[arg-type]
    return [to_record(kind, row) for row in rows]  # which says what is wrong


# Decodes a whole column, or gives None where it cannot vouch for all values: they are then looked at singly.
_OfColumn = Callable[[Sequence[Any]], Sequence[Any] | None]


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else tuple(kind._fields)  # type: ignore[attr-defined]


@cache
def _decoders(kind: type) -> tuple[tuple[Callable[[Any], Any], _OfColumn], ...]:
    """For each field what decodes a value of it, and what decodes a column."""
    hints = get_type_hints(kind)
    return tuple((_decoder(hints[name]), _column_decoder(hints[name])) for name in _names(kind))


def _column_decoder(hint: Any, others: frozenset[type] = frozenset()) -> _OfColumn:
    """What decodes a column of a field; ``others``: types of values that may stand in it as they are."""
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = [one for one in get_args(hint) if one is not type(None)]
        if inner in _SCALARS:
            return _column_decoder(inner, frozenset([type(None)]))
        return _look_at_each
    if hint in _SCALARS:
        wanted = others | ({int, float} if hint is float else {hint})
        holds = _COLUMNS.get(hint, _is_enough)
        return lambda column: column if set(map(type, column)) <= wanted and holds(column) else None
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        members = {one.value: one for one in hint}
        return lambda column: (
            [members[one] for one in column]
            if set(map(type, column)) == {str} and members.keys() >= set(column)
            else None
        )
    return lambda column: to_records(hint, column)


def _look_at_each(column: Sequence[Any]) -> None:
    """For values that are no scalars, which may be missing."""


def _is_enough(column: Sequence[Any]) -> bool:
    return True


def _are_ints(column: Iterable[Any]) -> bool:
    known = [one for one in column if one is not None]
    return not known or (max(known) <= _MOST_INT and min(known) >= -_MOST_INT)


def _are_texts(column: Iterable[Any]) -> bool:
    try:
        "".join([one for one in column if one is not None]).encode()
    except UnicodeEncodeError:
        return False
    return True


# What a column of the right types must show beside.
_COLUMNS: Final[dict[Any, Callable[[Sequence[Any]], bool]]] = {int: _are_ints, str: _are_texts}


def _decoder(hint: Any) -> Callable[[Any], Any]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [one for one in get_args(hint) if one is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"no decoder for {hint}")
        decode = _decoder(inner[0])
        return lambda value: None if value is None else decode(value)
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return lambda value: _member(hint, value)
    if isinstance(hint, type) and (is_dataclass(hint) or hasattr(hint, "_fields")):
        return lambda value: to_record(hint, value)
    raise TypeError(f"no decoder for {hint}")


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadMessage(f"{str(value)[:40]} is not true or false")
    return value


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _MOST_INT:
        raise BadMessage(f"{str(value)[:40]} is no whole number of this program")
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessage(f"{str(value)[:40]} is no number")
    return value


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise BadMessage(f"{str(value)[:40]} is no text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadMessage("a text has half a character") from error
    return value


def _member(kind: type[StrEnum], value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError as error:
        raise BadMessage(f"{str(value)[:40]} is no {kind.__name__}") from error


_SCALARS: Final[dict[Any, Callable[[Any], Any]]] = {bool: _bool, int: _int, float: _float, str: _str}
