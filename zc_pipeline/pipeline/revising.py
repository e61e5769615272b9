"""Which of a year's disclosures are versions of one another, which one counts, and what a person must say.

Everything is decided table by table, over light facts of all documents of one year, and anew in each run: so
a version that goes lets the one before it count again, and one that comes back counts as before.

What two target tables in different files are to each other, from what they print. Widths of characters and
blanks do not count. *Units overlap* where one unit's name stands in both, are *apart* where none does, and
are *not printed* where one of the tables has no unit rows. A project is in both where its name stands under
the same unit (under none, where neither prints units): *any*, or *none* of them; *most*, half or more of
those of the table that has fewer, or *few*, less than that or none.

| department     | title     | units       | projects in both | they are      |
| -------------- | --------- | ----------- | ---------------- | ------------- |
| same           | same      | overlap     | any              | a revision    |
| same           | same      | overlap     | none             | for a person  |
| same           | same      | apart       | none             | for a person  |
| same           | same      | not printed | any or none      | for a person  |
| same           | different | overlap     | most             | for a person  |
| same           | different | overlap     | few              | distinct      |
| same           | different | apart       | few              | distinct      |
| same           | different | not printed | most             | for a person  |
| same           | different | not printed | few              | distinct      |
| different      | any       | overlap     | most             | for a person  |
| different      | any       | overlap     | few              | distinct      |
| different      | any       | apart       | few              | distinct      |
| different      | any       | not printed | most or few      | distinct      |
| not printed    | any       | overlap     | most             | for a person  |
| not printed    | any       | overlap     | few              | distinct      |
| not printed    | any       | apart       | few              | distinct      |
| not printed    | any       | not printed | most             | for a person  |
| not printed    | any       | not printed | few              | distinct      |

The reasons: a body and its subordinate ones print one department and one title over units of their own
(third line), a department may split its table (second and fourth), a subordinate body may publish what its
department published too, or the department may have been renamed (the tenth): in all of these, taking one
for the other would lose projects, and keeping both could count them twice. A project or two of a common name
are no sign of that (few). Two titles that are both missing are the same; a department that is missing is not
known.

Of a revision the later first seen counts. Two that were first seen in one run have no order: both are for a
person, as a file's time says when it was fetched, not when it was published. What is for a person is held
on both sides, until `revisions.yaml` says ``different`` or ``revised``; only tables that would count are
held for each other. A later version that is not accepted leaves the earlier one counting, also where it
replaced the earlier one's file: there, whatever is not accepted may be the later version, unless its
department and its projects were read and are others, or a person says ``different``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import combinations, product
from typing import Final

from zc_pipeline.errors import Stage
from zc_pipeline.model import Disclosure, Problem, Relation, RevisionWord, Standing, Verdict
from zc_pipeline.parse.judge import rejudge
from zc_pipeline.pipeline.judged import DocumentFacts, TableOfFacts
from zc_pipeline.storage.revisions import pairs_of
from zc_pipeline.tables.links import comparable
from zc_pipeline.tables.notes import problems_to_json

_ID_SHOWN: Final = 12
_MOST_NAMED: Final = 3


class Kinship(StrEnum):
    """What two tables are to each other."""

    REVISION = "revision"
    ASK = "ask"  # they agree in part: a person must say
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class TableDecision:
    """What the other documents decide of one table.

    Attributes:
        superseded_by: ``document_id`` of the version that took its place.
        superseding_tables: the numbers of that document's tables that are versions of this one.
        withdrawn_at: when its file was first found gone.
        problems: what is to be said of it.
    """

    standing: Standing = Standing.CURRENT
    superseded_by: str | None = None
    superseding_tables: tuple[int, ...] = ()
    withdrawn_at: datetime | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the other documents decide of one document, by table number."""

    tables: Mapping[int, TableDecision]

    @property
    def has_superseded(self) -> bool:
        """Whether another version took the place of one of its tables: `revisions` compares their rows."""
        return any(one.superseded_by is not None for one in self.tables.values())

    @property
    def key(self) -> str:
        """The whole decision as a stable text: equal where nothing changed."""
        return json.dumps(
            [
                [
                    number,
                    one.standing.value,
                    one.superseded_by,
                    list(one.superseding_tables),
                    one.withdrawn_at.isoformat() if one.withdrawn_at else None,
                    problems_to_json(one.problems),
                ]
                for number, one in sorted(self.tables.items())
            ],
            ensure_ascii=False,
        )


