"""The packed list: many projects in one ruled table, each with all its indicators in one cell.

    1、1-产出指标；11-数量指标；NAME；实施周期指标值:X；年度指标值:Y。2、…

Source: the disclosure data/raw/2024/zengcheng_keshang_2024.pdf, which has every trap named below.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from zc_pipeline.errors import DocumentError
from zc_pipeline.parse.forms.base import HeaderMatch, HeadingRule, IndicatorText
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.text import halfwidth, unwrap

_HEADINGS: Final = HeadingRule(
    lookup="packed_list",
    anchors=frozenset({"project_name", "indicators"}),
    required=frozenset({"project_name", "total", "goal", "indicators"}),
)
# An indicator's head: number, mark, first level, second level. The two codes with their hyphens make it
# so particular that values with digits and stops inside cannot be taken for one.
_HEAD: Final = re.compile(
    r"(?P<open>[(（])?(?P<number>[0-9０-９]+)(?(open)[)）]|[、.．])\s*"
    r"(?P<code1>[0-9０-９]{1,2})\s*[-－‐‑–—−]\s*(?P<name1>[^；;:：。0-9０-９][^；;:：。]*?)\s*[；;]\s*"
    r"(?P<code2>[0-9０-９]{2,3})\s*[-－‐‑–—−]\s*(?P<name2>[^；;:：。0-9０-９][^；;:：。]*?)\s*[；;]"
)
_FIRST_INDICATOR: Final = re.compile(r"[(（]?[1１][、.．)）]")
_CLOSING_STOP: Final = "。"


class PackedListForm:
    """Family A. See :class:`~zc_pipeline.parse.forms.base.Form`."""

    name: Final = "packed_list"

    def match_header(self, labels: Sequence[str]) -> HeaderMatch | None:
        """See :meth:`Form.match_header`."""
        return _HEADINGS.match(labels)

    def explode(self, text: str) -> list[IndicatorText]:
        """See :meth:`Form.explode`."""
        return explode_packed_indicators(text)


class _Head(NamedTuple):
    start: int
    end: int
    number: int
    match: re.Match[str]


def begins_within(text: str) -> bool:
    """Whether a packed cell's text, blanks removed, begins elsewhere than with the first indicator."""
    return bool(text) and _FIRST_INDICATOR.match(text) is None


def explode_packed_indicators(text: str) -> list[IndicatorText]:
    """Cut a packed indicator cell into its indicators.

    Args:
        text: the cell's text, wraps as line breaks or already removed.

    Returns:
        The indicators in printed order; their ``text`` put together is the cell's text without wraps.
        Empty for a blank cell.

    Raises:
        DocumentError: ``indicator_numbers`` (they do not run 1, 2, 3 …), ``indicator_unreadable`` (a part is
            missing or doubled), ``indicator_text_left_over`` (text before the first indicator).
    """
    whole = unwrap(text).strip()
    if not whole:
        return []
    heads = _find_heads(whole)
    if not heads or heads[0].start != 0:
        stray = whole[: heads[0].start] if heads else whole
        raise DocumentError(
            "indicator_text_left_over", f"The text {stray!r} belongs to no indicator.", raw=stray
        )
    ends = [head.start for head in heads[1:]] + [len(whole)]
    return [_read_item(whole[head.start : end], head) for head, end in zip(heads, ends, strict=True)]


def _find_heads(whole: str) -> list[_Head]:
    heads: list[_Head] = []
    position = 0
    while match := _HEAD.search(whole, position):
        expected = len(heads) + 1
        digits = halfwidth(match["number"])
        start = match.start()
        position = match.end()
        if digits != str(expected):
            if not _has_known_levels(match):
                # A value with figures and stops of its own, such as `2023.07-2024.01`: no head.
                position = match.end("number") + 1
                continue
            before = whole[start - 1 : start]
            # A value without its closing stop may end in digits: in `值:1002、2-效益指标` the item is 2.
            runs_on = heads and not match["open"] and before not in ("", _CLOSING_STOP)
            if not (runs_on and digits.endswith(str(expected)) and len(digits) > len(str(expected))):
                raise DocumentError(
                    "indicator_numbers",
                    f"Indicator {expected} is expected, {digits} is printed.",
                    raw=whole[start : start + 60],
                )
            start += len(digits) - len(str(expected))
        heads.append(_Head(start, match.end(), expected, match))
    return heads


def _has_known_levels(match: re.Match[str]) -> bool:
    """Whether a head's first level is one that is known, or names itself one (…指标)."""
    known = load_lookup("indicator_codes")["level1"]
    return halfwidth(match["code1"]) in known or match["name1"].endswith("指标")


def _read_item(item: str, head: _Head) -> IndicatorText:
    body = item[head.end - head.start :]
    cycle_label, annual_label = _label_patterns()
    cycle, annual = _only_match(cycle_label, body, item), _only_match(annual_label, body, item)
    name = body[: cycle.start()].strip()
    if annual.start() < cycle.end() or not name:
        raise DocumentError(
            "indicator_unreadable",
            f"Indicator {head.number} lacks a part or has them out of order.",
            raw=item,
        )
    return IndicatorText(
        number=head.number,
        level1_code=halfwidth(head.match["code1"]),
        level1_name=head.match["name1"],
        level2_code=halfwidth(head.match["code2"]),
        level2_name=head.match["name2"],
        name=name,
        cycle_target=_value(body[cycle.end() : annual.start()]),
        annual_target=_value(body[annual.end() :]),
        text=item,
    )


def _only_match(label: re.Pattern[str], body: str, item: str) -> re.Match[str]:
    found = list(label.finditer(body))
    if len(found) != 1:
        what = "has no" if not found else f"has {len(found)} times the"
        raise DocumentError("indicator_unreadable", f"An indicator {what} part {label.pattern!r}.", raw=item)
    return found[0]


@cache
def _label_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    labels = load_lookup("labels")["packed_indicators"]

    def pattern(names: list[str]) -> re.Pattern[str]:
        return re.compile(rf"[；;]\s*(?:{'|'.join(map(re.escape, names))})\s*[:：]")

    return pattern(labels["cycle_target"]), pattern(labels["annual_target"])


def _value(text: str) -> str:
    """A printed value without the one stop that closes it; inner stops stay."""
    return text.strip().removesuffix(_CLOSING_STOP).strip()
