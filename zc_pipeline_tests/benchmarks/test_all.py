"""The page of all benchmarks: what falls short is marked, what fails is said, and the parts hang together."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks import all as every
from benchmarks import growth
from benchmarks.commands import Spent, python
from benchmarks.findings import Finding, markdown_table, not_measured
from benchmarks.growth import Cold, Growth

FORM = every.Form("tiny", 1, 1, 1, 2, 3, False, (1, 2), 1, 1, 12)


def test_a_shortfall_is_marked_in_its_row() -> None:
    rows = markdown_table(
        [
            Finding("one", "9 ms", "≤ 10 ms", True),
            Finding("two", "11 ms", "≤ 10 ms", False),
            Finding("three", "3 MB"),
            not_measured("four", ValueError("a | b\nc")),
        ]
    )[2:]
    assert rows == [
        "| one | 9 ms | ≤ 10 ms | met |",
        "| two | 11 ms | ≤ 10 ms | **falls short** |",
        "| three | 3 MB |  |  |",
        "| four | not measured: ValueError: a / b c |  | **falls short** |",
    ]


def test_the_page_begins_with_what_falls_short_and_says_that_it_is_a_try() -> None:
    parts = {
        1: every.Part("One", [Finding("a figure", "3", "≤ 2", False)], seconds=60.0),
        2: every.Part("Two", [Finding("another", "1", "≤ 2", True)], "in full"),
        3: every.Part("Three"),
    }
    page = every.render(every.QUICK, parts, "a machine", "make bench")
    assert "- Falls short: 1. One: a figure: 3 (goal: ≤ 2)" in page
    assert "for trying" in page
    assert "| another | 1 | ≤ 2 | met |\n\nin full" in page
    assert "## 3. Three\n\nNot measured." in page
    assert "for trying" not in every.render(every.WHOLE, parts, "a machine", "make bench")


def test_a_part_that_fails_leaves_a_row_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(*_: object) -> object:
        def fail(part: every.Part) -> None:
            raise OSError("no such thing")

        def work(part: every.Part) -> None:
            part.findings.append(Finding("a figure", "1"))

        return {1: (every.Part("One"), fail), 2: (every.Part("Two"), work)}, (1, 2)

    monkeypatch.setattr(every, "plan", plan)
    page = tmp_path / "page.md"
    one, two = every.measure_all(FORM, write=page)
    assert one.has_failed
    assert not two.has_failed
    assert "| One | not measured: OSError: no such thing |  | **falls short** |" in page.read_text("utf-8")
    assert "| a figure | 1 |  |  |" in page.read_text("utf-8")


def cold(documents: int, seconds: float, run_mb: float = 100.0) -> Cold:
    return Cold(documents, 11 * documents, documents, Spent(seconds, seconds, run_mb, 40.0, ""))


def verdicts(findings: list[Finding]) -> list[bool | None]:
    return [one.is_met for one in findings]


def test_growth_is_flat_or_not() -> None:
    flat = [cold(10, 14.0), cold(100, 104.0), cold(1000, 1004.0)]
    assert verdicts(growth._flatness(flat)) == [True, True, True, True]
    steep = [cold(10, 14.0), cold(100, 104.0), cold(1000, 1364.0, run_mb=131.0)]  # 1.4 s each further one
    assert verdicts(growth._flatness(steep)) == [True, False, False, True]


@pytest.mark.parametrize(
    ("documents", "wanted", "minutes", "is_met"),
    [
        (5000, 5000, 19.9, True),
        (5000, 5000, 20.1, False),
        (3000, 5000, 10.0, False),  # cut, for the time was short: the goal is not shown
        (6, 6, 1.0, None),  # a try
    ],
)
def test_the_cold_run_has_twenty_minutes(
    documents: int, wanted: int, minutes: float, is_met: bool | None
) -> None:
    assert growth._largest([cold(documents, 60 * minutes)], wanted)[0].is_met is is_met


def test_a_largest_step_that_does_not_fit_is_cut_and_said() -> None:
    measured = Growth([cold(1000, 1000.0)])  # a second each
    assert growth._what_fits(measured, 5000, time.monotonic() + 6000) == 5000
    assert measured.remarks == []
    assert growth._what_fits(measured, 5000, time.monotonic() + 3660) == 3500
    assert "5,000 documents would have taken about 83 minutes" in measured.remarks[0]


def test_memory_is_that_of_the_process_and_of_those_it_starts() -> None:
    code = (
        "import subprocess, sys; big = bytearray(90 << 20); "
        "subprocess.run([sys.executable, '-c', "
        "'import time; big = bytearray(190 << 20); time.sleep(0.5)'], check=True)"
    )
    spent = python("-c", code)
    assert 90 < spent.peak_mb < 150
    assert 190 < spent.others_mb < 250


def test_a_process_that_has_not_begun_its_own_program_does_not_count() -> None:
    """Between fork and exec it shows the memory of the one that made it."""
    code = (
        "import os, time; big = bytearray(90 << 20); child = os.fork(); "
        "time.sleep(0.5); child and os.waitpid(child, 0)"
    )
    assert python("-c", code).others_mb == 0


def test_a_command_that_fails_is_said_with_its_words() -> None:
    with pytest.raises(RuntimeError, match="ended with 1:\nno such luck"):
        python("-c", "raise SystemExit('no such luck')")


@pytest.mark.long
def test_every_part_is_measured_in_small(tmp_path: Path) -> None:
    pytest.importorskip("pypdf", reason="benchmarks/requirements.txt is not installed")
    page = tmp_path / "page.md"
    parts = every.measure_all(FORM, corpus=tmp_path / "corpus", write=page)
    missing = [(part.title, one.figure) for part in parts for one in part.findings if one.is_missing]
    assert missing == []
    assert all(part.findings and part.seconds is not None for part in parts)
    text = page.read_text("utf-8")
    assert all(f"## {number}. {part.title}" in text for number, part in enumerate(parts, 1))