def decide(facts: Sequence[DocumentFacts], words: Sequence[RevisionWord] = ()) -> dict[str, Decision]:
    """Settle which of a year's tables count.

    Args:
        facts: every document of one fiscal year, those whose file is gone included, with own verdicts.
        words: what people said; those of other documents are passed over.

    Returns:
        ``document_id`` → decision, of the documents of which there is something to say.
    """
    return _Year(facts, words).decide()


def apply_decision(disclosure: Disclosure, decision: Decision | None) -> Disclosure:
    """The disclosure with the standing of its tables, the problems that come with it, and new verdicts."""
    if decision is None:
        return disclosure
    tables = {table.table_number: table for table in disclosure.tables}
    decided = {number: decision.tables[number] for number in sorted(tables.keys() & decision.tables.keys())}
    gone = next((one.withdrawn_at for one in decision.tables.values() if one.withdrawn_at), None)
    if not decided and gone is not None:
        # What was decided of tables that cannot be read any more: of the file, that it is gone.
        decided = {number: TableDecision(Standing.WITHDRAWN, withdrawn_at=gone) for number in tables}
    for number, one in decided.items():
        tables[number] = replace(
            tables[number],
            standing=one.standing,
            superseded_by=one.superseded_by,
            superseding_tables=one.superseding_tables,
            withdrawn_at=one.withdrawn_at,
        )
    problems = [problem for one in decided.values() for problem in one.problems]
    return rejudge(replace(disclosure, tables=tuple(tables.values())), problems)


@dataclass(frozen=True, eq=False)
class _Table:
    """One target table as the rules see it."""

    document: DocumentFacts
    facts: TableOfFacts

    @cached_property
    def department(self) -> str:
        return comparable(self.facts.department_name)

    @cached_property
    def title(self) -> str:
        return comparable(self.facts.title)

    @cached_property
    def units(self) -> frozenset[str]:
        return frozenset(map(comparable, self.facts.unit_names)) - {""}

    @cached_property
    def projects(self) -> frozenset[str]:
        return frozenset(self.facts.project_keys)

    @property
    def is_accepted(self) -> bool:
        return self.facts.verdict == Verdict.ACCEPTED.value

    @property
    def is_there(self) -> bool:
        return self.document.withdrawn_at is None

    @property
    def name(self) -> str:
        return f"{self.document.source_file} ({self.document.document_id[:_ID_SHOWN]}…)"


def kinship(one: TableOfFacts, other: TableOfFacts) -> Kinship:
    """What two tables of one year in different files are to each other: the truth table above.

    A file in which no table was found is kin to none.
    """
    return _kinship(*(_Table(_NOWHERE, facts) for facts in (one, other)))


_NOWHERE: Final = DocumentFacts("", "", datetime.min, ())


