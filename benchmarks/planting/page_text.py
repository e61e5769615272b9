"""Faults in page text: cells and lines as if a reader of pages had lost, mixed up or misread them."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from zc_pipeline.model import ItemKind, Join, PageItem, RowKind, RowPart, TableRow
from zc_pipeline_tests.drawing import AMOUNTS

from .documents import TrueDocument
from .kinds import Level, Plant, Planted, Register, is_changeable, is_well_formed, other_digit, pick, value_of

fault = Register(Level.PAGE_TEXT)
_SOURCES = AMOUNTS[1:]
_PAGE_NUMBER = re.compile(r"第\s*\d+\s*页.*")


class Place(NamedTuple):
    """A row of the table with the cells of one of its parts, by meaning."""

    row: TableRow
    part: RowPart
    cells: Mapping[str, PageItem]

    def __str__(self) -> str:
        return f"page {self.part.page}, row {self.part.grid_row}"


@lru_cache(maxsize=32)
def _places_of(document: TrueDocument) -> list[Place]:
    columns = document.stitched.tables[0].columns
    found: dict[RowPart, list[PageItem]] = {}
    for item in document.items:
        if item.kind is ItemKind.CELL:
            part = RowPart(item.page, item.grid_number or 0, item.grid_row or 0)
            found.setdefault(part, []).append(item)
    return [
        Place(row, part, dict(zip(columns, found[part], strict=True)))
        for row in document.rows
        for part in row.parts
        if len(found[part]) == len(columns)
    ]


def places(document: TrueDocument, kind: RowKind | None = None, *, whole: bool | None = None) -> list[Place]:
    """Rows of a kind, part by part. ``whole`` takes only rows in one part (or only those in several)."""
    found = _places_of(document)
    doubled = {row.row_order for row in document.rows if row.repeats_previous}
    doubled |= {order - 1 for order in doubled} | {order - 2 for order in doubled}
    return [
        place
        for place in found
        if kind in (None, place.row.kind)
        and (whole is None or whole == (len(place.row.parts) == 1 and place.row.row_order not in doubled))
    ]


def _position(place: Place) -> tuple[int, int]:
    return place.part.page, place.part.grid_row


def _at(kind: RowKind, plant: Callable[[TrueDocument, Place, random.Random], Planted | None]) -> Plant:
    """Plants in some row of a kind that stands whole on one page."""

    def plant_somewhere(document: TrueDocument, chance: random.Random) -> Planted | None:
        place = pick(chance, places(document, kind, whole=True))
        return plant(document, place, chance) if place else None

    return plant_somewhere


def retext(item: PageItem, text: str) -> PageItem:
    """The item with another text, all of it visible."""
    shown = ",".join("100" for _ in text.split("\n")) if text else ""
    return replace(item, text=text, drawn_text=text, line_shown_pct=shown, is_clipped=False)


def _with(document: TrueDocument, changed: Mapping[PageItem, PageItem | None]) -> tuple[PageItem, ...]:
    """The document's items with some exchanged, or left out where None stands."""
    found = (changed.get(item, item) for item in document.items)
    return tuple(item for item in found if item is not None)


def _retexted(
    document: TrueDocument,
    place: Place,
    texts: Mapping[str, str],
    words: str = "",
    *,
    noticeable: bool = True,
) -> Planted:
    changed = {place.cells[column]: retext(place.cells[column], text) for column, text in texts.items()}
    said = f"{place}: {words}" if words else str(place)
    return Planted(said, noticeable, items=_with(document, changed))


# --- rows ------------------------------------------------------------------------------------------


def _without_row(document: TrueDocument, part: RowPart) -> tuple[PageItem, ...]:
    """The items without a row, the rows below it numbered anew: no hole tells that it was there."""
    return tuple(
        _moved_down(item, part, -1)
        for item in document.items
        if (item.page, item.grid_number, item.grid_row) != (part.page, part.grid_number, part.grid_row)
    )


def _moved_down(item: PageItem, part: RowPart, by: int) -> PageItem:
    is_below = (item.page, item.grid_number) == (part.page, part.grid_number) and (
        item.grid_row or 0
    ) > part.grid_row
    return replace(item, grid_row=(item.grid_row or 0) + by) if is_below else item


@fault("row dropped")
def _row_dropped(document: TrueDocument, chance: random.Random) -> Planted | None:
    large = [
        place
        for place in places(document, RowKind.PROJECT, whole=True)
        if is_changeable(place.cells["total"].text or "0")
    ]
    place = pick(chance, large)
    return place and Planted(str(place), True, items=_without_row(document, place.part))


