"""Records to bytes and back, for a pipe whose other end is not trusted.

A frame is its length (4 bytes, big-endian), its kind (1 byte), its content. Content is JSON or plain bytes;
nothing in it names a type or code to run. Decoding checks every value against the record's annotations.
"""

from __future__ import annotations

import json
import struct
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")
_HEADER: Final = struct.Struct(">Ic")
JSON: Final = b"J"
BYTES: Final = b"B"
# Parsing costs the caller some twenty times the bytes of a hostile frame.
MOST_FRAME_BYTES: Final = 8 << 20
_BATCH_BYTES: Final = 256 << 10
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
    for record in records:
        text = json.dumps([_plain(getattr(record, field.name)) for field in fields(record)])
        batch.append(text)
        size += len(text)
        if size >= _BATCH_BYTES:
            yield _batch(name, batch)
            batch, size = [], 0
    if batch:
        yield _batch(name, batch)


def _batch(name: str, texts: list[str]) -> bytes:
    content = f'{{"{name}":[{",".join(texts)}]}}'.encode("ascii")
    if len(content) > MOST_FRAME_BYTES:
        raise MessageTooLarge(f"a record takes {len(content)} bytes")
    return _HEADER.pack(len(content), JSON) + content


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


def to_record(kind: type[_Record], values: Any) -> _Record:
    """A record from the list of its fields' values.

    Raises:
        BadMessage: the values are not those of such a record.
    """
    decoders = _decoders(kind)  # type: ignore[arg-type]
    if not isinstance(values, list) or len(values) != len(decoders):
        raise BadMessage(f"no {kind.__name__}: {str(values)[:80]}")
    try:
        return kind(*[decode(value) for decode, value in zip(decoders, values, strict=True)])
    except BadMessage as error:
        raise BadMessage(f"no {kind.__name__}: {error}") from error


@cache
def _decoders(kind: type) -> tuple[Callable[[Any], Any], ...]:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind._fields)  # type: ignore[attr-defined]
    return tuple(_decoder(hints[name]) for name in names)


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