def _kinship(one: _Table, other: _Table) -> Kinship:
    if not one.facts.table_number or not other.facts.table_number:
        return Kinship.DISTINCT
    same_department = one.department == other.department != ""
    other_department = "" != one.department != other.department != ""
    shared = len(one.projects & other.projects)
    most = 0 < min(len(one.projects), len(other.projects)) <= 2 * shared
    if one.units and other.units:
        overlap = bool(one.units & other.units)
        if same_department and one.title == other.title:
            return Kinship.REVISION if overlap and shared else Kinship.ASK
        return Kinship.ASK if overlap and most else Kinship.DISTINCT
    if same_department and one.title == other.title:
        return Kinship.ASK
    return Kinship.ASK if most and not other_department else Kinship.DISTINCT


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Why a table is for a person to say, and with which others."""

    why: str
    others: tuple[_Table, ...]


class _Year:
    """The tables of one year, and what is settled of them so far."""

    def __init__(self, facts: Sequence[DocumentFacts], words: Sequence[RevisionWord]) -> None:
        self.tables = [_Table(one, table) for one in facts for table in one.tables]
        self._of_document: dict[str, list[_Table]] = defaultdict(list)
        self._replaced_by: dict[str, list[_Table]] = defaultdict(list)
        for table in self.tables:
            self._of_document[table.document.document_id].append(table)
            if table.document.replaced_by is not None:
                self._replaced_by[table.document.replaced_by].append(table)
        self._said = {frozenset((one, other)): (one, relation) for one, other, relation in pairs_of(words)}
        self.doubts: dict[_Table, _Doubt] = {}
        self.kin: dict[_Table, dict[_Table, Kinship]] = {table: {} for table in self.tables}
        for one, other in self._candidates():
            if (found := self._kinship(one, other)) is not Kinship.DISTINCT:
                self.kin[one][other] = self.kin[other][one] = found

    def _candidates(self) -> Iterator[tuple[_Table, _Table]]:
        """The pairs of tables in different files that may be anything but distinct, each once or more."""
        by_heading: dict[tuple[str, str], list[_Table]] = defaultdict(list)
        by_project: dict[tuple[str, str], list[_Table]] = defaultdict(list)
        nameless: list[_Table] = []
        for table in self.tables:
            if table.facts.table_number and table.department:
                by_heading[table.department, table.title].append(table)
            # Without units, a project's name alone tells nothing of tables of different departments.
            where = "" if table.units else table.department
            for key in table.projects:
                by_project[key, where].append(table)
            if not table.units and not table.department:
                nameless.append(table)
        for group in (*by_heading.values(), *by_project.values()):
            yield from _pairs(group)
        for one, other in product(nameless, self.tables):
            if one.document is not other.document and one.projects & other.projects:
                yield one, other
        for said in self._said:
            one_id, other_id = said
            yield from product(self._of_document.get(one_id, ()), self._of_document.get(other_id, ()))
        for document_id, replaced in self._replaced_by.items():
            yield from product(replaced, self._of_document.get(document_id, ()))

    def _kinship(self, one: _Table, other: _Table) -> Kinship:
        """As they print it, or as a person said."""
        found = _kinship(one, other)
        said = self._said.get(frozenset((one.document.document_id, other.document.document_id)))
        if said is None:
            return found
        if said[1] is Relation.DIFFERENT:
            return Kinship.DISTINCT
        # Of files with several tables, the word is about those that have something in common.
        are_single = all(len(table.document.tables) == 1 for table in (one, other))
        are_read = bool(one.facts.table_number and other.facts.table_number)
        return Kinship.REVISION if found is not Kinship.DISTINCT or (are_single and are_read) else found

    def _is_later(self, one: _Table, than: _Table) -> bool:
        """Whether ``one`` is surely the later version of the two."""
        ids = one.document.document_id, than.document.document_id
        said = self._said.get(frozenset(ids))
        if said is not None and said[1] is Relation.REVISED:
            return said[0] == ids[1]
        return one.document.first_seen_at > than.document.first_seen_at

    # --- what counts --------------------------------------------------------------------------------

    def _is_accepted(self, table: _Table) -> bool:
        return table.is_accepted and table not in self.doubts

    def _may_count(self, table: _Table) -> bool:
        """Whether its file is there, or was replaced by what is not accepted in its place."""
        if table.is_there:
            return True
        successors = self._of_document.get(table.document.replaced_by or "", [])
        if any(self._is_accepted(one) and one in self.kin[table] for one in successors):
            return False
        return any(self._may_replace(one, table) for one in successors)

    def _may_replace(self, one: _Table, table: _Table) -> bool:
        """Whether ``one``, in the place of ``table``, may be its next version and is not accepted.

        Of what is not accepted, what is printed may not have been read, or not rightly: only a department
        and projects that are there and are others say that it is another disclosure.
        """
        if self._is_accepted(one):
            return False
        said = self._said.get(frozenset((one.document.document_id, table.document.document_id)))
        if said is not None and said[1] is Relation.DIFFERENT:
            return False
        is_unread = not (one.department and table.department and one.projects)
        return is_unread or one.department == table.department or one in self.kin[table]

    def _later_versions(self, table: _Table) -> list[_Table]:
        """The accepted later versions of a table, the earliest first."""
        found = [
            other
            for other, kinship_ in self.kin[table].items()
            if kinship_ is Kinship.REVISION
            and self._is_later(other, table)
            and self._is_accepted(other)
            and self._may_count(other)
        ]
        return sorted(found, key=lambda one: (one.document.first_seen_at, one.document.source_file))

    def _counts_but_for_doubts(self, table: _Table) -> bool:
        return table.is_accepted and self._may_count(table) and not self._later_versions(table)

    def _find_doubts(self) -> bool:
        """Note which tables are for a person to say; whether there were new ones."""
        standing = [table for table in self.tables if self._counts_but_for_doubts(table)]
        held = set(standing)
        found: dict[_Table, _Doubt] = dict(self._circles())
        for table in standing:
            kin = [(other, self.kin[table][other]) for other in self.kin[table] if other in held]
            asked = tuple(other for other, kinship_ in kin if kinship_ is Kinship.ASK)
            alike = tuple(
                other
                for other, _ in kin
                if not (self._is_later(table, other) or self._is_later(other, table))
            )
            if asked:
                found[table] = _Doubt("department, title and units agree in part", asked)
            elif alike:
                why = "department, title and units agree, and neither was seen before the other"
                found[table] = _Doubt(why, alike)
        new = {table: doubt for table, doubt in found.items() if table not in self.doubts}
        self.doubts |= new
        return bool(new)

    def _circles(self) -> Iterator[tuple[_Table, _Doubt]]:
        """Tables that supersede one another in a circle, as people's words can make them: none counts."""
        for table in self.tables:
            later = self._later_versions(table) if self._is_accepted(table) else []
            if not later:
                continue
            seen, todo = set(later), list(later)
            while todo:
                for one in self._later_versions(todo.pop()):
                    if one not in seen:
                        seen.add(one)
                        todo.append(one)
            if all(self._later_versions(one) for one in seen):
                yield table, _Doubt("what revisions.yaml says of their order leads in a circle", tuple(later))

    def decide(self) -> dict[str, Decision]:
        # Each turn holds tables for a person; an earlier version may count again for it, and be in doubt too.
        while self._find_doubts():
            pass
        decisions: dict[str, dict[int, TableDecision]] = defaultdict(dict)
        for table in self.tables:
            found = self._decide(table)
            if found != TableDecision():
                decisions[table.document.document_id][table.facts.table_number] = found
        return {document_id: Decision(dict(tables)) for document_id, tables in decisions.items()}

    def _decide(self, table: _Table) -> TableDecision:
        at = table.document.withdrawn_at
        later = self._later_versions(table)
        successor = later[0].document.document_id if later else None
        decided = TableDecision(
            superseded_by=successor,
            superseding_tables=tuple(
                sorted(one.facts.table_number for one in later if one.document.document_id == successor)
            ),
            withdrawn_at=at,
        )
        if later and (at is None or table.document.replaced_by is not None):
            said = f"{later[0].name} is a later version of it, and counts in its place."
            return _with(decided, table, Standing.SUPERSEDED, "superseded", said)
        if at is not None and (later or not (table.is_accepted and self._may_count(table))):
            said = f"No file in the folder has this content any more since {at:%Y-%m-%d}."
            return _with(decided, table, Standing.WITHDRAWN, "file_withdrawn", said)
        if table in self.doubts:
            decided = _with(decided, table, decided.standing, "revision_unclear", self._why_in_doubt(table))
        earlier = self._waits_for(table)
        if earlier is not None:
            said = f"It is a later version of {earlier.name}, which counts until this one is accepted."
            return _with(decided, table, Standing.WAITING, "later_version_not_accepted", said)
        successors = self._of_document.get(table.document.replaced_by or "", ())
        waiting = [one for one in (*self.kin[table], *successors) if table in self._earlier_versions(one)]
        if waiting:
            said = f"{_names(waiting)} is a later version that is not accepted: these values may be outdated."
            return _with(decided, table, decided.standing, "later_version_waiting", said)
        return decided

    def _waits_for(self, table: _Table) -> _Table | None:
        """The earlier version that counts until this table, which is not accepted, may."""
        earlier = self._earlier_versions(table)
        return max(earlier, key=lambda one: one.document.first_seen_at) if earlier else None

    def _earlier_versions(self, table: _Table) -> list[_Table]:
        """Every table that counts until this one, which is not accepted, may."""
        if self._is_accepted(table) or not table.is_there:
            return []
        earlier = [
            other
            for other, kinship_ in self.kin[table].items()
            if kinship_ is Kinship.REVISION and self._is_later(table, other) and self._does_count(other)
        ]
        earlier += [
            other
            for other in self._replaced_by.get(table.document.document_id, ())
            if other not in earlier and self._may_replace(table, other) and self._does_count(other)
        ]
        return earlier

    def _does_count(self, table: _Table) -> bool:
        return self._counts_but_for_doubts(table) and table not in self.doubts

    def _why_in_doubt(self, table: _Table) -> str:
        doubt = self.doubts[table]
        ids = sorted({one.document.document_id for one in (table, *doubt.others)})
        return (
            f"It may be the same disclosure as {_names(doubt.others)}: {doubt.why}. Say in revisions.yaml "
            f"whether they are different or revised (the oldest first): {', '.join(ids)}."
        )


def _with(decided: TableDecision, table: _Table, standing: Standing, code: str, said: str) -> TableDecision:
    number = table.facts.table_number or None
    problem = Problem(Stage.DOCUMENTS, code, said, table_number=number)
    return replace(decided, standing=standing, problems=(*decided.problems, problem))


def _names(tables: Iterable[_Table]) -> str:
    names = sorted({one.name for one in tables})
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _pairs(tables: Sequence[_Table]) -> Iterator[tuple[_Table, _Table]]:
    return (
        (one, other)
        for one, other in combinations(tables, 2)
        if one.document.document_id != other.document.document_id
    )
