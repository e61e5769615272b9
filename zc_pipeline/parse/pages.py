"""One page's characters and rules to its items: table cells and free lines, with what a clip hides.

Nothing here knows what a budget is. Every character drawn is accounted for in :class:`PageFacts`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, repeat
from math import inf, isfinite
from operator import add, ge, sub
from statistics import median, median_low
from typing import Final, NamedTuple

from zc_pipeline.errors import Stage
from zc_pipeline.model import Box, Char, ItemKind, PageContent, PageFacts, PageItem, Problem
from zc_pipeline.parse.grid import Cell, Grid, find_grids
from zc_pipeline.parse.shapes import lie_over_each_other
from zc_pipeline.parse.text import halfwidth, is_radical, ordinary_character, without_blanks

# A line of which less of its ink's height shows is hidden.
HIDDEN_BELOW_PCT: Final = 10
# A line of which less shows is cut: the page shows it in part.
CUT_BELOW_PCT: Final = 92
# Two copies of a character nearer than this part of its height (sideways: of its width) are one, printed
# twice for boldness. Narrow digits stand nearer to each other than a part of their height.
_OVERPRINT_SHIFT: Final = 0.15
_OVERPRINT_SHIFT_SIDEWAYS: Final = 0.3
# Text that reaches further than this part of a character into the next cell runs over the rule.
_OVER_RULE: Final = 0.25
_TOUCHING_PT: Final = 0.5  # what reaches into a table by less touches it only
_OVER_RULE_PT: Final = 1.0
# Over the first or last rule of a table, beyond which there is no other cell, a line of several may reach
# further: programs that let a row go on over a page break draw its lines so.
_OVER_OUTER_RULE: Final = 0.45
_LINE_PITCH: Final = 1.8  # in character heights: lines nearer than this are of one text
_EVEN: Final = 0.15  # in character heights: by how much sizes and distances of lines of one text differ
_ALIGNED_PT: Final = 1.5
_NEARLY_FULL: Final = 2.5  # in character heights: so much may be left at the end of a line that goes on
_NO_WORDS: Final = re.compile(r"[\d\W_]*|第\d+页.*|page.*", re.IGNORECASE)
_ABUTTING: Final = 0.06  # in character heights: characters of one text stand nearer, across a rule too
_CLOSING: Final = frozenset("，。、；：！？）》〉」』】”’")
_HANGING: Final = _CLOSING | frozenset("％‰℃,.;:!?)]%")  # what begins no line
_OPENING: Final = frozenset("（《〈「『【“‘")
_BAND_PT: Final = 8.0
_LARGE: Final = 1.5  # so many times the usual height: a character of a title
_FAR_OFF_PT: Final = 1e5  # no page is so large
_SQUARE_PT: Final = 4.0  # near characters are looked for in squares of the page so wide
_ROUNDING: Final = 0.001  # what reckoning with points may lose
_LOWEST_INK_PT: Final = 0.01
_FREE_BELOW_PCT: Final = 50  # what stands in no cell and shows less is a row's remnant, not a line
_BESIDE: Final = 0.8  # of its height: free text nearer to the side of a table may be a cell's
_LOW: Final = 0.6  # of the usual height
_NOT_OF_A_GLYPH: Final = 1.3  # times its advance
_SHEETS: Final = 10.0  # times a page's width and height
_RUNS_ON: Final = 1.5  # parts of its height: how far a character may stand from the one that it follows
_FRAME_OF_PAGE: Final = 0.75  # of its width and height
_FREE_LINE_GAP: Final = 3.0  # in character heights: wider gaps part a free line (部门名称 … 单位)
_LATIN_SPACE_GAP: Final = 0.25  # in character heights: a wider gap between Latin letters is a space
_BEFORE_LATIN: Final = re.compile(r"[0-9A-Za-z](?=[0-9A-Za-z])")

_new_tuple = tuple.__new__  # a record from all of its values at once: a page has thousands


@dataclass(frozen=True, slots=True)
class PageReading:
    """One page as ``page_text`` tells it."""

    facts: PageFacts
    items: tuple[PageItem, ...]
    problems: tuple[Problem, ...]


class _Glyph(NamedTuple):
    """A character with how much of it the page shows."""

    text: str
    box: Box
    ink: Box
    shown_pct: int  # of its ink's height
    is_cut_sideways: bool
    clip: Box | None
    hangs: bool = False  # over the right edge of its cell, as typesetters let closing punctuation

    @property
    def is_hidden(self) -> bool:
        return self.shown_pct < HIDDEN_BELOW_PCT


def read_page_items(content: PageContent) -> PageReading:
    """Lay out one page.

    Args:
        content: a page from a reader that knows clips.

    Returns:
        facts (counts of non-blank characters), items in reading order (the cells of each grid row by row,
        free lines between them by height), and the page's problems.
    """
    page_box = Box(0.0, 0.0, content.width, content.height)
    drawn = collapse_overprints(content.chars)
    counts: dict[str, int] = defaultdict(int)
    problems: list[Problem] = []
    turned: list[str] = []
    sideways_chars: list[Char] = []
    hidden: list[str] = []
    plain: list[Char] = []
    for char in drawn:
        if char.is_invisible:
            counts["invisible"] += _inked([char])
            hidden.append(char.text)
        elif not char.is_upright:
            inked = _inked([char])
            counts["turned"] += inked
            turned.append(char.text)
            if char.is_quarter_turned and inked:
                sideways_chars.append(char)
        else:
            plain.append(char)
    glyphs, off_page = _measure_all(plain, page_box)
    counts["off_page"] = _inked(off_page)
    radical_count = _mend_radicals(glyphs)

    grids = [grid for grid in find_grids(content.rules) if not _is_page_frame(grid, page_box)]
    by_cell, free, clipped = _assign(glyphs, grids)
    items, sideways, over_rule, over_text = _lay_out_cells(content, grids, by_cell)
    free_lines = _lines_of(free)
    items += _lay_out_free_lines(content, free_lines)
    over_text += _over_each_other(free_lines)
    items.sort(key=lambda item: _reading_order(item, grids))
    items = [_numbered(item, number) for number, item in enumerate(items, start=1)]

    def problem(code: str, message: str, raw: str | None = None) -> None:
        problems.append(Problem(Stage.PAGE_TEXT, code, message, page=content.number, raw=raw))

    cut_lines = [glyph.text for glyph in clipped if glyph.is_cut_sideways and not glyph.is_hidden]
    if cut_lines:
        sideways.append(_excerpt(cut_lines))
    beside = [
        char.text
        for char in off_page
        if _is_far(char, page_box) or any(_runs_off(char, grid, glyphs) for grid in grids)
    ]
    if beside:
        sideways.append(_excerpt(beside))
    for text in sideways:
        where = f"Page {content.number}"
        problem("text_cut_sideways", f"{where}: text is hidden at its left or right edge.", text)
    for text in over_rule:
        problem(
            "text_over_rule",
            f"Page {content.number}: text runs over a rule of the table, so its cell is in doubt.",
            text,
        )
    for item in items:
        if item.kind is ItemKind.LINE and any(_stands_beside(item, grid) for grid in grids):
            problem(
                "text_over_rule",
                f"Page {content.number}: text stands right beside the table; it may belong to a cell there.",
                item.text,
            )
    for grid in grids:
        for box in grid.broken:
            problem(
                "broken_grid",
                f"Page {content.number}: the rules around the box {_describe(box)} do not form a rectangle.",
            )
        for item in items:
            if item.kind is ItemKind.LINE and _lies_within(item.box, grid.box):
                problem(
                    "text_outside_table",
                    f"Page {content.number}: text stands between the rules of the table but in no cell.",
                    item.text,
                )
    if any(_overlap(note, grid.box) for note in content.notes for grid in grids):
        problem(
            "note_over_table",
            f"Page {content.number}: a note, stamp or form field was put on the table afterwards; what it "
            "says is not read.",
        )
    if over_text:
        problem(
            "text_over_text",
            f"Page {content.number}: {len(over_text)} pairs of characters are printed over each other.",
            _excerpt(over_text),
        )
    covered = content.half_covered if grids else ()
    if covered:
        problem(
            "text_half_covered",
            f"Page {content.number}: {len(covered)} characters show in part only (painted over, masked, "
            f"clipped or of their ground's colour), the first at {_describe(covered[0])}.",
        )
    in_cells = [char.text for char in sideways_chars if any(_reach_over(char.ink, g.box) for g in grids)]
    if in_cells:
        problem(
            "turned_in_table",
            f"Page {content.number}: {len(in_cells)} characters in the table stand sideways; their cells are "
            "not read in full.",
            _excerpt(in_cells),
        )
    if hidden and any(not text.isspace() for text in hidden):
        problem(
            "hidden_text",
            f"Page {content.number}: {counts['invisible']} invisible characters left out.",
            _excerpt(hidden),
        )
    if turned and any(not text.isspace() for text in turned):
        problem(
            "turned_text",
            f"Page {content.number}: {counts['turned']} turned characters left out.",
            _excerpt(turned),
        )
    if radical_count:
        problem(
            "radicals_mapped",
            f"Page {content.number}: {radical_count} radical symbols read as ordinary characters.",
        )

    chars_drawn = _inked(content.chars)
    facts = PageFacts(
        number=content.number,
        width=round(content.width, 2),
        height=round(content.height, 2),
        rotation=content.rotation,
        chars_drawn=chars_drawn,
        chars_in_cells=sum(map(_inked, by_cell.values())),
        chars_in_lines=_inked(free),
        chars_clipped=_inked(clipped),
        chars_off_page=counts["off_page"],
        chars_invisible=counts["invisible"],
        chars_turned=counts["turned"],
        chars_overprinted=chars_drawn - _inked(drawn) if len(drawn) < len(content.chars) else 0,
        image_count=content.image_count,
    )
    return PageReading(facts, tuple(items), tuple(problems))


def _stands_beside(line: PageItem, grid: Grid) -> bool:
    """Whether a free line begins or ends so near to a side of a table that it may run over from a cell."""
    x0, top, x1, bottom = line.box
    height = bottom - top
    if not grid.box.top <= (top + bottom) / 2 <= grid.box.bottom:
        return False
    gap = max(x0 - grid.box.x1, grid.box.x0 - x1)
    return -height <= gap <= _BESIDE * height


def _overlap(one: Box, other: Box) -> bool:
    common = one.intersect(other)
    return common.width > 0 and common.height > 0


def _is_page_frame(grid: Grid, page: Box) -> bool:
    """Whether a grid is one box around all that the page prints: an ornament, no table."""
    return (
        len(grid.cells) == 1
        and grid.box.width > _FRAME_OF_PAGE * page.width
        and grid.box.height > _FRAME_OF_PAGE * page.height
    )


def _inked(glyphs: Iterable[Char | _Glyph]) -> int:
    """How many characters that are no blanks."""
    return len(without_blanks("".join([glyph.text for glyph in glyphs])))


def collapse_overprints(chars: Iterable[Char]) -> list[Char]:
    """Drop copies of a character printed over itself (bold by overprint), keeping the first.

    Copies under different clips are not the same: one of them may be a hidden part of another row. Nor is a
    slanted character (a watermark's) a copy of an upright one.
    """
    chars = list(chars)
    doubtful = _texts_standing_close(chars)
    if not doubtful:
        return chars
    kept: list[Char] = []
    # Of equal characters, the middles of the kept ones by the square of the page that they lie in.
    squares: dict[tuple[str, Box | None, bool, bool], dict[tuple[int, int], list[tuple[float, float]]]] = {}
    for char in chars:
        if char.text not in doubtful:
            kept.append(char)
            continue
        x0, top, x1, bottom = char.box
        x, y = (x0 + x1) / 2, (top + bottom) / 2
        column, row = int(x // _SQUARE_PT), int(y // _SQUARE_PT)
        key = (char.text, char.clip, char.is_invisible, char.is_upright)
        known = squares.get(key)
        if known is None:
            squares[key] = {(column, row): [(x, y)]}
            kept.append(char)
            continue
        shift = _OVERPRINT_SHIFT * max(bottom - top, 1.0)
        sideways = min(shift, _OVERPRINT_SHIFT_SIDEWAYS * max(x1 - x0, 1.0))
        if _has_near(known, x, y, column, row, sideways, shift):
            continue
        known.setdefault((column, row), []).append((x, y))
        kept.append(char)
    return kept


def _texts_standing_close(chars: Sequence[Char]) -> set[str]:
    """The texts of all characters that stand so close to any other that they could be its copy.

    No copy has another text: on most pages there are none, and no two characters need be compared. What is
    left out here surely has no copy; what is named may have none either.
    """
    if not chars:
        return set()
    x0s, tops, x1s, bottoms = zip(*[char.box for char in chars], strict=True)
    xs, ys = list(map(add, x0s, x1s)), list(map(add, tops, bottoms))  # twice the middles
    if not isfinite(sum(xs) + sum(ys)) or max(xs) > _FAR_OFF_PT or min(xs) < -_FAR_OFF_PT:
        return {char.text for char in chars}
    heights = list(map(sub, bottoms, tops))
    large = _LARGE * median_low(heights)
    found = {char.text for char, height in zip(chars, heights, strict=True) if height > large}
    highest = max((height for height in set(heights) if height <= large), default=0.0)
    reach = 2 * _OVERPRINT_SHIFT * max(highest, 1.0) + _ROUNDING
    # All that stand in one stripe of the page are put in a row, the stripes far apart from each other.
    starts = {}
    start, last = 0.0, -inf
    for y in sorted(set(ys)):
        if y - last > reach:
            start += 4 * _FAR_OFF_PT
        starts[y], last = start, y
    in_a_row = list(map(add, map(starts.__getitem__, ys), xs))
    ordered = sorted(in_a_row)
    if not any(map(ge, repeat(reach), map(sub, islice(ordered, 1, None), ordered))):
        return found
    order = sorted(range(len(chars)), key=in_a_row.__getitem__)
    for one, other in pairwise(order):
        if in_a_row[other] - in_a_row[one] <= reach:
            found |= {chars[one].text, chars[other].text}
    return found


def _has_near(
    squares: Mapping[tuple[int, int], Sequence[tuple[float, float]]],
    x: float,
    y: float,
    column: int,
    row: int,
    sideways: float,
    shift: float,
) -> bool:
    """Whether a point in a square or beside it lies nearer than the two distances allow."""
    # Only the squares within reach: mostly the point's own.
    left = column - 1 if x - column * _SQUARE_PT <= sideways + _ROUNDING else column
    right = column + 1 if (column + 1) * _SQUARE_PT - x <= sideways + _ROUNDING else column
    above = row - 1 if y - row * _SQUARE_PT <= shift + _ROUNDING else row
    below = row + 1 if (row + 1) * _SQUARE_PT - y <= shift + _ROUNDING else row
    for one_column in range(left, right + 1):
        for one_row in range(above, below + 1):
            for other_x, other_y in squares.get((one_column, one_row), ()):
                if abs(other_x - x) <= sideways and abs(other_y - y) <= shift:
                    return True
    return False


class _View(NamedTuple):
    """What a clip shows of a page."""

    clip: Box
    is_own_clip: bool  # it shows less than the page


def _view(clip: Box | None, page_box: Box) -> _View:
    if clip is None:
        return _View(page_box, False)
    shown = clip.intersect(page_box)
    return _View(shown, shown.height < page_box.height - 1.0 or shown.width < page_box.width - 1.0)


def _measure_all(chars: Iterable[Char], page_box: Box) -> tuple[list[_Glyph], list[Char]]:
    """How much of each character shows; apart from them those that lie off the page."""
    glyphs: list[_Glyph] = []
    off_page: list[Char] = []
    views: dict[Box | None, _View] = {None: _view(None, page_box)}
    clip_before: Box | None = None
    view = views[None]
    (left, above, right, below), own_clip = view.clip, None
    for char in chars:
        text, box, ink, clip, _, _, _, _ = char
        if clip is not clip_before:
            clip_before = clip
            known = views.get(clip)
            if known is None:
                known = views[clip] = _view(clip, page_box)
            view = known
            left, above, right, below = view.clip
            own_clip = view.clip if view.is_own_clip else None
        _, top, _, bottom = ink
        shows_whole = above <= top and bottom <= below and bottom - top >= _LOWEST_INK_PT
        if shows_whole and left <= (box[0] + box[2]) / 2 <= right:
            glyphs.append(_new_tuple(_Glyph, (text, box, ink, 100, False, own_clip, False)))
            continue
        glyph = _measure(char, view)
        if glyph is None:
            off_page.append(char)
        else:
            glyphs.append(glyph)
    return glyphs, off_page


def _mend_radicals(glyphs: list[_Glyph]) -> int:
    """Put ordinary characters in place of radical symbols; how many there were."""
    radicals = {text for text in {glyph.text for glyph in glyphs} if is_radical(text)}
    if not radicals:
        return 0
    places = [place for place, glyph in enumerate(glyphs) if glyph.text in radicals]
    for place in places:
        glyphs[place] = glyphs[place]._replace(text=ordinary_character(glyphs[place].text))
    return len(places)


def _measure(char: Char, view: _View) -> _Glyph | None:
    """How much of a character shows; None where it lies off the page with no clip to explain it."""
    clip, is_own_clip = view
    _, top, _, bottom = char.ink
    if clip.top <= top and bottom <= clip.bottom and bottom - top >= _LOWEST_INK_PT:
        shown_pct = 100
    else:
        height = max(bottom - top, _LOWEST_INK_PT)
        seen = min(bottom, clip.bottom) - max(top, clip.top)
        shown_pct = max(0, min(100, round(100 * seen / height)))
    is_sideways = not clip.x0 <= (char.box.x0 + char.box.x1) / 2 <= clip.x1
    if not is_own_clip and (shown_pct < HIDDEN_BELOW_PCT or is_sideways):
        return None
    return _Glyph(
        char.text,
        char.box,
        char.ink,
        shown_pct,
        is_sideways and not char.text.isspace(),
        clip if is_own_clip else None,
    )


def _is_far(char: Char, page: Box) -> bool:
    """Whether a character stands farther off the page than on any sheet of which it could be a part."""
    x, y = char.box.center
    across, down = _SHEETS * page.width, _SHEETS * page.height
    return not char.text.isspace() and not (-across < x < across and -down < y < down)


def _runs_off(char: Char, grid: Grid, glyphs: Iterable[_Glyph]) -> bool:
    """Whether a character off the page goes on with a text that begins on it, at the height of a table.

    What else stands there is of another page: of a printed sheet, of which this page is a part.
    """
    box = char.box
    if char.text.isspace() or not grid.box.top <= char.ink.center[1] <= grid.box.bottom:
        return False
    reach = _RUNS_ON * box.height
    return any(
        abs(glyph.box.center[1] - box.center[1]) < 0.5 * box.height
        and not glyph.text.isspace()
        and min(abs(box.x0 - glyph.box.x1), abs(glyph.box.x0 - box.x1)) <= reach
        for glyph in glyphs
    )


_CellKey = tuple[int, int, int]  # grid number, row, column: from 1


def _assign(
    glyphs: list[_Glyph], grids: Sequence[Grid]
) -> tuple[dict[_CellKey, list[_Glyph]], list[_Glyph], list[_Glyph]]:
    """Give each character to a cell, to the free text, or to what a clip took away from the page."""
    by_cell: dict[_CellKey, list[_Glyph]] = defaultdict(list)
    free: list[_Glyph] = []
    clipped: list[_Glyph] = []
    places = _CellFinder(grids).cells_of(glyphs)
    _pull_back_hanging(glyphs, places, grids)
    for glyph, found in zip(glyphs, places, strict=True):
        if found is not None:
            by_cell[found].append(glyph)
        elif glyph.is_hidden or glyph.is_cut_sideways or glyph.shown_pct < _FREE_BELOW_PCT:
            clipped.append(glyph)
        else:
            free.append(glyph)
    return by_cell, free, clipped


def _pull_back_hanging(glyphs: list[_Glyph], places: list[_CellKey | None], grids: Sequence[Grid]) -> None:
    """Give closing punctuation that hangs over the right edge of a cell back to the text it closes.

    Typesetters and office suites let it stand past the margin. It is the cell's where it follows the cell's
    last character at the edge and nothing follows it there.
    """
    bands: dict[int, list[int]] = {}
    edges = sorted({cell.box.x1 for grid in grids for cell in grid.cells})
    hanging = [index for index, glyph in enumerate(glyphs) if glyph.text in _HANGING and not glyph.is_hidden]
    any_hangs = False
    for index in sorted(hanging, key=lambda one: glyphs[one].box.x0):
        glyph = glyphs[index]
        # It hangs over an edge that it begins near, or follows another that hangs.
        nearest = bisect_left(edges, glyph.box.x0 - 0.4 * glyph.box.height - _ROUNDING)
        if not any_hangs and (nearest == len(edges) or edges[nearest] >= glyph.ink.x1):
            continue
        if not bands:
            bands = _bands(glyphs)
        band = int(glyph.box.center[1] // _BAND_PT)
        line = [
            other
            for near in (band - 1, band, band + 1)
            for other in bands.get(near, ())
            if other != index
            and not glyphs[other].text.isspace()
            and abs(glyphs[other].box.center[1] - glyph.box.center[1]) <= 0.2 * glyph.box.height
        ]
        reach = 0.2 * glyph.box.height
        before = [other for other in line if abs(glyphs[other].box.x1 - glyph.box.x0) <= reach]
        after = [
            other
            for other in line
            if 0 <= glyphs[other].box.x0 - glyph.box.x1 + reach <= 2.5 * reach
            and glyphs[other].text not in _HANGING
        ]
        if len(before) != 1 or after:
            continue
        cell_key = places[before[0]]
        if cell_key is None:
            continue
        edge = next(
            cell.box.x1 for cell in grids[cell_key[0] - 1].cells if (cell.row, cell.column) == cell_key[1:]
        )
        last = glyphs[before[0]]
        if (last.box.x1 <= edge + reach or last.hangs) and glyph.ink.x1 > edge:
            places[index] = cell_key
            glyphs[index] = glyph._replace(hangs=True)
            any_hangs = True


def _bands(glyphs: Iterable[_Glyph]) -> dict[int, list[int]]:
    """The places of characters in their list, by the stripe of the page that they stand in."""
    bands: dict[int, list[int]] = defaultdict(list)
    for index, glyph in enumerate(glyphs):
        _, top, _, bottom = glyph.box
        bands[int((top + bottom) / 2 // _BAND_PT)].append(index)
    return bands


class _CellFinder:
    """Finds the cell that a character lies in; neighbours mostly lie in one."""

    def __init__(self, grids: Sequence[Grid]) -> None:
        self._grids = grids
        self._last: list[Cell | None] = [None] * len(grids)
        self._are_apart = not any(_overlap(one.box, other.box) for one, other in combinations(grids, 2))

    def cells_of(self, glyphs: Iterable[_Glyph]) -> list[_CellKey | None]:
        """The cell of each character; None where it lies in none."""
        found: list[_CellKey | None] = []
        x0 = top = x1 = bottom = 0.0  # of the cell before, if a point within it is in no other
        before: _CellKey | None = None
        for glyph in glyphs:
            left, above, right, below = glyph.ink
            is_cut = glyph.shown_pct < CUT_BELOW_PCT
            if not is_cut and x0 < (left + right) / 2 < x1 and top < (above + below) / 2 < bottom:
                found.append(before)
                continue
            key = self.cell_of(glyph)
            found.append(key)
            last = self._last[key[0] - 1] if key is not None and self._are_apart else None
            if last is not None and key is not None and (last.row, last.column) == key[1:]:
                before, (x0, top, x1, bottom) = key, last.box
        return found

    def cell_of(self, glyph: _Glyph) -> _CellKey | None:
        x0, top, x1, bottom = glyph.ink
        x, y = (x0 + x1) / 2, (top + bottom) / 2
        if glyph.clip is not None and glyph.shown_pct < CUT_BELOW_PCT:
            # A clip shows the page's part of one row: what it hides belongs to the row it shows.
            found = _cell_in_band(x, glyph, glyph.clip, self._grids)
            if found is not None or glyph.is_hidden:
                return found
        # A full stop's ink lies low: at the foot of a row that a page break cuts it can stand below the rule.
        return self._cell_at(x, y) or self._cell_at(x, glyph.box.center[1])

    def _cell_at(self, x: float, y: float) -> _CellKey | None:
        for place, grid in enumerate(self._grids):
            if not grid.box.contains(x, y):
                continue
            last = self._last[place]
            if last is not None:
                box = last.box
                # On an edge it could be the cell before this one.
                if box.x0 < x < box.x1 and box.top < y < box.bottom:
                    return place + 1, last.row, last.column
            for cell in grid.cells:
                x0, top, x1, bottom = cell.box
                if x0 <= x <= x1 and top <= y <= bottom:
                    self._last[place] = cell
                    return place + 1, cell.row, cell.column
        return None


def _cell_in_band(x: float, glyph: _Glyph, clip: Box, grids: Sequence[Grid]) -> _CellKey | None:
    """The cell in a character's column that its clip lies on; the nearest one if the clip spans several.

    A clip much lower than a cell is no cell's: it is the sliver of a row that a page break left over.
    """
    candidates: list[tuple[float, _CellKey]] = []
    y = glyph.box.center[1]
    for number, grid in enumerate(grids, start=1):
        if not grid.box.x0 <= x <= grid.box.x1:
            continue
        for cell in grid.cells:
            if not cell.box.x0 <= x <= cell.box.x1:
                continue
            common = cell.box.intersect(clip).height
            is_sliver = clip.height < 0.5 * cell.box.height
            if common > 0 and common >= 0.5 * min(cell.box.height, clip.height) and not is_sliver:
                distance = max(cell.box.top - y, y - cell.box.bottom, 0.0)
                candidates.append((distance, (number, cell.row, cell.column)))
    return min(candidates)[1] if candidates else None


def _lay_out_cells(
    content: PageContent, grids: Sequence[Grid], by_cell: dict[_CellKey, list[_Glyph]]
) -> tuple[list[PageItem], list[str], list[str], list[str]]:
    """The cells as items; the texts that are cut sideways, run over a rule, lie over each other."""
    items: list[PageItem] = []
    sideways: list[str] = []
    over_rule: list[str] = []
    over_text: list[str] = []
    for number, grid in enumerate(grids, start=1):
        edges = _AtEdges()
        for cell in grid.cells:
            glyphs = by_cell.get((number, cell.row, cell.column), [])
            shown = [g for g in glyphs if g.shown_pct >= HIDDEN_BELOW_PCT and not g.text.isspace()]
            if any(glyph.is_cut_sideways for glyph in shown):
                sideways.append(_excerpt([glyph.text for glyph in glyphs]))
            if _runs_over_rule(shown, cell, grid) or edges.abut(cell.box, shown):
                over_rule.append(_excerpt([glyph.text for glyph in glyphs]))
            lines = _lines_of(glyphs)
            over_text += _over_each_other(lines)
            items.append(_cell_item(content, number, cell, lines, has_visible=bool(shown)))
    return items, sideways, over_rule, over_text


def _over_each_other(lines: Iterable[Sequence[_Glyph]]) -> list[str]:
    """The neighbours in lines of which one hides the other, as texts of two characters."""
    found = []
    for line in lines:
        seen = [g for g in line if g.shown_pct >= HIDDEN_BELOW_PCT and not g.text.isspace()]
        found += [
            one.text + other.text
            for one, other in pairwise(seen)
            if one.ink[2] > other.ink[0]
            and not (_has_no_ink_of_its_own(one) and _has_no_ink_of_its_own(other))
            and lie_over_each_other(one.text, one.ink, other.text, other.ink)
        ]
    return found


def _has_no_ink_of_its_own(glyph: _Glyph) -> bool:
    """Whether a font tells one and the same large box as the ink of every glyph."""
    return glyph.ink.width > _NOT_OF_A_GLYPH * glyph.box.width


def _reaches_out(glyph: _Glyph, cell: Box) -> bool:
    """Whether what shows of a character reaches over an edge of its cell."""
    ink = glyph.ink
    if cell.x0 <= ink.x0 and ink.x1 <= cell.x1 and cell.top <= ink.top and ink.bottom <= cell.bottom:
        return False
    ink = ink if glyph.clip is None else ink.intersect(glyph.clip)
    across = max(cell.x0 - ink.x0, ink.x1 - cell.x1)
    along = max(cell.top - ink.top, ink.bottom - cell.bottom)
    return across > max(_OVER_RULE_PT, _OVER_RULE * glyph.ink.width) or along > max(
        _OVER_RULE_PT, _OVER_RULE * glyph.box.height
    )


def _runs_over_rule(glyphs: Sequence[_Glyph], cell: Cell, grid: Grid) -> bool:
    """Whether what shows of some character of a cell reaches over one of its edges and leaves a doubt."""
    if not glyphs or _is_around(cell.box, [glyph.ink for glyph in glyphs]):
        return False
    reaching = [glyph for glyph in glyphs if not glyph.hangs and _reaches_out(glyph, cell.box)]
    if not reaching:
        return False
    lines = _lines_of(glyphs)
    at_top, at_bottom = _goes_over_top(lines, cell, grid), _goes_over_bottom(lines, cell, grid)
    excused = {
        *(id(glyph) for glyph in lines[0] if at_top),
        *(id(glyph) for glyph in lines[-1] if at_bottom),
    }
    return any(id(glyph) not in excused or not _reaches_a_little(glyph, cell.box) for glyph in reaching)


def _is_around(outer: Box, boxes: Iterable[Box]) -> bool:
    """Whether some boxes all lie within another."""
    x0s, tops, x1s, bottoms = zip(*boxes, strict=True)
    around = Box(min(x0s), min(tops), max(x1s), max(bottoms))
    return (
        outer.x0 <= around.x0
        and around.x1 <= outer.x1
        and outer.top <= around.top
        and around.bottom <= outer.bottom
    )


def _goes_over_top(lines: Sequence[Sequence[_Glyph]], cell: Cell, grid: Grid) -> bool:
    return abs(cell.box.top - grid.box.top) < _OVER_RULE_PT and _is_of_the_text(lines[:3], lines[:1], cell)


def _goes_over_bottom(lines: Sequence[Sequence[_Glyph]], cell: Cell, grid: Grid) -> bool:
    is_last = abs(cell.box.bottom - grid.box.bottom) < _OVER_RULE_PT
    return is_last and _is_of_the_text(lines[:-4:-1], lines[-2:-1], cell)


def _is_of_the_text(
    lines: Sequence[Sequence[_Glyph]], wrapped: Sequence[Sequence[_Glyph]], cell: Cell
) -> bool:
    """Whether the outermost line of a cell is surely one of its text, and no page number or header.

    It has the size of the next one, begins, ends or is centred where that does, stands a line's distance
    away (with a third line: as far as that from the second), holds words, and of the two the upper one is
    full, as a line that goes on is.

    Args:
        lines: the outermost line and one or two more, going inwards.
        wrapped: the upper one of the two outermost.
        cell: where they stand.
    """
    if len(lines) < 2:
        return False
    (x0, y, x1, height), *others = map(_extent, lines)
    second = others[0]
    pitch = abs(second[1] - y)
    is_even = len(others) < 2 or abs(abs(others[1][1] - second[1]) - pitch) <= _EVEN * height
    is_aligned = min(
        abs(x0 - second[0]), abs(x1 - second[2]), abs((x0 + x1) / 2 - (second[0] + second[2]) / 2)
    )
    return (
        is_even
        and 0.5 * height < pitch <= _LINE_PITCH * height
        and abs(second[3] - height) <= _EVEN * height
        and is_aligned <= _ALIGNED_PT
        and _extent(wrapped[0])[2] >= cell.box.x1 - _NEARLY_FULL * height
        and _NO_WORDS.fullmatch(halfwidth(without_blanks(_line_text(lines[0])))) is None
    )


def _extent(line: Sequence[_Glyph]) -> tuple[float, float, float, float]:
    """Where a line begins, its middle's height, where it ends, and how high its characters are."""
    inked = [glyph.box for glyph in line if not glyph.text.isspace()]
    height = median(box.height for box in inked)
    middle = median(box.center[1] for box in inked)
    return min(box.x0 for box in inked), middle, max(box.x1 for box in inked), height


def _reaches_a_little(glyph: _Glyph, cell: Box) -> bool:
    """Whether a character reaches over an edge above or below, by less than half of it, and none beside."""
    if _reaches_out(glyph._replace(ink=_within_height(glyph.ink, cell)), cell):
        return False  # sideways too
    over = max(cell.top - glyph.ink.top, glyph.ink.bottom - cell.bottom)
    return over <= _OVER_OUTER_RULE * glyph.box.height


def _within_height(ink: Box, cell: Box) -> Box:
    return Box(ink.x0, max(ink.top, cell.top), ink.x1, min(ink.bottom, cell.bottom))


class _AtEdges:
    """Characters at the vertical edges of the cells of one grid, to see texts that go on across a rule."""

    def __init__(self) -> None:
        self._ends: dict[float, list[Box]] = defaultdict(list)

    def abut(self, cell: Box, glyphs: Iterable[_Glyph]) -> bool:
        """Whether a character at the cell's left edge continues a text of the cell to the left of it.

        Cells must come row by row from left to right.
        """
        found = False
        for glyph in glyphs:
            box = glyph.box
            x0, top, x1, bottom = box
            reach = 0.5 * (bottom - top)
            if x0 < cell.x0 + reach and not (glyph.text in _OPENING and glyph.ink.x0 >= cell.x0):
                found |= any(
                    abs(box.x0 - end.x1) <= _ABUTTING * box.height
                    and abs(box.center[1] - end.center[1]) <= _OVERPRINT_SHIFT * box.height
                    for end in self._ends.get(cell.x0, ())
                )
            if x1 > cell.x1 - reach:
                closes = glyph.hangs or (glyph.text in _CLOSING and glyph.ink.x1 <= cell.x1)
                if not closes:
                    self._ends[cell.x1].append(box)
        return found


def _cell_item(
    content: PageContent, grid_number: int, cell: Cell, lines: list[list[_Glyph]], *, has_visible: bool
) -> PageItem:
    texts = [_line_text(line) for line in lines]
    shown = [_line_shown_pct(line) for line in lines]
    return PageItem(
        page=content.number,
        item_number=0,
        kind=ItemKind.CELL,
        text="\n".join(text for text, pct in zip(texts, shown, strict=True) if pct >= HIDDEN_BELOW_PCT),
        drawn_text="\n".join(texts),
        line_shown_pct=",".join(map(str, shown)),
        is_clipped=any(pct < CUT_BELOW_PCT for pct in shown),
        box=cell.box,
        reader=content.reader,
        grid_number=grid_number,
        grid_row=cell.row,
        grid_column=cell.column,
        row_span=cell.row_span,
        column_span=cell.column_span,
        indent=round(_first_line_indent(lines, cell), 2) if has_visible else None,
    )


def _first_line_indent(lines: list[list[_Glyph]], cell: Cell) -> float:
    """Points between the cell's left edge and the first character that is no blank."""
    first = next(g for line in lines for g in line if not g.text.isspace())
    return first.box.x0 - cell.box.x0


def _lay_out_free_lines(content: PageContent, lines: Iterable[list[_Glyph]]) -> list[PageItem]:
    items = []
    for line in lines:
        for part in _split_at_gaps(line):
            text = _line_text(part).strip()
            if not text:
                continue
            pct = _line_shown_pct(part)
            inked = [g.box for g in part if not g.text.isspace()]
            box = Box(
                min(b.x0 for b in inked),
                min(b.top for b in inked),
                max(b.x1 for b in inked),
                max(b.bottom for b in inked),
            )
            items.append(
                PageItem(
                    page=content.number,
                    item_number=0,
                    kind=ItemKind.LINE,
                    text=text,
                    drawn_text=text,
                    line_shown_pct=str(pct),
                    is_clipped=pct < CUT_BELOW_PCT,
                    box=box,
                    reader=content.reader,
                )
            )
    return items


def _lines_of(glyphs: Sequence[_Glyph]) -> list[list[_Glyph]]:
    """Group characters to lines, top to bottom; within a line from left to right.

    A character belongs to a line when they share half of the lower one's height. Characters much lower than
    the others (一, ， where the font tells no height) begin no line that a higher one can.
    Lines of blanks alone are dropped.
    """
    lines: list[list[_Glyph]] = []
    spans: list[tuple[float, float]] = []
    low, pieces = _pieces(glyphs)
    for (top, bottom), members in pieces:
        height = bottom - top
        best, most = None, 0.5
        for index in range(0 if height < low else max(len(lines) - 3, 0), len(lines)):
            above, below = spans[index]
            common = (bottom if bottom < below else below) - (top if top > above else above)
            if common > 0:
                lower = height if height < below - above else below - above
                shared = common / (lower if lower > 0.01 else 0.01)
                if shared >= most:
                    best, most = index, shared
        if best is not None:
            lines[best] += members
        else:
            lines.append(members)
            spans.append((top, bottom))
    if len(lines) > 1:
        placed = sorted(zip(spans, lines, strict=True), key=lambda one: one[0][0] + one[0][1])
        lines = [line for _, line in placed]
    for line in lines:
        line.sort(key=lambda glyph: glyph[1][0])
    return [line for line in lines if any(not glyph.text.isspace() for glyph in line)]


def _pieces(glyphs: Sequence[_Glyph]) -> tuple[float, list[tuple[tuple[float, float], list[_Glyph]]]]:
    """Characters of one top and bottom, which are of one line, in the order in which lines take them up.

    Returns:
        the height below which a character is low, and the pieces as ((top, bottom), characters): those that
        are not low before those that are, by the height of their middle.
    """
    by_span: dict[tuple[float, float], list[_Glyph]] = {}
    for glyph in glyphs:
        _, top, _, bottom = glyph.box
        members = by_span.get((top, bottom))
        if members is None:
            by_span[top, bottom] = [glyph]
        else:
            members.append(glyph)
    if len(by_span) < 2:
        return 0.0, list(by_span.items())
    heights = [bottom - top for top, bottom in by_span]
    low = 0.0
    if min(heights) < _LOW * max(heights):
        low = _LOW * median(bottom - top for (top, bottom), members in by_span.items() for _ in members)
    keys = {span: (span[1] - span[0] < low, (span[0] + span[1]) / 2) for span in by_span}
    if len(set(keys.values())) == len(keys):
        return low, sorted(by_span.items(), key=lambda piece: keys[piece[0]])
    # Of several that differ and have one middle, the leftmost comes first.
    single = [((glyph.box.top, glyph.box.bottom), [glyph]) for glyph in glyphs]
    return low, sorted(single, key=lambda piece: (*keys[piece[0]], piece[1][0].box.x0))


def _line_text(line: Sequence[_Glyph]) -> str:
    """The characters of a line, with a space where Latin words stand apart without one.

    A line is one line, even where a font says that a glyph is a line end.
    """
    pieces = [glyph.text for glyph in line]
    text = "".join(pieces)
    places = _before_latin(pieces, text)
    for place in places:
        one, other = line[place].box, line[place + 1].box
        if other.x0 - one.x1 > _LATIN_SPACE_GAP * max(other.height, 1.0):
            pieces[place] += " "
    if places:
        text = "".join(pieces)
    return text.rstrip().replace("\n", " ")


def _before_latin(pieces: Sequence[str], text: str) -> list[int]:
    """The places of Latin letters and digits that another one follows, among the characters of a text."""
    found = [match.start() for match in _BEFORE_LATIN.finditer(text)]
    if not found or len(text) == len(pieces):
        return found
    return [
        place for place, (one, other) in enumerate(pairwise(pieces)) if _is_latin(one) and _is_latin(other)
    ]


def _is_latin(text: str) -> bool:
    return text.isascii() and text.isalnum()


def _line_shown_pct(line: Sequence[_Glyph]) -> int:
    shown = [glyph.shown_pct for glyph in line if not glyph.text.isspace()]
    return shown[0] if shown.count(shown[0]) == len(shown) else round(median(shown))


def _split_at_gaps(line: Sequence[_Glyph]) -> list[list[_Glyph]]:
    """Part a free line where a gap between inked characters is too wide to be one text."""
    parts: list[list[_Glyph]] = [[]]
    end: float | None = None
    for glyph in line:
        if glyph.text.isspace():
            parts[-1].append(glyph)
            continue
        if end is not None and glyph.box.x0 - end > _FREE_LINE_GAP * glyph.box.height:
            parts.append([])
        parts[-1].append(glyph)
        end = glyph.box.x1
    return parts


def _reading_order(item: PageItem, grids: Sequence[Grid]) -> tuple[float, float, int, int]:
    if item.grid_number is not None:
        grid = grids[item.grid_number - 1].box
        return grid.top, grid.x0, item.grid_row or 0, item.grid_column or 0
    return item.box.top, item.box.x0, 0, 0


def _numbered(item: PageItem, number: int) -> PageItem:
    x0, top, x1, bottom = item.box
    return PageItem(  # a page has dozens: `replace` takes three times as long
        page=item.page,
        item_number=number,
        kind=item.kind,
        text=item.text,
        drawn_text=item.drawn_text,
        line_shown_pct=item.line_shown_pct,
        is_clipped=item.is_clipped,
        box=Box(round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2)),
        reader=item.reader,
        grid_number=item.grid_number,
        grid_row=item.grid_row,
        grid_column=item.grid_column,
        row_span=item.row_span,
        column_span=item.column_span,
        indent=item.indent,
    )


def _lies_within(inner: Box, outer: Box) -> bool:
    return outer.contains(*inner.center)


def _describe(box: Box) -> str:
    return f"({box.x0:.0f}, {box.top:.0f})–({box.x1:.0f}, {box.bottom:.0f}) pt"


def _reach_over(ink: Box, box: Box) -> bool:
    """Whether a character's ink lies in a box, be it in part."""
    common = ink.intersect(box)
    return min(common.width, common.height) > _TOUCHING_PT


def _excerpt(texts: Iterable[str], limit: int = 80) -> str:
    text = "".join(texts).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
