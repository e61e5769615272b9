"""The catalogue of problems is whole in both languages, and its pages have all of it."""

from __future__ import annotations

import re

import pytest

from zc_pipeline.dictionary import Language, render_problems
from zc_pipeline.errors import CATALOGUE, Condition, Severity

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Two Latin words in a row are a sentence, not a name such as PDF or ZC_MAX_PAGES.
LATIN_SENTENCE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}")
CONDITIONS = pytest.mark.parametrize("condition", CATALOGUE.values(), ids=CATALOGUE)


@CONDITIONS
def test_every_condition_is_told_in_both_languages(condition: Condition) -> None:
    for english in (condition.meaning, condition.remedy):
        assert english.endswith((".", "…"))
        assert english == english.strip()
    for chinese in (condition.meaning_zh, condition.remedy_zh):
        assert CHINESE.search(chinese)
        assert chinese.endswith("。")
        assert not chinese.startswith("。")
        assert not re.search(r"[,;:?!()]|\.(?![a-z0-9])", chinese), "Chinese signs between Chinese words"
        words = re.sub(r"`[^`]*`", "", chinese)
        assert "`" not in words, "marks in pairs"
        assert not LATIN_SENTENCE.search(words)


@CONDITIONS
def test_what_the_english_names_is_named_in_chinese(condition: Condition) -> None:
    """Settings and files that the reader is to touch, and commands to call."""
    named = re.compile(r"ZC_[A-Z_]+|[a-z_/]+\.yaml|--redo")
    english = set(named.findall(condition.meaning + condition.remedy))
    assert set(named.findall(condition.meaning_zh + condition.remedy_zh)) == english


def test_no_two_conditions_mean_the_same() -> None:
    for meanings in (
        [one.meaning for one in CATALOGUE.values()],
        [one.meaning_zh for one in CATALOGUE.values()],
    ):
        assert len(set(meanings)) == len(meanings)


@pytest.mark.parametrize("language", Language)
def test_the_page_has_every_code_under_its_severity(language: Language) -> None:
    page = render_problems(language)
    sections = page.split("\n## ")[1:]
    assert len(sections) == len(Severity)
    for severity, section in zip(Severity, sections, strict=True):
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert all(line.count("|") == 4 for line in rows)
        found = [line.split("`")[1] for line in rows]
        assert found == [code for code, one in CATALOGUE.items() if one.severity is severity]
    for one in CATALOGUE.values():
        texts = (one.meaning_zh, one.remedy_zh) if language is Language.CHINESE else (one.meaning, one.remedy)
        assert f"| `{one.code}` | {texts[0]} | {texts[1]} |" in page
