"""Which tables are versions of one another: the rules over light facts, without a file."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from zc_pipeline.model import Relation, RevisionWord, Standing, Verdict
from zc_pipeline.pipeline import revising
from zc_pipeline.pipeline.judged import DocumentFacts, TableOfFacts, project_key
from zc_pipeline.pipeline.revising import Decision, decide, kinship

LINES = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in (revising.__doc__ or "").splitlines()
    if line.startswith("| ") and not line.startswith(("| -", "| department"))
]
KINDS = {"a revision": "revision", "for a person": "ask", "distinct": "distinct"}


def table(number: int = 1, verdict: Verdict = Verdict.ACCEPTED, **changes: Any) -> TableOfFacts:
    units = changes.pop("units", ("某市某局",))
    names = changes.pop("projects", ("专项资金", "工作经费"))
    facts = {"department_name": "某市某局", "title": "项目支出绩效目标表", **changes}
    return TableOfFacts(
        number,
        facts["department_name"],
        facts["title"],
        verdict.value,
        tuple(sorted(units)) or ("",),
        tuple(sorted(project_key(unit, name) for unit in units or ("",) for name in names)),
    )


def document(name: str, night: int, *tables: TableOfFacts, **changes: Any) -> DocumentFacts:
    at = datetime(2024, 3, night, tzinfo=UTC)
    return DocumentFacts(identity(name), f"2024/{name}.pdf", at, tables or (table(),), **changes)


def identity(name: str) -> str:
    return name[0] * 64


def word(relation: Relation, *names: str) -> RevisionWord:
    return RevisionWord(tuple(map(identity, names)), relation, "asked", "Wang Fang", "2024-03-09")


def outcome(decisions: dict[str, Decision], *names: str) -> list[str]:
    """For each document: its standing, marked with ? where it is held for a person."""
    found = []
    for name in names:
        one = decisions.get(identity(name))
        decided = one.tables[1] if one and 1 in one.tables else None
        standing = decided.standing if decided else Standing.CURRENT
        held = decided is not None and any(p.code == "revision_unclear" for p in decided.problems)
        found.append(standing.value + ("?" if held else ""))
    return found


# --- the truth table ------------------------------------------------------------------------------


NAMES = {"any": "乙丁戊", "most": "乙丁", "few": "乙丁戊", "none": "丁"}


def tables_of_line(department: str, title: str, units: str, shared: str) -> tuple[TableOfFacts, TableOfFacts]:
    """Three projects, 甲, 乙 and 丙, beside others of which 乙 or none is the same, all under one unit."""
    mine = () if units == "not printed" else ("甲单位", "乙单位")
    theirs = {"overlap": ("乙单位", "丙单位"), "apart": ("丙单位",), "not printed": ()}[units]
    one = TableOfFacts(
        1,
        None if department == "not printed" else "某市某局",
        "项目支出绩效目标表",
        "accepted",
        mine or ("",),
        tuple(project_key("乙单位" if mine else "", name) for name in "甲乙丙"),
    )
    other = TableOfFacts(
        1,
        "某市他局" if department == "different" else one.department_name,
        "重点项目绩效目标表" if title == "different" else one.title,
        "accepted",
        theirs or ("",),
        tuple(project_key(theirs[0] if theirs else "", name) for name in NAMES[shared]),
    )
    return one, other


def cases_of(title: str, shared: str) -> list[tuple[str, str]]:
    titles = ("same", "different") if title == "any" else (title,)
    return list(product(titles, shared.split(" or ")))


@pytest.mark.parametrize("line", LINES, ids=" | ".join)
def test_every_line_of_the_truth_table_holds(line: tuple[str, ...]) -> None:
    department, title, units, shared, expected = line
    for one_title, one_shared in cases_of(title, shared):
        one, other = tables_of_line(department, one_title, units, one_shared)
        assert kinship(one, other) == KINDS[expected]
        assert kinship(other, one) == KINDS[expected], "it holds in both directions"


def test_the_truth_table_leaves_nothing_out() -> None:
    told = {
        (department, one_title, units, one_shared)
        for department, title, units, shared, _ in LINES
        for one_title, one_shared in cases_of(title, shared)
    }
    agree = {("same", "same", *rest) for rest in product(("overlap", "not printed"), ("any", "none"))}
    headings = set(product(("same", "different", "not printed"), ("same", "different"))) - {("same", "same")}
    differ = {
        (*one, *rest) for one in headings for rest in product(("overlap", "not printed"), ("most", "few"))
    }
    # What is apart shares no project, as a project is the same under one unit alone.
    apart = {("same", "same", "apart", "none")} | {(*one, "apart", "few") for one in headings}
    assert told == agree | differ | apart


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"units": ()}, {"units": ("甲单位",)}),
        ({"department_name": None}, {"department_name": None, "projects": ("奖励项目",)}),
    ],
    ids=["only one prints units", "no department on either"],
)
def test_what_is_printed_on_one_side_only_is_never_a_revision(mine: Any, theirs: Any) -> None:
    assert kinship(table(**mine), table(**theirs)) != "revision"


def test_widths_and_blanks_do_not_count_and_missing_titles_are_the_same() -> None:
    printed = table(department_name="某市Ａ局（本级）", title="2024年 项目支出", units=("某 市 Ａ 局",))
    other = table(department_name="某市A局(本级)", title="２０２４年项目支出", units=("某市A局",))
    assert kinship(printed, other) == "revision"
    assert kinship(table(title=None), table(title=None)) == "revision"
    assert kinship(table(title=None), table(title="项目支出")) == "ask"


def test_a_file_without_a_table_is_kin_to_none() -> None:
    nothing = TableOfFacts(0, None, None, Verdict.REFUSED.value, (), ())
    assert kinship(nothing, nothing) == "distinct"


# --- what counts ----------------------------------------------------------------------------------


def test_the_later_first_seen_counts_and_the_chain_can_be_followed() -> None:
    found = decide([document("c", 3), document("a", 1), document("b", 2)])
    assert outcome(found, *"abc") == ["superseded", "superseded", "current"]
    assert found[identity("a")].tables[1].superseded_by == identity("b")
    assert found[identity("b")].tables[1].superseded_by == identity("c")
    assert found[identity("a")].has_superseded
    assert identity("c") not in found


def test_ordinary_documents_have_no_decision() -> None:
    others = [
        document("b", 1, table(department_name="某市他局", units=("某市他局",))),
        document("c", 1, table(title="重点项目绩效目标表", projects=("奖励项目",))),
    ]
    assert decide([document("a", 1), *others]) == {}


def test_two_tables_of_one_file_are_never_versions_of_one_another() -> None:
    assert decide([document("a", 1, table(1), table(2))]) == {}


@pytest.mark.parametrize("verdict", [Verdict.HELD, Verdict.REFUSED])
def test_a_later_version_that_is_not_accepted_waits(verdict: Verdict) -> None:
    found = decide([document("a", 1), document("b", 2, table(verdict=verdict))])
    assert outcome(found, *"ab") == ["current", "waiting"]
    assert [p.code for p in found[identity("a")].tables[1].problems] == ["later_version_waiting"]
    assert [p.code for p in found[identity("b")].tables[1].problems] == ["later_version_not_accepted"]


def test_an_earlier_version_that_is_not_accepted_is_superseded() -> None:
    assert outcome(decide([document("a", 1, table(verdict=Verdict.HELD)), document("b", 2)]), *"ab") == [
        "superseded",
        "current",
    ]


def test_of_two_first_seen_in_one_run_neither_counts_but_what_was_before_them() -> None:
    assert outcome(decide([document("a", 1), document("b", 1)]), *"ab") == ["current?", "current?"]
    found = decide([document("a", 1), document("b", 2), document("c", 2)])
    assert outcome(found, *"abc") == ["current", "waiting?", "waiting?"]
    held = decide([document("a", 1), document("b", 1, table(verdict=Verdict.HELD))])
    assert outcome(held, *"ab") == ["current", "current"], "the one that is accepted is in no doubt"


def test_a_doubt_holds_only_what_would_count() -> None:
    apart = table(units=("某市某中心",))
    assert outcome(decide([document("a", 1), document("b", 2, apart)]), *"ab") == ["current?", "current?"]
    held = decide([document("a", 1), document("b", 2, table(units=("某市某中心",), verdict=Verdict.HELD))])
    assert held == {}


def test_a_version_that_counts_again_for_a_doubt_is_in_doubt_itself() -> None:
    found = decide([document("a", 1), document("b", 2), document("c", 3, table(units=("某市某中心",)))])
    assert outcome(found, *"abc") == ["current?", "current?", "current?"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (word(Relation.DIFFERENT, "a", "b"), ["current", "current"]),
        (word(Relation.REVISED, "a", "b"), ["superseded", "current"]),
        (word(Relation.REVISED, "b", "a"), ["current", "superseded"]),
        (word(Relation.REVISED, "x", "a"), ["current?", "current?"]),
    ],
    ids=["different", "revised", "revised the other way", "of another document"],
)
def test_a_persons_word_settles_a_doubt(said: RevisionWord, expected: list[str]) -> None:
    same_night = [document("a", 1), document("b", 1)]
    in_part = [document("a", 1), document("b", 1, table(units=("某市某中心",)))]
    for facts in (same_night, in_part):
        assert outcome(decide(facts, [said]), *"ab") == expected


def test_a_persons_word_outweighs_the_order_of_sight_and_what_is_printed() -> None:
    facts = [document("a", 1), document("b", 2)]
    assert outcome(decide(facts, [word(Relation.REVISED, "b", "a")]), *"ab") == ["current", "superseded"]
    assert outcome(decide(facts, [word(Relation.DIFFERENT, "a", "b")]), *"ab") == ["current", "current"]
    unlike = [document("a", 1), document("b", 2, table(department_name="新局", units=("新局",)))]
    assert decide(unlike) == {}
    assert outcome(decide(unlike, [word(Relation.REVISED, "a", "b")]), *"ab") == ["superseded", "current"]


def test_words_that_lead_in_a_circle_hold_all_of_it() -> None:
    facts = [document(name, night) for night, name in enumerate("abc", start=1)]
    found = decide(facts, [word(Relation.REVISED, "c", "a")])
    assert outcome(found, *"abc") == ["current?", "current?", "current?"]


def test_each_table_of_a_file_is_settled_by_itself() -> None:
    other = {"department_name": "某市他局", "units": ("某市他局",)}
    old = document("a", 1, table(1), table(2, **other))
    new = document("b", 2, table(1, verdict=Verdict.HELD, **other), table(2))
    found = decide([old, new])
    assert found[identity("a")].tables[1].superseding_tables == (2,)
    assert {n: one.standing.value for n, one in found[identity("a")].tables.items()} == {
        1: "superseded",
        2: "current",
    }
    assert found[identity("b")].tables[1].standing is Standing.WAITING


# --- files that are gone --------------------------------------------------------------------------

GONE = datetime(2024, 3, 8, tzinfo=UTC)


def test_a_removed_file_is_withdrawn_and_lets_the_one_before_count_again() -> None:
    found = decide([document("a", 1), document("b", 2, withdrawn_at=GONE)])
    assert outcome(found, *"ab") == ["current", "withdrawn"]
    assert found[identity("b")].tables[1].withdrawn_at == GONE
    removed = decide([document("a", 1, withdrawn_at=GONE), document("b", 2)])
    assert outcome(removed, *"ab") == ["withdrawn", "current"]
    assert removed[identity("a")].tables[1].superseded_by == identity("b")


@pytest.mark.parametrize(
    ("successor", "expected"),
    [
        (table(), ["superseded", "current"]),
        (table(verdict=Verdict.HELD), ["current", "waiting"]),
        (table(department_name="某市他局", units=("某市他局",)), ["withdrawn", "current"]),
        (table(department_name="他局", units=("他局",), verdict=Verdict.HELD), ["withdrawn", "current"]),
        (table(units=("某市某中心",)), ["withdrawn", "current"]),
        (table(units=("某市某中心",), verdict=Verdict.HELD), ["current", "waiting"]),
    ],
    ids=["a revision", "held", "another", "another, held", "agrees in part", "agrees in part, held"],
)
def test_a_file_replaced_in_its_place(successor: TableOfFacts, expected: list[str]) -> None:
    old = document("a", 1, withdrawn_at=GONE, replaced_by=identity("b"))
    assert outcome(decide([old, document("b", 8, successor)]), *"ab") == expected


def test_what_was_replaced_by_something_unreadable_still_counts() -> None:
    old = document("a", 1, withdrawn_at=GONE, replaced_by=identity("b"))
    nothing = TableOfFacts(0, None, None, Verdict.REFUSED.value, (), ())
    found = decide([old, document("b", 8, nothing)])
    assert outcome(found, "a") == ["current"]
    assert found[identity("a")].tables[1].withdrawn_at == GONE
    assert found[identity("b")].tables[0].standing is Standing.WAITING


NOTHING_READ: dict[str, Any] = {"verdict": Verdict.HELD, "units": (), "projects": ()}


@pytest.mark.parametrize(
    "successor",
    [
        table(department_name=None, title=None, **NOTHING_READ),
        table(department_name=None, title=None, units=(), verdict=Verdict.HELD),
        table(department_name="某市Ａ局A", title="绩效", projects=(), verdict=Verdict.REFUSED),
        table(title="部门预算项目绩效目标表", projects=(), verdict=Verdict.HELD),
        table(title=None, projects=("奖励项目",), verdict=Verdict.HELD),
    ],
    ids=[
        "nothing read",
        "heading unread",
        "department misread",
        "another title",
        "no title, no project shared",
    ],
)
def test_what_was_replaced_by_something_half_read_still_counts(successor: TableOfFacts) -> None:
    old = document("a", 1, withdrawn_at=GONE, replaced_by=identity("b"))
    new = document("b", 8, successor)
    found = decide([old, new])
    assert outcome(found, *"ab") == ["current", "waiting"]
    assert [p.code for p in found[identity("a")].tables[1].problems] == ["later_version_waiting"]
    assert [p.code for p in found[identity("b")].tables[1].problems] == ["later_version_not_accepted"]
    different = decide([old, new], [word(Relation.DIFFERENT, "a", "b")])
    assert outcome(different, *"ab") == ["withdrawn", "current"], "a person's word outweighs that"


def test_every_table_that_an_unread_file_replaced_says_so() -> None:
    other = table(2, department_name="某市他局", units=("某市他局",))
    old = document("a", 1, table(1), other, withdrawn_at=GONE, replaced_by=identity("b"))
    found = decide([old, document("b", 8, table(department_name=None, title=None, **NOTHING_READ))])
    for number in (1, 2):
        decided = found[identity("a")].tables[number]
        assert decided.standing is Standing.CURRENT
        assert [p.code for p in decided.problems] == ["later_version_waiting"]


def test_an_accepted_version_in_the_place_outweighs_an_unread_table_beside_it() -> None:
    old = document("a", 1, withdrawn_at=GONE, replaced_by=identity("b"))
    unread = table(2, department_name=None, title=None, **NOTHING_READ)
    assert outcome(decide([old, document("b", 8, table(1), unread)]), *"ab") == ["superseded", "current"]


def test_decisions_do_not_depend_on_the_order_of_the_facts() -> None:
    facts = [
        document("a", 1),
        document("b", 2),
        document("c", 2),
        document("d", 3, table(units=("某市某中心",))),
        document("e", 4, withdrawn_at=GONE),
    ]
    found = decide(facts)
    again = decide(facts[::-1])
    assert {one: decision.key for one, decision in found.items()} == {
        one: decision.key for one, decision in again.items()
    }