@fault("part of a row dropped", "the part holds whole indicators behind the last number that is left")
def _part_dropped(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, places(document, RowKind.PROJECT, whole=False))
    if place is None or place.row.join is Join.NONE:
        return None
    noticeable = True
    if place.part != place.row.parts[0] and place.row.join is not Join.CLIPPED_DUPLICATE:
        text = place.row.cells["indicators"]
        left = text.removesuffix(place.cells["indicators"].text)
        noticeable = left == text or not is_well_formed(left)
    return Planted(str(place), noticeable, items=_without_row(document, place.part))


@fault("row doubled")
def _row_doubled(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, places(document, RowKind.PROJECT, whole=True))
    if place is None or not is_changeable(place.cells["total"].text or "0"):
        return None
    last = max(item.item_number for item in document.items)
    copies = [
        replace(cell, grid_row=place.part.grid_row + 1, item_number=last + number)
        for number, cell in enumerate(place.cells.values(), 1)
    ]
    items = [_moved_down(item, place.part, 1) for item in document.items]
    return Planted(str(place), True, items=(*items, *copies))


def _cells_exchanged(document: TrueDocument, one: Place, two: Place) -> tuple[PageItem, ...]:
    changed: dict[PageItem, PageItem | None] = {}
    for column, cell in one.cells.items():
        other = two.cells[column]
        changed[cell] = _content_of(other, cell)
        changed[other] = _content_of(cell, other)
    return _with(document, changed)


def _content_of(source: PageItem, target: PageItem) -> PageItem:
    """The target's place with the source's content."""
    return replace(
        target,
        text=source.text,
        drawn_text=source.drawn_text,
        line_shown_pct=source.line_shown_pct,
        is_clipped=source.is_clipped,
        indent=source.indent,
    )


@fault("rows swapped", "no printed thing tells the order of a unit's projects")
def _rows_swapped(document: TrueDocument, chance: random.Random) -> Planted | None:
    whole = places(document, RowKind.PROJECT, whole=True)
    if len(whole) < 2:
        return None
    one, two = chance.sample(whole, 2)
    if abs(value_of(one.cells["total"].text) - value_of(two.cells["total"].text)) < 1:
        return None
    units = [row.row_order for row in document.rows if row.kind is RowKind.UNIT]
    apart = len({sum(order < place.row.row_order for order in units) for place in (one, two)}) == 2
    return Planted(f"{one} with {two}", apart, items=_cells_exchanged(document, one, two))


@fault("project and unit row swapped")
def _unit_swapped(document: TrueDocument, chance: random.Random) -> Planted | None:
    unit = pick(chance, places(document, RowKind.UNIT, whole=True))
    project = pick(chance, places(document, RowKind.PROJECT, whole=True))
    if unit is None or project is None:
        return None
    return Planted(f"{unit} with {project}", True, items=_cells_exchanged(document, unit, project))


@fault("unit row dropped")
def _unit_dropped(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, places(document, RowKind.UNIT))
    return place and Planted(str(place), True, items=_without_row(document, place.part))


@fault("total row dropped", "tables without a total are printed too")
def _total_dropped(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, places(document, RowKind.TOTAL))
    return place and Planted(str(place), False, items=_without_row(document, place.part))


