"""A share of the damaged files with a fixed seed; `python -m benchmarks.fuzz` is the long form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzz import render_markdown, render_text
from benchmarks.fuzzing.guided import RoomsReport
from benchmarks.fuzzing.judge import Claim, Finding, Judge, Judged, Judgement, Read, build
from benchmarks.fuzzing.mutants import MutantReport, run_mutants
from benchmarks.fuzzing.mutators import MUTATORS
from benchmarks.fuzzing.objects import Parts
from benchmarks.fuzzing.pictures import poppler_missing
from benchmarks.fuzzing.seeds import Seed, load_seeds
from zc_pipeline.model import Disclosure, Verdict
from zc_pipeline.parse.reading import read_page_text

RENDERERS = ("pdfium",) if poppler_missing() else ("poppler", "pdfium")
SEED = next(seed for seed in load_seeds() if seed.name == "writer")


def read(path: Path, data: bytes) -> Read:
    path.write_bytes(data)
    text = read_page_text(path)
    return Read(path, build(path.name, text), text.items, len(text.pages))


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Read:
    return read(tmp_path_factory.mktemp("seed") / "seed.pdf", SEED.data)


@pytest.fixture(scope="module")
def judge(seed: Read) -> Judge:
    return Judge(seed, RENDERERS)


def copy_of(seed: Read, disclosure: Disclosure) -> Read:
    """The seed's own file, read as somebody else would have it."""
    return Read(seed.path, disclosure, seed.items, seed.page_count, seed.pictures)


class TestTheJudge:
    def test_the_seed_itself_is_the_same(self, judge: Judge, seed: Read) -> None:
        assert judge.judge(copy_of(seed, seed.disclosure)) == Judged(Judgement.SAME)

    def test_seeds_are_accepted_and_the_same_when_put_together_again(self, tmp_path: Path) -> None:
        for one in load_seeds()[::3]:
            start = read(tmp_path / "seed.pdf", one.data)
            again = read(tmp_path / "again.pdf", Parts(one).rebuilt({}))
            assert start.disclosure.verdict is again.disclosure.verdict is Verdict.ACCEPTED, one.name
            assert Judge(start, ("pdfium",)).judge(again).judgement is Judgement.SAME, one.name

    @pytest.mark.parametrize("what", ["digit", "character", "row", "indicator", "unit"])
    def test_a_tampered_result_is_found(self, judge: Judge, seed: Read, what: str) -> None:
        (table,) = seed.disclosure.tables
        first, *rest = table.projects
        assert first.total_text is not None
        assert table.facts is not None
        digit = first.total_text[0]
        changed = {
            "digit": {"total_text": first.total_text.replace(digit, str((int(digit) + 1) % 10), 1)},
            "character": {"performance_goal": "不" + first.performance_goal[1:]},
            "indicator": {"indicators": first.indicators[:-1]},
        }
        projects = tuple(rest) if what == "row" else (replace(first, **changed.get(what, {})), *rest)
        facts = replace(table.facts, money_unit="元") if what == "unit" else table.facts
        tampered = replace(table, projects=projects, facts=facts)
        judged = judge.judge(copy_of(seed, replace(seed.disclosure, tables=(tampered,))))
        assert judged.judgement is not Judgement.SAME
        assert Finding.VALUES_ALONE in judged.kinds

    def test_a_blank_more_or_less_is_no_other_value(self, judge: Judge, seed: Read) -> None:
        (table,) = seed.disclosure.tables
        first, *rest = table.projects
        spaced = replace(first, performance_goal=" " + first.performance_goal)
        copy = replace(seed.disclosure, tables=(replace(table, projects=(spaced, *rest)),))
        assert judge.judge(copy_of(seed, copy)).judgement is Judgement.SAME

    def test_a_character_that_is_drawn_and_not_read_is_found(self, judge: Judge, seed: Read) -> None:
        copy = copy_of(seed, seed.disclosure)
        copy.__dict__["claims"] = [[*page[:100], *page[101:]] for page in seed.claims]
        assert judge.judge(copy).kinds == {Finding.NOT_READ}

    def test_a_character_that_is_read_and_not_drawn_is_found(self, judge: Judge, seed: Read) -> None:
        copy = copy_of(seed, seed.disclosure)
        blank = next(item for item in seed.items if item.grid_row and not item.text).box
        box = type(blank)(blank.x0 + 2, blank.top + 2, blank.x0 + 10, blank.top + 10)
        copy.__dict__["claims"] = [[*page, Claim("万", box, True, box)] for page in seed.claims]
        judged = judge.judge(copy)
        assert judged.judgement is Judgement.WRONG
        assert judged.kinds == {Finding.NOT_DRAWN}

    def test_a_character_that_looks_like_another_is_found(self, judge: Judge, seed: Read) -> None:
        copy = copy_of(seed, seed.disclosure)
        page = list(seed.claims[0])
        place = next(n for n, one in enumerate(page) if one.text == "目" and n > 60)
        page[place] = replace(page[place], text="项")
        copy.__dict__["claims"] = [page, *seed.claims[1:]]
        assert Finding.DRAWN_OTHERWISE in judge.judge(copy).kinds

    def test_a_white_box_over_an_amount_is_found(self, judge: Judge, seed: Read, tmp_path: Path) -> None:
        parts = Parts(SEED)
        cell = next(item for item in seed.items if item.grid_column == 2 and "." in item.text).box
        (number,) = parts.contents
        words = b"q %s Q q 1 g %.1f %.1f %.1f %.1f re f Q" % (
            parts.unpacked[number],
            cell.x0 + 1,
            page_height(parts) - cell.bottom + 1,
            cell.width - 2,
            cell.height - 2,
        )
        data = parts.rebuilt({number: parts.objects[number].with_content(words)})
        path = tmp_path / "covered.pdf"
        path.write_bytes(data)
        judged = judge.judge(Read(path, seed.disclosure, seed.items, seed.page_count))
        assert judged.judgement in (Judgement.WRONG, Judgement.SAME, Judgement.ALIKE)
        assert judged.findings or is_left_out(path, seed)


