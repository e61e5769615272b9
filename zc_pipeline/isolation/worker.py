"""What a reader does: take one request, confine itself, read one document, hand the result over, and end.

Only this module calls the PDF libraries' readers on behalf of a run.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from zc_pipeline.errors import DocumentError, Stage
from zc_pipeline.isolation import messages, sandbox
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.model import Problem, SecondReading
from zc_pipeline.parse.document import PageTextResult
from zc_pipeline.parse.readers.render import count_pages, pages_painting_text, render_page
from zc_pipeline.parse.reading import read_page_text

_Send = Callable[[Any], None]
# What is handed over of a fault of our own.
_MOST_WORDS: Final = 2_000


def work(data: socket.socket) -> None:
    """Answer the request that comes first through the socket.

    The answer is frames (``messages``); the last of them is ``{"done": true}``, or ``{"failed": …}`` with
    words about a fault of the program, or ``{"error": [code, message, page]}`` of a document that cannot be
    read. ``{"page_count": n}`` comes as soon as the pages are counted.

    Raises:
        MemoryError: the limit of address space was hit.
    """
    with data.makefile("rb") as stream:
        request = json.loads(stream.readline())
    limits = Limits(**request["limits"])
    sandbox.confine(limits)

    def send(content: Any) -> None:
        data.sendall(messages.frame(content))

    try:
        _TASKS[request["task"]](request, limits, data, send)
        send({"done": True})
    except DocumentError as error:
        send({"error": [error.code, error.message[:_MOST_WORDS], error.page]})
    except messages.MessageTooLarge:
        send({"error": ["memory_limit", "What was read of it is too large to be handed over.", None]})
    except (MemoryError, OSError):
        raise
    except Exception as error:
        send({"failed": repr(error)[:_MOST_WORDS]})


def _read(request: Mapping[str, Any], limits: Limits, data: socket.socket, send: _Send) -> None:
    path = Path(request["path"])
    try:
        pages = count_pages(path)
    except DocumentError:
        pages = 0  # reading it says why
    sandbox.allow_pages(limits, pages)
    send({"page_count": pages})
    if pages > limits.pages:
        return
    before = sandbox.address_space()
    result = read_page_text(path, SecondReading(limits.second_reading))
    if _ran_out_of_memory(result, limits, before):
        raise MemoryError
    silent = _silent_pages(path, result)
    for name, records in (
        ("pages", result.pages),
        ("items", result.items),
        ("problems", [*result.problems, *silent]),
    ):
        for batch in messages.record_batches(name, records):
            data.sendall(batch)


def _ran_out_of_memory(result: PageTextResult, limits: Limits, before: int) -> bool:
    """Whether an allocation failed, or may have failed without a word: text may be missing then."""
    is_told = any("MemoryError(" in problem.message for problem in result.problems)
    return is_told or sandbox.peak_address_space() - before > 0.95 * limits.memory_bytes


def _silent_pages(path: Path, result: PageTextResult) -> list[Problem]:
    """Pages of which neither reader has a character though text is painted on them."""
    empty = [page.number for page in result.pages if page.chars_drawn == 0]
    if not empty or not result.items:
        return []
    return [
        Problem(
            Stage.PAGE_TEXT,
            "page_unreadable",
            f"Text is painted on page {number}, but neither reader gives a character of it.",
            page=number,
        )
        for number in pages_painting_text(path, empty)
    ]


def _count(request: Mapping[str, Any], limits: Limits, data: socket.socket, send: _Send) -> None:
    send({"page_count": count_pages(Path(request["path"]))})


def _draw(request: Mapping[str, Any], limits: Limits, data: socket.socket, send: _Send) -> None:
    drawn = render_page(Path(request["path"]), request["number"], request["scale"])
    image = drawn.image
    send({"picture": [image.width, image.height, drawn.width, drawn.height]})
    send(image.tobytes())


_TASKS: Final = {"page_text": _read, "page_count": _count, "picture": _draw}
