"""Damaged inputs for the parse rooms (pages, page items, texts), and what must hold of any.

An input is a script: bytes that are read as edits of a true document. Equal bytes make equal inputs, short
scripts stay near the document, and a fuzzer that changes bytes changes edits. :func:`run_script` reads one
and raises :class:`Broken` where something does not hold:

- nothing is raised but this package's own errors, and none of them leaves a room that promises to raise none;
- the same input gives the same result;
- every drawn character is in a cell, in a line, or counted as not shown;
- what is accepted adds up, by arithmetic that is not the parser's, and has no character that nothing draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import (
    Box,
    Char,
    Disclosure,
    ItemKind,
    PageContent,
    PageItem,
    Rule,
    TargetTable,
    Verdict,
)
from zc_pipeline.parse.accounts import check_pages
from zc_pipeline.parse.alignment import RuleInference
from zc_pipeline.parse.amounts import parse_amount, to_yuan
from zc_pipeline.parse.compare import check_order, compare_pages, take_over_blanks
from zc_pipeline.parse.document import StitchResult, stitch_items
from zc_pipeline.parse.forms import FORMS
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.pages import PageReading, read_page_items
from zc_pipeline.parse.quantities import read_quantity
from zc_pipeline.parse.readers import pdfium
from zc_pipeline.parse.text import (
    halfwidth,
    is_radical,
    label_key,
    ordinary_character,
    unwrap,
    without_blanks,
)

from .seeds import FOLDER

_PRINTED = FOLDER.parent.parent / "fixtures" / "printed"
# Small tables with clips, continued rows, covers, two tiers of headings, inferred rules.
_FIXTURES = (
    "reportlab/mix-700000079.pdf",
    "reportlab/mix-700000395.pdf",
    "typst/mix-700000323.pdf",
    "chromium/mix-700000318.pdf",
)
MOST_BYTES = 160
_MOST_EDITS = 24
_MOST_ITEMS = 3000  # rows may be doubled again and again
# A page takes a hundred times as long as a text.
_KINDS_BY_COST = ("pages", *("items",) * 3, *("text",) * 4)
_WORDS = (
    *"0123456789０９.,，-—－+()（）%％；;：:。、 \n\t\u3000\u00a0",
    *"合计总元万年月日不低于≥≤=至~个次⼯⾦",
    "1、1-产出指标；11-数量指标；",
    "2、2-效益指标；21-经济效益；",
    "实施周期指标值:",
    "年度指标值:",
    "1,234.56",
    "100%",
    "（续）",
    "单位：万元",
    "单位：元",
    "部门名称：",
    "项目支出绩效目标表",
    "第 1 页，共 2 页",
    "(cid:12)",
    "\ue000",
    "\ufffd",
    "\x00",
    "\u200b",
    "\u202e",
    "\U0002f800",
    "é",
    "²",
    "٣",
    "①",
)


_INDICATORS = "年度指标值"


class Broken(AssertionError):
    """Something that must hold of any input does not."""


class Script:
    """Bytes read as choices; after the last byte every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        """Whether all bytes are read."""
        return self._at >= len(self._data)

    @property
    def is_again(self) -> bool:
        """Whether this input is read twice, to see the same come out."""
        return sum(self._data) % 4 == 0

    def below(self, count: int) -> int:
        """A number from 0 on; counts above 256 take two bytes."""
        width = 1 if count <= 256 else 2
        read = self._data[self._at : self._at + width]
        self._at += width
        return int.from_bytes(read, "big") % max(count, 1)

    def of(self, choices: Sequence[Any]) -> Any:
        """One of the choices."""
        return choices[self.below(len(choices))]

    def shift(self) -> float:
        """A distance in points: small ones more often."""
        return float((self.below(256) - 128) / self.of((64.0, 16.0, 4.0, 1.0, 0.25)))

    def text(self) -> str:
        """A few words, digits and signs of the forms, and what breaks parsers."""
        return "".join(self.of(_WORDS) for _ in range(1 + self.below(12)))


def run_script(data: bytes) -> str:
    """Make the input that the bytes stand for and hold the rooms to their promises.

    Returns:
        The kind of input and what became of it, for counting.

    Raises:
        Broken: a promise is broken.
    """
    script = Script(data)
    kind = script.of(_KINDS_BY_COST)
    try:
        return f"{kind}: {_KINDS[kind](script)}"
    except (Broken, DocumentError):
        raise
    except Exception as error:
        raise Broken(f"{kind}: raises {error!r}") from error


def _hold(condition: object, words: str) -> None:
    if not condition:
        raise Broken(words)


# --- text -----------------------------------------------------------------------------------------