def page_height(parts: Parts) -> float:
    import re

    found = re.search(rb"/MediaBox\s*\[\s*\S+\s+\S+\s+\S+\s+(\S+?)\s*\]", parts.objects[parts.pages[0]].head)
    assert found is not None
    return float(found.group(1))


def is_left_out(path: Path, seed: Read) -> bool:
    """Whether the reader of the claims itself leaves out what is covered."""
    covered = Read(path, seed.disclosure, seed.items, seed.page_count)
    return sum(map(len, covered.claims)) < sum(map(len, seed.claims))


class TestTheMutators:
    @pytest.mark.parametrize("name", MUTATORS)
    def test_equal_chance_makes_equal_files_and_other_chance_others(self, name: str) -> None:
        parts = Parts(next(seed for seed in load_seeds() if seed.name == "platypus"))
        made = [MUTATORS[name](Random(f"{name}/{number}"), parts) for number in (1, 1, 2, 3, 4, 5)]
        assert made[0] == made[1]
        assert len(set(made)) > 2

    def test_a_file_taken_apart_has_the_parts_that_are_damaged(self) -> None:
        for seed in load_seeds():
            parts = Parts(seed)
            assert parts.pages, seed.name
            assert parts.contents, seed.name
            assert parts.cmaps, seed.name
            assert parts.font_programs, seed.name


@pytest.fixture(scope="module")
def share() -> MutantReport:
    return run_mutants(48, seed=4)


class TestTheShare:
    def test_every_mutant_ends_in_a_verdict(self, share: MutantReport) -> None:
        whole = share.total
        assert whole.mutants == whole.verdicts.total() == 48
        assert (whole.hangs, whole.faults) == (0, 0)

    def test_none_is_accepted_with_values_that_its_page_does_not_draw(self, share: MutantReport) -> None:
        assert [(case.name, case.words) for case in share.cases] == []

    def test_many_are_accepted_and_judged(self, share: MutantReport) -> None:
        assert share.total.judgements.total() > 10
        assert share.total.judgements[Judgement.SAME.value] > 5

    def test_the_page_names_every_mutator(self, share: MutantReport) -> None:
        page = render_markdown(share, RoomsReport(), 4)
        assert all(f"| {name} |" in page for name in MUTATORS)
        assert "48 damaged files" in render_text(share, RoomsReport())


def test_seeds_are_small_and_come_from_programs_of_several_makers() -> None:
    seeds: tuple[Seed, ...] = load_seeds()
    assert len({seed.name.split("_")[0] for seed in seeds}) >= 5
    assert all(len(seed.data) < 160_000 for seed in seeds)