@fault("first heading dropped")
def _heading_dropped(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = places(document, RowKind.HEADER)[0]
    return Planted(str(place), True, items=_without_row(document, place.part))


# --- amounts ---------------------------------------------------------------------------------------


def _amount_fault(name: str, kind: RowKind, change: Callable[[str], str]) -> None:
    @fault(name)
    def _plant(document: TrueDocument, chance: random.Random) -> Planted | None:
        place = pick(chance, places(document, kind, whole=True))
        if place is None:
            return None
        filled = [c for c in AMOUNTS if c in place.cells and is_changeable(place.cells[c].text or "0")]
        column = pick(chance, filled)
        if column is None:
            return None
        text = change(place.cells[column].text)
        return _retexted(document, place, {column: text}, f"{column} {text!r}")


_amount_fault("digit of an amount changed", RowKind.PROJECT, other_digit)
_amount_fault("digit of a subtotal changed", RowKind.UNIT, other_digit)
_amount_fault("digit of the grand total changed", RowKind.TOTAL, other_digit)
_amount_fault("amount emptied", RowKind.PROJECT, lambda text: "")
_amount_fault("subtotal emptied", RowKind.UNIT, lambda text: "")
_amount_fault("grand total emptied", RowKind.TOTAL, lambda text: "")
_amount_fault("first digit of an amount lost", RowKind.PROJECT, lambda text: re.sub(r"^\d,?", "", text))
_amount_fault("decimal point of an amount lost", RowKind.PROJECT, lambda text: text.replace(".", ""))
_amount_fault("letter for a digit", RowKind.PROJECT, lambda text: text[:-1] + "l")


@fault("total and source changed alike")
def _changed_alike(document: TrueDocument, chance: random.Random) -> Planted | None:
    equal = [
        place
        for place in places(document, RowKind.PROJECT, whole=True)
        if place.cells["total"].text == place.cells["fiscal"].text
        and is_changeable(place.cells["total"].text or "0")
    ]
    place = pick(chance, equal)
    text = other_digit(place.cells["total"].text) if place else ""
    return place and _retexted(document, place, {"total": text, "fiscal": text})


def _moved(kind: RowKind, columns: Sequence[str]) -> Plant:
    def plant(document: TrueDocument, place: Place, chance: random.Random) -> Planted | None:
        shown = [column for column in columns if column in place.cells]
        filled = [c for c in shown if is_changeable(place.cells[c].text or "0")]
        source = pick(chance, filled)
        empty = [column for column in shown if not place.cells[column].text.strip()]
        target = pick(chance, empty)
        if source is None or target is None:
            return None
        texts = {source: "", target: place.cells[source].text}
        return _retexted(document, place, texts, f"{source} to {target}")

    return _at(kind, plant)


fault("amount moved to another column")(_moved(RowKind.PROJECT, _SOURCES))
fault("subtotal moved to another column")(_moved(RowKind.UNIT, AMOUNTS))
fault("grand total moved to another column")(_moved(RowKind.TOTAL, AMOUNTS))


# --- cells -----------------------------------------------------------------------------------------


@fault("cells of two columns glued")
def _glued(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, places(document, RowKind.PROJECT, whole=True))
    if place is None:
        return None
    columns = list(place.cells)
    pairs = [
        (one, two)
        for one, two in itertools.pairwise(columns)
        if place.cells[one].text and place.cells[two].text and two in (*AMOUNTS, "indicators")
    ]
    pair = pick(chance, pairs)
    if pair is None or (pair[1] in AMOUNTS and not is_changeable(place.cells[pair[1]].text)):
        return None
    keep, lose = pair if chance.random() < 0.5 else pair[::-1]
    text = f"{place.cells[pair[0]].text}{place.cells[pair[1]].text}"
    return _retexted(document, place, {keep: text, lose: ""}, f"{pair[0]} and {pair[1]} in {keep}")


@fault("goal glued to the name", "a blank goal is a permitted print, and names are of any length")
def _goal_glued(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, [p for p in places(document, RowKind.PROJECT, whole=True) if p.cells["goal"].text])
    if place is None:
        return None
    texts = {"project_name": place.cells["project_name"].text + place.cells["goal"].text, "goal": ""}
    return _retexted(document, place, texts, noticeable=False)


@fault("cells of two rows exchanged", "text that nothing else on the page repeats")
def _cells_of_rows(document: TrueDocument, chance: random.Random) -> Planted | None:
    whole = places(document, RowKind.PROJECT, whole=True)
    column = chance.choice(("goal", "indicators", "project_name", "total"))
    if len(whole) < 2:
        return None
    one, two = chance.sample(whole, 2)
    a, b = one.cells[column].text, two.cells[column].text
    if a == b or (column == "total" and abs(value_of(a) - value_of(b)) < 1):
        return None
    changed = {
        one.cells[column]: retext(one.cells[column], b),
        two.cells[column]: retext(two.cells[column], a),
    }
    return Planted(f"{one} with {two}: {column}", column == "total", items=_with(document, changed))


@fault("cell lost")
def _cell_lost(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, places(document, whole=True))
    if place is None:
        return None
    column = chance.choice(list(place.cells))
    return Planted(f"{place}: {column}", True, items=_with(document, {place.cells[column]: None}))


@fault("name emptied")
def _name_emptied(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, [p for p in places(document, whole=True) if p.row.kind is not RowKind.HEADER])
    return place and _retexted(document, place, {"project_name": ""})


def _line_dropped(column: str, why: str = "") -> None:
    @fault(f"line of {'an' if column == 'indicators' else 'a'} {column.replace('_', ' ')} cell dropped", why)
    def _plant(document: TrueDocument, chance: random.Random) -> Planted | None:
        place = pick(
            chance, [p for p in places(document, RowKind.PROJECT, whole=True) if p.cells[column].text]
        )
        if place is None:
            return None
        lines = place.cells[column].text.split("\n")
        at = chance.randrange(len(lines))
        text = "\n".join(lines[:at] + lines[at + 1 :])
        noticeable = {
            "indicators": bool(text) and not is_well_formed(text),
            "project_name": not text,
            "goal": False,
        }[column]
        return _retexted(
            document, place, {column: text}, f"line {at + 1} of {len(lines)}", noticeable=noticeable
        )


_line_dropped("project_name", "what is left is a name too")
_line_dropped("goal", "what is left is a text too")
_line_dropped("indicators", "what is left are whole indicators")


@fault("lines of an indicators cell swapped", "both lines lie within one name or value")
def _lines_swapped(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(
        chance, [p for p in places(document, RowKind.PROJECT, whole=True) if p.cells["indicators"].text]
    )
    lines = place.cells["indicators"].text.split("\n") if place else []
    if place is None or len(lines) < 2:
        return None
    at = chance.randrange(len(lines) - 1)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    text = "\n".join(lines)
    return _retexted(
        document, place, {"indicators": text}, f"line {at + 1}", noticeable=not is_well_formed(text)
    )


def _indicator_fault(name: str, pattern: str, change: Callable[[re.Match[str]], str]) -> None:
    """Enters a change of one match in an indicators cell, which leaves no whole run of indicators."""

    @fault(name)
    def _plant(document: TrueDocument, chance: random.Random) -> Planted | None:
        place = pick(chance, places(document, RowKind.PROJECT, whole=True))
        text = place.cells["indicators"].text if place else ""
        match = pick(chance, list(re.finditer(pattern, text)))
        if place is None or match is None:
            return None
        changed = text[: match.start()] + change(match) + text[match.end() :]
        if is_well_formed(changed):
            return None
        return _retexted(document, place, {"indicators": changed}, f"{match.group()!r}")


_indicator_fault("indicator's number changed", r"\d(?=、\d-)", lambda match: str(int(match[0]) % 8 + 2))
_indicator_fault("indicator's number lost", r"\d、(?=\d-)", lambda match: "")
_indicator_fault("indicator's level lost", r"(?<=、)\d-\w+；", lambda match: "")
_indicator_fault("indicator's label lost", r"；(?:实施周期|年度)指标值[:：]", lambda match: "")
_indicator_fault(
    "indicator's level code changed", r"(?<=、)\d(?=-)", lambda match: str(int(match[0]) % 3 + 1)
)


@fault("character of a goal changed", "no other place prints the goal")
def _goal_changed(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = pick(chance, [p for p in places(document, RowKind.PROJECT, whole=True) if p.cells["goal"].text])
    text = "甲" + place.cells["goal"].text[1:] if place else ""
    return place and _retexted(document, place, {"goal": text}, noticeable=False)


# --- page breaks -----------------------------------------------------------------------------------


def _clipped_rows(document: TrueDocument) -> list[tuple[Place, Place]]:
    cut = [p for p in places(document, RowKind.PROJECT) if p.row.join is Join.CLIPPED_DUPLICATE]
    return [(a, b) for a, b in itertools.pairwise(cut) if a.row.row_order == b.row.row_order]


def _unclipped(cells: Iterable[PageItem]) -> dict[PageItem, PageItem | None]:
    return {cell: retext(cell, cell.drawn_text) for cell in cells}


@fault("clip ignored on both pages")
def _clip_ignored(document: TrueDocument, chance: random.Random) -> Planted | None:
    pair = pick(chance, _clipped_rows(document))
    if pair is None:
        return None
    changed = _unclipped([*pair[0].cells.values(), *pair[1].cells.values()])
    return Planted(f"{pair[0]} and {pair[1]}", True, items=_with(document, changed))


@fault("clip ignored on one page")
def _clip_ignored_once(document: TrueDocument, chance: random.Random) -> Planted | None:
    pair = pick(chance, _clipped_rows(document))
    if pair is None:
        return None
    place = chance.choice(pair)
    return Planted(str(place), True, items=_with(document, _unclipped(place.cells.values())))


@fault("hidden lines lost on one page")
def _hidden_lost(document: TrueDocument, chance: random.Random) -> Planted | None:
    pair = pick(chance, _clipped_rows(document))
    if pair is None:
        return None
    place = chance.choice(pair)
    changed = {cell: retext(cell, cell.text) for cell in place.cells.values()}
    return Planted(str(place), True, items=_with(document, changed))


@fault("hidden lines lost on both pages")
def _hidden_lost_twice(document: TrueDocument, chance: random.Random) -> Planted | None:
    pair = pick(chance, _clipped_rows(document))
    if pair is None:
        return None
    cells = [*pair[0].cells.values(), *pair[1].cells.values()]
    changed = {cell: retext(cell, cell.text) for cell in cells}
    return Planted(f"{pair[0]} and {pair[1]}", True, items=_with(document, changed))


@fault("footer glued into the last cell")
def _footer_glued(document: TrueDocument, chance: random.Random) -> Planted | None:
    footers = [i for i in document.items if i.kind is ItemKind.LINE and _PAGE_NUMBER.fullmatch(i.text)]
    footer = pick(chance, footers)
    if footer is None:
        return None
    last = [p for p in places(document, RowKind.PROJECT) if p.part.page == footer.page]
    if not last:
        return None
    place = max(last, key=lambda p: p.part.grid_row)
    column = chance.choice([c for c in ("goal", "indicators") if place.cells[c].text] or ["goal"])
    cell = place.cells[column]
    shown = f"{cell.line_shown_pct},100" if cell.drawn_text else "100"
    glued = replace(
        cell,
        text=f"{cell.text}\n{footer.text}".strip(),
        drawn_text=f"{cell.drawn_text}\n{footer.text}".strip(),
        line_shown_pct=shown,
    )
    return Planted(f"{place}: {column}", True, items=_with(document, {cell: glued, footer: None}))


@fault("page number misread")
def _page_number(document: TrueDocument, chance: random.Random) -> Planted | None:
    footers = [i for i in document.items if i.kind is ItemKind.LINE and _PAGE_NUMBER.fullmatch(i.text)]
    footer = pick(chance, footers)
    if footer is None or len(footers) < 2:
        return None
    text = re.sub(r"\d+", lambda match: str(int(match[0]) + 1), footer.text, count=1)
    return Planted(f"page {footer.page}", True, items=_with(document, {footer: retext(footer, text)}))


# --- headings and captions -------------------------------------------------------------------------


@fault("heading misread on one page")
def _heading_misread(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = chance.choice(places(document, RowKind.HEADER))
    column = chance.choice(list(place.cells))
    return _retexted(document, place, {column: "某栏"}, column)


@fault(
    "headings of two columns exchanged on one page",
    "no amount in the two columns differs on the page, or the heading of two sources is printed once: "
    "nothing tells one source from another",
)
def _headings_exchanged(document: TrueDocument, chance: random.Random) -> Planted | None:
    place = chance.choice(places(document, RowKind.HEADER))
    one, two = chance.choice(
        [("total", "fiscal"), ("fiscal", "other"), ("goal", "indicators"), ("total", "goal")]
    )
    texts = {one: place.cells[two].text, two: place.cells[one].text}
    start = _position(place)
    headings = [_position(p) for p in places(document, RowKind.HEADER)]
    end = min((position for position in headings if position > start), default=(10_000, 0))
    data = [p for p in places(document) if p.row.kind is not RowKind.HEADER]
    below = [p for p in data if start < _position(p) < end]
    everywhere = one == "fiscal" and len(below) == len(data)
    differs = any(
        "".join(p.cells[one].drawn_text.split()) != "".join(p.cells[two].drawn_text.split()) for p in below
    )
    return _retexted(document, place, texts, f"{one} and {two}", noticeable=differs and not everywhere)


@fault("money unit's line lost")
def _unit_line_lost(document: TrueDocument, chance: random.Random) -> Planted | None:
    lines = [i for i in document.items if i.kind is ItemKind.LINE and re.search(r"单\s*位\s*[：:]", i.text)]
    return Planted("", True, items=_with(document, dict.fromkeys(lines))) if lines else None


# --- pages -----------------------------------------------------------------------------------------


@fault("page lost")
def _page_lost(document: TrueDocument, chance: random.Random) -> Planted | None:
    """Only pages without which some sum or row is broken: the others are planted on paper."""
    from .drawn import pages_contradict

    gone = chance.randint(1, document.page_count)
    left = [page for page in range(1, document.page_count + 1) if page != gone]
    if not left or not pages_contradict(document, left):
        return None
    return Planted(f"page {gone}", True, items=tuple(item for item in document.items if item.page != gone))


@fault("page doubled")
def _page_doubled(document: TrueDocument, chance: random.Random) -> Planted | None:
    twice = chance.randint(1, document.page_count)
    moved = [replace(item, page=item.page + (item.page > twice)) for item in document.items]
    copies = [replace(item, page=item.page + 1) for item in document.items if item.page == twice]
    items = sorted([*moved, *copies], key=lambda item: (item.page, item.item_number))
    return Planted(f"page {twice}", True, items=tuple(items))


KINDS = tuple(fault.kinds)