def _text(script: Script) -> str:
    text, other = script.text(), script.text()
    while not script.is_over:
        text += script.text()
    joined = unwrap(text)
    _hold(unwrap(joined) == joined, f"unwrap is not done once: {text!r}")
    _hold(without_blanks(joined) == without_blanks(text), f"unwrap changes more than blanks: {text!r}")
    _hold(halfwidth(halfwidth(text)) == halfwidth(text), f"halfwidth is not done once: {text!r}")
    _hold(label_key(label_key(text)) == label_key(text), f"label_key is not done once: {text!r}")
    _hold(not any(is_radical(ordinary_character(c)) for c in text), f"a radical stays: {text!r}")
    outcome = []
    try:
        amount = parse_amount(text)
        outcome.append("no amount" if amount is None else "amount")
        if amount is not None:
            digits = without_blanks(halfwidth(text)).replace(",", "")
            _hold(str(abs(amount.value)) in digits, f"an amount that is not printed: {text!r} is {amount}")
            yuan = to_yuan(amount, "万元")
            _hold(yuan == amount.value * 10_000, f"yuan are not exact: {text!r}")
    except DocumentError as error:
        outcome.append(error.code)
    quantity = read_quantity(text, other)
    _hold(read_quantity(text, other) == quantity, f"a quantity differs the second time: {text!r}")
    digits = "".join(text.split()).replace("，", "").replace(",", "")
    for value in (quantity.low, quantity.high):
        _hold(
            value is None or str(abs(value)) in halfwidth(digits), f"a number that is not printed: {text!r}"
        )
    for form in FORMS:
        with suppress(DocumentError):
            form.match_header(text.split("\n"))
        try:
            found = form.explode(text)
            outcome.append("indicators" if found else "no indicator")
            whole = without_blanks("".join(one.text for one in found))
            _hold(whole == without_blanks(text), f"indicators lose text: {text!r}")
            _hold([one.number for one in found] == list(range(1, len(found) + 1)), f"numbers: {text!r}")
        except DocumentError as error:
            outcome.append(error.code)
    return ", ".join(outcome)


# --- pages ----------------------------------------------------------------------------------------


@cache
def _page_starts() -> tuple[tuple[PageContent, ...], ...]:
    paths = [*sorted(FOLDER.glob("*.pdf")), *(_PRINTED / name for name in _FIXTURES[2:3])]
    # A small page is soon read: most scripts begin with it.
    return (*(_drawn_by_hand(),) * 2 * len(paths), *(tuple(pdfium.read_pages(path)) for path in paths))


def _drawn_by_hand() -> tuple[PageContent, ...]:
    """A table of two projects in few characters."""
    edges = (20.0, 120.0, 180.0, 240.0, 300.0, 360.0, 460.0, 780.0)
    indicator = "1、1-产出指标；11-数量指标；次数；实施周期指标值:5次；年度指标值:5次。"
    rows = (
        ("项目名称", "总计", "财政拨款", "财政专户拨款", "其他资金", "绩效目标", "绩效指标"),
        ("合计", "3.00", "3.00", "", "", "", ""),
        ("单位", "3.00", "3.00", "", "", "", ""),
        ("甲项目", "1.00", "1.00", "", "", "完成。", indicator),
        ("乙项目", "2.00", "2.00", "", "", "完成。", indicator),
    )
    lines = [
        (20.0, 20.0, "项目支出绩效目标表"),
        (20.0, 40.0, "部门名称：云岭市"),
        (600.0, 40.0, "单位：万元"),
    ]
    lines += [
        (left + 3, 64.0 + 20 * n, text)
        for n, row in enumerate(rows)
        for left, text in zip(edges, row, strict=False)
    ]
    chars = [
        Char(
            one,
            Box(x + 8 * n, top, x + 8 * n + 8, top + 8),
            Box(x + 8 * n + 1, top + 1, x + 8 * n + 7, top + 7),
        )
        for x, top, text in lines
        for n, one in enumerate(text)
    ]
    tops = [60.0 + 20 * n for n in range(len(rows) + 1)]
    rules = [Rule(edges[0], top, edges[-1], top) for top in tops]
    rules += [Rule(x, tops[0], x, tops[-1]) for x in edges]
    return (PageContent(1, 800.0, 400.0, 0, tuple(chars), tuple(rules), 0, "first"),)


def _pages(script: Script) -> str:
    start = script.of(_page_starts())
    pages = list(start)
    for _ in range(_MOST_EDITS):
        if script.is_over:
            break
        number = script.below(len(pages))
        pages[number] = _edit_page(script, pages[number])
    readings, problems = _read_pages(pages)
    if script.is_again:
        _hold(_read_pages(pages) == (readings, problems), "pages are read otherwise the second time")
    facts = [reading.facts for reading in readings]
    items = [item for reading in readings for item in reading.items]
    _hold(not check_pages(facts, items), "characters are not accounted for")
    for content, reading in zip(pages, readings, strict=True):
        _check_conserved(content, reading)
        other = start[content.number - 1]
        _hold(compare_pages(content, content) == [], "a page differs from itself")
        compare_pages(content, other)
        check_order(reading.items, content)
        blanks = take_over_blanks(content, other)
        _hold(_ink(blanks.chars) == _ink(content.chars), "taking over blanks changes characters")
    problems += [one for reading in readings for one in reading.problems]
    return _read_items(script, items, problems)


def _read_pages(pages: Sequence[PageContent]) -> tuple[list[PageReading], list[Any]]:
    inference = RuleInference()
    readings, problems = [], []
    for content in pages:
        ruled, inferred = inference.page(content)
        readings.append(read_page_items(ruled))
        problems += inferred
    return readings, problems


def _check_conserved(content: PageContent, reading: PageReading) -> None:
    drawn = _ink(content.chars)
    kept = Counter("".join(without_blanks(item.drawn_text) for item in reading.items))
    _hold(not kept - drawn, f"characters are invented: {''.join(kept - drawn)!r}")
    lost = (drawn - kept).total()
    _hold(lost == reading.facts.chars_not_shown, f"{lost} characters are lost, {reading.facts} says others")
    shown = Counter("".join(without_blanks(item.text) for item in reading.items))
    _hold(not shown - kept, "a text shows what it does not draw")


def _ink(chars: Sequence[Char]) -> Counter[str]:
    return Counter(ordinary_character(c) for char in chars for c in without_blanks(char.text))


def _edit_page(script: Script, page: PageContent) -> PageContent:
    chars, rules = list(page.chars), list(page.rules)
    run = slice((at := script.below(max(len(chars), 1))), at + script.of((1, 1, 1, 2, 5, 20, 60, 400)))
    match script.below(13):
        case 0:
            chars[run] = [_moved(char, script.shift(), 0.0) for char in chars[run]]
        case 1:
            across, down = script.shift(), script.shift()
            chars[run] = [_moved(char, across, down) for char in chars[run]]
        case 2:
            del chars[run]
        case 3:
            across, down = script.shift(), script.shift()
            chars += [_moved(char, across, down) for char in chars[run]]
        case 4:
            text = script.of(_WORDS)
            chars[run] = [char._replace(text=text) for char in chars[run]]
        case 5:
            clip = _some_box(script, page)
            chars[run] = [char._replace(clip=clip) for char in chars[run]]
        case 6:
            flag = script.of(("is_invisible", "is_upright", "is_unmapped", "is_quarter_turned"))
            chars[run] = [Char(**{**char._asdict(), flag: not getattr(char, flag)}) for char in chars[run]]
        case 7:
            factor = script.of((0.0, 0.01, 0.5, 0.9, 1.1, 2.0, 30.0))
            chars[run] = [_scaled(char, factor) for char in chars[run]]
        case 8:
            chars[run] = chars[run][::-1]
        case 9 if rules:
            at = script.below(len(rules))
            rules[at] = Rule(*(value + script.shift() for value in rules[at]))
            rules[at] = Rule(
                min(rules[at].x0, rules[at].x1),
                min(rules[at].top, rules[at].bottom),
                max(rules[at].x0, rules[at].x1),
                max(rules[at].top, rules[at].bottom),
            )
        case 10 if rules:
            del rules[script.below(len(rules)) :: script.of((10_000, 10_000, 2, 1))]
        case 11:
            box = _some_box(script, page)
            rules.append(
                script.of((Rule(box.x0, box.top, box.x1, box.top), Rule(box.x0, box.top, box.x0, box.bottom)))
            )
        case _:
            return replace(
                page, width=page.width * script.of((0.5, 0.9, 1.5)), rotation=script.of((0, 90, 180))
            )
    return replace(page, chars=tuple(chars), rules=tuple(rules))


def _moved(char: Char, across: float, down: float) -> Char:
    box, ink = (
        Box(b.x0 + across, b.top + down, b.x1 + across, b.bottom + down) for b in (char.box, char.ink)
    )
    return char._replace(box=box, ink=ink)


def _scaled(char: Char, factor: float) -> Char:
    x, y = char.box.x0, char.box.top
    box, ink = (
        Box(
            *(
                x + (b[0] - x) * factor,
                y + (b[1] - y) * factor,
                x + (b[2] - x) * factor,
                y + (b[3] - y) * factor,
            )
        )
        for b in (char.box, char.ink)
    )
    return char._replace(box=box, ink=ink)


def _some_box(script: Script, page: PageContent) -> Box:
    x0, x1 = sorted(page.width * script.below(256) / 255 for _ in range(2))
    top, bottom = sorted(page.height * script.below(256) / 255 for _ in range(2))
    return Box(x0, top, x1, bottom)


# --- items ----------------------------------------------------------------------------------------


@cache
def _item_starts() -> tuple[tuple[PageItem, ...], ...]:
    paths = [*sorted(FOLDER.glob("*.pdf")), *(_PRINTED / name for name in _FIXTURES)]
    return (_items_of(_drawn_by_hand()), *(_items_of(pdfium.read_pages(path)) for path in paths))


def _items_of(pages: Any) -> tuple[PageItem, ...]:
    inference = RuleInference()
    return tuple(item for page in pages for item in read_page_items(inference.page(page)[0]).items)


def _items(script: Script) -> str:
    items = list(script.of(_item_starts()))
    for _ in range(_MOST_EDITS):
        if script.is_over or not items or len(items) > _MOST_ITEMS:
            break
        items = _edit_items(script, items)
    return _read_items(script, items, [])


def _edit_items(script: Script, items: list[PageItem]) -> list[PageItem]:
    at = script.below(len(items))
    item = items[at]
    match script.below(10):
        case 0:
            return [*items[:at], _with_text(item, script.text()), *items[at + 1 :]]
        case 1:
            other = script.below(len(items))
            texts = [(items[n].drawn_text, items[n].line_shown_pct) for n in (at, other)]
            changed = list(items)
            changed[at] = _with_lines(item, *texts[1])
            changed[other] = _with_lines(items[other], *texts[0])
            return changed
        case 2:
            return [*items[:at], _with_text(item, ""), *items[at + 1 :]]
        case 3:
            lines = item.drawn_text.split("\n")
            pct = [str(script.of((0, 5, 30, 60, 95, 100))) for _ in lines]
            return [*items[:at], _with_lines(item, item.drawn_text, ",".join(pct)), *items[at + 1 :]]
        case 4:
            return [one for one in items if not _same_row(one, item)]
        case 5:
            row = [one for one in items if _same_row(one, item)]
            return _with_row(items, item, row)
        case 6:
            return _swapped_rows(items, item, items[script.below(len(items))])
        case 7:
            span = script.of((1, 2, 7))
            return [*items[:at], replace(item, column_span=span if item.grid_row else None), *items[at + 1 :]]
        case 8:
            last = max(one.page for one in items)
            page = [replace(one, page=last + 1) for one in items if one.page == item.page]
            return [*items, *page]
        case _:
            edges = [script.of((0.0, script.shift())) for _ in range(4)]
            box = Box(*(value + edge for value, edge in zip(item.box, edges, strict=True)))
            indent = None if item.indent is None else item.indent + script.of((0.0, 20.0, -3.0))
            return [*items[:at], replace(item, box=box, indent=indent), *items[at + 1 :]]


def _same_row(one: PageItem, other: PageItem) -> bool:
    return (one.page, one.grid_number, one.grid_row) == (other.page, other.grid_number, other.grid_row)


def _with_row(items: Sequence[PageItem], item: PageItem, row: Sequence[PageItem]) -> list[PageItem]:
    """A row once more below itself; those below it go down by one."""
    if item.grid_row is None:
        return [*items, *row]
    found: list[PageItem] = []
    for one in items:
        is_below = (one.page, one.grid_number) == (item.page, item.grid_number) and (
            (one.grid_row or 0) > item.grid_row
        )
        found.append(replace(one, grid_row=(one.grid_row or 0) + 1) if is_below else one)
    place = max(n for n, one in enumerate(found) if _same_row(one, item)) + 1
    found[place:place] = [replace(one, grid_row=item.grid_row + 1) for one in row]
    return found


def _swapped_rows(items: Sequence[PageItem], one: PageItem, other: PageItem) -> list[PageItem]:
    """The texts of two rows in each other's place."""
    rows = [
        {item.grid_column: item for item in items if _same_row(item, row)} if row.grid_row else {}
        for row in (one, other)
    ]
    found = []
    for item in items:
        for own, its in (rows, rows[::-1]):
            if own.get(item.grid_column) is item and item.grid_column in its:
                text = its[item.grid_column]
                item = _with_lines(item, text.drawn_text, text.line_shown_pct)
                break
        found.append(item)
    return found


def _with_text(item: PageItem, text: str) -> PageItem:
    lines = [line for line in text.split("\n") if line.strip()]
    return _with_lines(item, "\n".join(lines), ",".join("100" for _ in lines))


def _with_lines(item: PageItem, drawn: str, shown: str) -> PageItem:
    """An item with other lines, as a page would tell them."""
    if item.kind is ItemKind.LINE:
        drawn, shown = drawn.replace("\n", " ") or "-", "100"
    lines = (
        list(zip(drawn.split("\n"), [int(pct) for pct in shown.split(",")], strict=False)) if drawn else []
    )
    return replace(
        item,
        drawn_text="\n".join(line for line, _ in lines),
        text="\n".join(line for line, pct in lines if pct >= 10),
        line_shown_pct=",".join(str(pct) for _, pct in lines),
        is_clipped=any(pct < 92 for _, pct in lines),
        indent=(item.indent or 3.0) if lines else None,
    )


def _read_items(script: Script, items: Sequence[PageItem], problems: Sequence[Any]) -> str:
    stitched = stitch_items(items)
    disclosure = _judge(items, stitched, problems)
    if script.is_again:
        again = stitch_items(items)
        _hold(again == stitched, "rows are joined otherwise the second time")
        _hold(_judge(items, again, problems) == disclosure, "the verdict differs the second time")
    for problem in disclosure.problems:
        _hold(problem.code != "internal_error", problem.message)
    for table in disclosure.tables:
        if table.verdict is Verdict.ACCEPTED:
            check_accepted(table, items)
    return disclosure.verdict.value


def _judge(items: Sequence[PageItem], stitched: StitchResult, problems: Sequence[Any]) -> Disclosure:
    return build_disclosure(
        document_id="0" * 64,
        source_file="fuzzed.pdf",
        fiscal_year=2024,
        page_count=max((item.page for item in items), default=0),
        tables=stitched.tables,
        rows=stitched.rows,
        problems=[*problems, *stitched.problems],
    )


def check_accepted(table: TargetTable, items: Sequence[PageItem]) -> None:
    """Hold an accepted table to its promises.

    Raises:
        Broken: it does not add up, its indicators are not numbered through, or it says what nothing draws.
    """
    if not table.projects:
        # An empty form is no error; a table whose projects are left out is.
        pages = range(table.facts.page_first, table.facts.page_last + 1) if table.facts else ()
        left_out = next(
            (i.text for i in items if i.page in pages and _INDICATORS in without_blanks(i.drawn_text)), None
        )
        _hold(left_out is None, f"accepted without projects, though a cell says {str(left_out)[:40]!r}")
    places = [0]
    readded = Decimal(0)
    drawn = Counter("".join(without_blanks(item.drawn_text) for item in items))
    said: Counter[str] = Counter()
    for project in table.projects:
        readded += project.total_cny or 0
        if project.total_text:
            places.append(len(project.total_text.strip().partition(".")[2]))
        numbers = [one.indicator_number for one in project.indicators]
        _hold(numbers == list(range(1, len(numbers) + 1)), f"indicators {numbers}")
        whole = without_blanks("".join(one.indicator_text for one in project.indicators))
        _hold(whole == without_blanks(project.indicators_text), "indicators are not what their cell says")
        said.update(without_blanks(project.project_name + project.performance_goal + project.indicators_text))
        said.update(without_blanks("".join(filter(None, _texts(project)))))
    unit = Decimal(10_000 if table.facts and table.facts.money_unit == "万元" else 1)
    _hold(not said - drawn, f"said and not drawn: {''.join(said - drawn)!r}")
    _hold(table.readded_total_cny == readded, "the re-added total is another")
    if table.printed_total_cny is not None:
        rounds = unit * Decimal(1).scaleb(-max(places)) / 2 * (len(table.projects) + table.unit_count + 2)
        off = abs(table.printed_total_cny - readded)
        _hold(off <= rounds, f"accepted, though {table.printed_total_cny} is printed and {readded} re-added")


def _texts(project: Any) -> list[str | None]:
    return [
        getattr(project, name)
        for name in (
            "total_text",
            "fiscal_text",
            "general_budget_text",
            "government_fund_text",
            "state_capital_text",
            "special_account_text",
            "other_text",
        )
    ]


_KINDS: dict[str, Callable[[Script], str]] = {"pages": _pages, "items": _items, "text": _text}


def seed_scripts(folder: Path) -> None:
    """Write a few scripts to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(64):
        (folder / f"start-{number}").write_bytes(
            bytes((number * 37 + n * n) % 256 for n in range(2 + number))
        )
