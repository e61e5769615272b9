"""The projects of two adjacent years, paired: frames in, `project_links` out.

A link is made where the evidence leaves one answer, and not otherwise:

1. *At home*: the name under the same unit of the same department, on both sides once. Widths of characters
   and blanks do not count, and the years in a name may all be one later.
2. *Told apart*: where a name stands there several times, goal or indicators must single one pair out. Nor
   is a pair at home linked that a project of the same name without a home fits better by these.
3. *Elsewhere*: under another unit or department the name needs the same goal or the same indicators as
   well, and no other project of the surroundings may share them.

What is left has its state and reason; where candidates remain they are named, and none is linked.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd

from zc_pipeline.model import SET_ASIDE, Verdict
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.project_links import Certainty, LinkRule, LinkState
from zc_pipeline.tables.frames import frame_of, frame_of_columns, records_of

# Raised whenever equal tables could give other links or changes: files of another version are made anew.
LINK_RULES_VERSION: Final = "1"

# Goals shorter than this are phrases that any project could have: 保障各项工作正常开展 has ten characters.
SHORTEST_GOAL: Final = 12
SHORTEST_GOAL_ELSEWHERE: Final = 20
# Indicators in common that make the same project probable under another unit of its department, …
FEWEST_SHARED: Final = 3
# … that must come on top of the same goal where unit and department are others, …
FEWEST_SHARED_ELSEWHERE: Final = 2
# … and by which a pair must lead where a name stands there several times.
LEAD: Final = 2
# Pairs that make a body's other name believable where neither name occurs in the other year.
FEWEST_PAIRS_OF_BODIES: Final = 2

_MOST_NAMED: Final = 5
# A year of the time around a budget, standing alone: 2023年, 2022-2023, but not 120230.
_YEAR: Final = re.compile(r"(?<!\d)20\d\d(?!\d)")
_DATED: Final = re.compile(r"(?<!\d)20\d\d(?=年|[-.~至到/])|(?<=[-~至到])20\d\d(?!\d)")
_NEAR_YEARS: Final = 3
# The place that a body's name begins with: 广州市增城区 of 广州市增城区图书馆.
_PLACE: Final = re.compile(
    r"(?:(?!城市|社区|园区|小区)[^省市州盟区县旗镇乡局厅委办院校馆所站处会中()]{1,6}(?:[州镇乡][市县区]|[省市州盟区县旗镇乡]))+"
)


@dataclass(frozen=True, slots=True)
class PublishedYear:
    """The published tables of one year that links are made from."""

    year: int
    projects: pd.DataFrame
    indicators: pd.DataFrame
    documents: pd.DataFrame


def comparable(text: str | None) -> str:
    """A text without what printing decides: width of characters and brackets, blanks. Empty for None."""
    return "".join(unicodedata.normalize("NFKC", text or "").split())


def one_year_on(text: str, year: int, *, dated_only: bool = False) -> str:
    """The comparable text with each year near ``year`` raised by one; itself if it has none.

    Args:
        text: a comparable text.
        year: the budget year it was printed for; years more than three away stay as they are.
        dated_only: raise only what is plainly a date (2024年, 2024.05): goals and indicators have figures.
    """

    def raised(match: re.Match[str]) -> str:
        found = int(match[0])
        return str(found + 1) if abs(found - year) <= _NEAR_YEARS else match[0]

    return (_DATED if dated_only else _YEAR).sub(raised, text)


def printed_place(name: str | None) -> str:
    """The place that a body's name begins with: 广州市增城区 of 广州市增城区图书馆; empty if none."""
    found = _PLACE.match(comparable(name))
    return found[0] if found else ""


@dataclass(frozen=True)
class _Project:
    """One project as the rules see it. Keys of the year before come with their form one year on."""

    row: Mapping[str, Any]
    indicators: frozenset[tuple[str, str, str]]
    year: int

    @property
    def id(self) -> str:
        return str(self.row["project_id"])

    @property
    def key(self) -> tuple[int, str]:
        """Its identity among the projects of both years: one document may stand in both."""
        return self.year, self.id

    @cached_property
    def name(self) -> str:
        return comparable(self.row["project_name"])

    @cached_property
    def names(self) -> frozenset[str]:
        """Its name, and the name it would have a year later."""
        return frozenset({self.name, one_year_on(self.name, self.year)})

    @cached_property
    def unit(self) -> str:
        return comparable(self.row["unit_name"])

    @cached_property
    def department(self) -> str:
        return comparable(self.row["department_name"])

    @cached_property
    def home(self) -> tuple[str, str] | None:
        """Department and unit; None where the printed names do not make out a body."""
        is_known = self.department or (self.unit and printed_place(self.unit))
        return (self.department, self.unit) if is_known else None

    @cached_property
    def place(self) -> str:
        return printed_place(self.department) or printed_place(self.unit)

    @cached_property
    def goals(self) -> frozenset[str]:
        goal = comparable(self.row["performance_goal"]).rstrip("。")
        return frozenset({goal, one_year_on(goal, self.year, dated_only=True)} - {""})

    @cached_property
    def goal(self) -> str:
        return comparable(self.row["performance_goal"]).rstrip("。")


_Key = tuple[int, str]
_Pair = tuple[_Project, _Project]
_RuledPair = tuple[_Project, _Project, LinkRule]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What two projects have in common beside their names."""

    is_same_goal: bool
    goal_length: int
    shared: int
    most: int

    def leads(self, other: _Evidence) -> bool:
        """Whether it is plainly better than that of a rival: in one thing, and worse in none."""
        if self.is_same_goal != other.is_same_goal:
            return self.is_same_goal and self.shared >= other.shared
        return self.shared - other.shared >= LEAD and other.shared * 2 <= self.shared

    def challenges(self, own: _Evidence) -> bool:
        """Whether it makes a pair at home doubtful: it leads, or equals what little the pair itself has."""
        is_little = not own.is_same_goal and own.shared * 2 < own.most
        is_some = self.is_same_goal or self.shared > 0
        return self.leads(own) or (is_little and is_some and self.shared >= own.shared)

    @property
    def confirms(self) -> bool:
        """Enough where only the unit or only the department is another."""
        same_goal = self.is_same_goal and self.goal_length >= SHORTEST_GOAL
        return same_goal or (self.shared >= FEWEST_SHARED and self.shared * 3 >= self.most * 2)

    @property
    def confirms_elsewhere(self) -> bool:
        """Enough where unit and department are others."""
        same_goal = self.is_same_goal and self.goal_length >= SHORTEST_GOAL_ELSEWHERE
        return same_goal and self.shared >= FEWEST_SHARED_ELSEWHERE


def _evidence(before: _Project, now: _Project) -> _Evidence:
    return _Evidence(
        is_same_goal=now.goal in before.goals,
        goal_length=len(now.goal),
        shared=len(before.indicators & now.indicators),
        most=max(len(before.indicators), len(now.indicators)),
    )


@dataclass(frozen=True, slots=True)
class _Link:
    before: _Project
    now: _Project
    rule: LinkRule
    why: str

    @property
    def certainty(self) -> Certainty:
        certain = (LinkRule.SAME_NAME, LinkRule.SAME_NAME_OTHER_PRINT, LinkRule.SAME_NAME_NEXT_YEAR)
        return Certainty.CERTAIN if self.rule in certain else Certainty.PROBABLE


def project_links_frame(year: int, before: PublishedYear | None, now: PublishedYear) -> pd.DataFrame:
    """Pair the projects of a year with those of the year before.

    Args:
        year: the later year.
        before: tables of ``year`` - 1; None where that year is not published.
        now: tables of ``year``.

    Returns:
        `project_links`: every project of both years in exactly one row, or, if ambiguous, in one row of its
        own.
    """
    if before is None:
        return _links_of_lone_year(year, now)
    projects_now = _projects(now)
    projects_before = _projects(before)
    finder = _Finder(projects_before, projects_now, before, now)
    links = finder.find()
    rows = [_linked_row(year, link) for link in links]
    linked = {one.key for link in links for one in (link.before, link.now)}
    rows += [
        _single_row(year, one, finder.state_of(one, is_now=True), is_now=True)
        for one in projects_now
        if one.key not in linked
    ]
    rows += [
        _single_row(year, one, finder.state_of(one, is_now=False), is_now=False)
        for one in projects_before
        if one.key not in linked
    ]
    return frame_of("project_links", rows)


def _projects(tables: PublishedYear) -> list[_Project]:
    keys: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for row in records_of(tables.indicators[["project_id", "level1_code", "level2_code", "indicator_name"]]):
        key = (row["level1_code"], row["level2_code"], comparable(row["indicator_name"]))
        keys[row["project_id"]][key] += 1
    return [
        _Project(
            row, frozenset(key for key, n in keys[row["project_id"]].items() if n == 1), year=tables.year
        )
        for row in records_of(tables.projects)
    ]


class _Finder:
    """Finds the links of two years, and what can be said of the rest. Call :meth:`find` first."""

    def __init__(
        self,
        before: Sequence[_Project],
        now: Sequence[_Project],
        tables_before: PublishedYear | None,
        tables_now: PublishedYear,
    ) -> None:
        self._before, self._now = before, now
        self._is_alone = tables_before is None
        self._seen_before = _Seen.of(before, tables_before.documents if tables_before else None)
        self._seen_now = _Seen.of(now, tables_now.documents)
        self._partner: dict[_Key, _Key] = {}
        # Candidates by project, of either year, and the first reason why they are no more than that.
        self._candidates: dict[_Key, dict[_Key, _Project]] = defaultdict(dict)
        self._why_ambiguous: dict[_Key, LinkRule] = {}
        by_name_now: dict[str, list[_Project]] = defaultdict(list)
        for one in now:
            by_name_now[one.name].append(one)
        self._same_name_now = {
            one.key: [
                found
                for name in sorted(one.names)
                for found in by_name_now.get(name, ())
                if found.id != one.id
            ]
            for one in before
        }
        self._same_name_before: dict[_Key, list[_Project]] = defaultdict(list)
        for one in before:
            for found in self._same_name_now[one.key]:
                self._same_name_before[found.key].append(one)

    def find(self) -> list[_Link]:
        """All links, those at home first."""
        at_home = self._at_home()
        self._note(at_home)
        challenges = [self._challenges(link) for link in at_home]
        links = [link for link, found in zip(at_home, challenges, strict=True) if not found]
        for link, found in zip(at_home, challenges, strict=True):
            if found:
                self._give_up(link, found)
        elsewhere = self._elsewhere()
        self._note(elsewhere)
        self._find_other_names()
        return [*links, *elsewhere]

    def _note(self, links: Iterable[_Link]) -> None:
        for link in links:
            self._partner[link.before.key] = link.now.key
            self._partner[link.now.key] = link.before.key

    # --- at home ------------------------------------------------------------------------------------

    def _at_home(self) -> list[_Link]:
        edges = [
            (one, other)
            for one in self._before
            for other in self._same_name_now[one.key]
            if one.home is not None and one.home == other.home
        ]
        return [link for group in _components(edges) for link in self._settle(group)]

    def _settle(self, edges: Sequence[_Pair]) -> list[_Link]:
        """Links among projects that could all be one another by name, unit and department."""
        if len(edges) == 1:
            return [_home_link(*edges[0])]
        found = []
        for one, other in edges:
            own = _evidence(one, other)
            # Pairs that share one end with this one, not both.
            rivals = [_evidence(a, b) for a, b in edges if (a.key == one.key) != (b.key == other.key)]
            if (own.is_same_goal or own.shared >= LEAD) and all(own.leads(rival) for rival in rivals):
                why = (
                    "Name, unit and department fit several projects, but of all pairs they make only this "
                    f"one has {_in_words(own)}."
                )
                found.append(_Link(one, other, LinkRule.TOLD_APART, why))
        linked = {project.key for link in found for project in (link.before, link.now)}
        for one, other in edges:
            self._doubt(one, other, linked, LinkRule.SEVERAL_CANDIDATES)
        return found

    def _doubt(self, one: _Project, other: _Project, linked: Container[_Key], rule: LinkRule) -> None:
        for project, candidate in ((one, other), (other, one)):
            if project.key not in linked:
                self._candidates[project.key][candidate.key] = candidate
                self._why_ambiguous.setdefault(project.key, rule)

    def _challenges(self, link: _Link) -> list[_Pair]:
        """Pairs that make a link at home doubtful, with a project that has no home in the other year.

        A project may have moved to where another of its name ended. Then all of them are ambiguous.
        """
        one, other = link.before, link.now
        own = _evidence(one, other)
        rivals = [
            (rival, other)
            for rival in self._same_name_before[other.key]
            if self._is_free(rival) and _is_near(rival, other)
        ] + [
            (one, rival)
            for rival in self._same_name_now[one.key]
            if self._is_free(rival) and _is_near(one, rival)
        ]
        return [pair for pair in rivals if _evidence(*pair).challenges(own)]

    def _give_up(self, link: _Link, challenges: Sequence[_Pair]) -> None:
        for project in (link.before, link.now):
            del self._partner[project.key]
        for one, other in ((link.before, link.now), *challenges):
            self._doubt(one, other, (), LinkRule.CHALLENGED)

    # --- elsewhere ----------------------------------------------------------------------------------

    def _elsewhere(self) -> list[_Link]:
        """Links of what has no candidate at home, by name and further agreement."""
        rules = {
            (one.key, other.key): (one, other, rule)
            for one in self._before
            if self._is_free(one)
            for other in self._same_name_now[one.key]
            if self._is_free(other) and (rule := _other_home(one, other)) is not None
        }
        confirmed = {
            pair: found for pair, found in rules.items() if _confirms(found[2], _evidence(*found[:2]))
        }
        counts = Counter(key for pair in confirmed for key in pair)
        unique = [
            (one, other, rule)
            for one, other, rule in confirmed.values()
            if counts[one.key] == counts[other.key] == 1 and not self._has_rival(one, other)
        ]
        links = [
            _Link(one, other, rule, _why_elsewhere(one, other, rule))
            for one, other, rule in self._believable(unique)
        ]
        linked = {project.key for link in links for project in (link.before, link.now)}
        for pair, (one, other, rule) in rules.items():
            # A common name alone says little where unit and department are others.
            if pair in confirmed or rule is not LinkRule.OTHER_BODY:
                self._doubt(one, other, linked, LinkRule.UNCONFIRMED)
        return links

    def _is_free(self, project: _Project) -> bool:
        return project.key not in self._partner and project.key not in self._candidates

    def _has_rival(self, one: _Project, other: _Project) -> bool:
        """Whether another project around, linked or not, shares what would confirm the pair."""
        near = {one.department, other.department}

        def is_near(project: _Project) -> bool:
            return project.department in near or (project.place != "" and project.place == one.place)

        return any(
            is_near(rival) and rival.key != other.key and _evidence(one, rival).confirms
            for rival in self._same_name_now[one.key]
        ) or any(
            is_near(rival) and rival.key != one.key and _evidence(rival, other).confirms
            for rival in self._same_name_before[other.key]
        )

    def _believable(self, pairs: Sequence[_RuledPair]) -> list[_RuledPair]:
        """The pairs without those of two bodies of which a disclosure may just be missing.

        That a project left one body for another is seen only where both bodies are seen in both years. Where
        neither is, one may be the other's later name: then several pairs must say so and none against it. A
        department that publishes everything in one file shows all its units in it.
        """
        bodies = Counter(_bodies(pair) for pair in pairs)
        kept = []
        for pair in pairs:
            one, other, rule = pair
            here = _bodies(pair)
            is_gone, has_come = self._seen_now.lacks(here[0]), self._seen_before.lacks(here[1])
            others = sum(count for found, count in bodies.items() if found != here and set(found) & set(here))
            is_other_name = is_gone and has_come and bodies[here] >= FEWEST_PAIRS_OF_BODIES and not others
            is_in_one_file = (
                rule is LinkRule.OTHER_UNIT
                and self._seen_before.file_count(one.department) == 1
                and self._seen_now.file_count(other.department) == 1
            )
            is_move = not is_gone and not has_come
            if rule is LinkRule.OTHER_DEPARTMENT or is_in_one_file or is_move or is_other_name:
                kept.append(pair)
        return kept

    def _find_other_names(self) -> None:
        """Name as candidates, never link, what has the same goal and indicators at home by another name."""
        homes: dict[tuple[str, str], list[_Project]] = defaultdict(list)
        for other in self._now:
            if self._is_free(other) and other.home is not None:
                homes[other.home].append(other)
        pairs = [
            (one, other)
            for one in self._before
            if self._is_free(one) and one.home is not None
            for other in homes.get(one.home, ())
            if one.id != other.id and _evidence(one, other).confirms_elsewhere
        ]
        for one, other in pairs:
            self._doubt(one, other, (), LinkRule.OTHER_NAME)

    # --- the rest -----------------------------------------------------------------------------------

    def state_of(self, project: _Project, *, is_now: bool) -> _State:
        """State, reason, candidates and the reason in words of a project that is not linked."""
        other = "the year before" if is_now else "the year"
        there, here = (self._seen_before, self._seen_now) if is_now else (self._seen_now, self._seen_before)
        candidates = sorted(self._candidates.get(project.key, {}).values(), key=lambda one: one.id)
        name = project.row["department_name"] or "no printed name"
        if candidates:
            rule = self._why_ambiguous[project.key]
            return _State(LinkState.AMBIGUOUS, rule, _why_ambiguous(rule, candidates, other), candidates)
        if self._is_alone:
            return _not_covered(LinkRule.YEAR_MISSING, _NO_YEAR_BEFORE)
        if project.id in there.ids:
            return _not_covered(
                LinkRule.DOCUMENT_IN_BOTH_YEARS, "The very same document is published for both years."
            )
        if not project.department or project.department not in there.is_whole:
            return _not_covered(
                LinkRule.DEPARTMENT_MISSING,
                f"There is no accepted table of the department ({name}) in {other}.",
            )
        if not there.is_whole[project.department]:
            return _not_covered(
                LinkRule.DEPARTMENT_DOUBTFUL,
                f"A table of the department ({name}) was held or refused in {other}.",
            )
        files = max(there.file_count(project.department), here.file_count(project.department))
        if files > 1 and there.lacks((project.department, project.unit)):
            return _not_covered(
                LinkRule.UNIT_MISSING,
                f"The department ({name}) publishes several files, and none of {other} has the unit.",
            )
        why = (
            f"The accepted tables of the department ({name}) in {other} have no project of this name that is "
            "not another's, and none at the same unit with the same goal and indicators."
        )
        return _State(LinkState.NEW if is_now else LinkState.ENDED, LinkRule.NO_MATCH, why, ())


@dataclass(frozen=True, slots=True)
class _State:
    """What is said of a project that is not linked."""

    state: LinkState
    rule: LinkRule
    why: str
    candidates: Sequence[_Project]


def _not_covered(rule: LinkRule, why: str) -> _State:
    return _State(LinkState.NOT_COVERED, rule, why, ())


@dataclass(frozen=True)
class _Seen:
    """What a year's published tables show of departments and units.

    ``is_whole``: department → whether all its tables of the year were accepted; no entry where none was.
    """

    ids: frozenset[str]
    bodies: frozenset[tuple[str, str] | str]
    files: Mapping[str, int]
    is_whole: Mapping[str, bool]

    @classmethod
    def of(cls, projects: Sequence[_Project], documents: pd.DataFrame | None) -> _Seen:
        verdicts: dict[str, set[str]] = defaultdict(set)
        columns = ["department_name", "verdict", "standing"]
        for row in records_of(documents[columns]) if documents is not None else ():
            if row["standing"] not in SET_ASIDE:
                verdicts[comparable(row["department_name"])].add(row["verdict"])
        accepted = Verdict.ACCEPTED.value
        files: dict[str, set[str]] = defaultdict(set)
        for one in projects:
            files[one.department].add(one.row["source_file"])
        return cls(
            ids=frozenset(one.id for one in projects),
            bodies=frozenset(
                {one.department for one in projects} | {(one.department, one.unit) for one in projects}
            ),
            files={department: len(found) for department, found in files.items()},
            is_whole={
                department: found == {accepted} for department, found in verdicts.items() if accepted in found
            },
        )

    def lacks(self, body: tuple[str, str] | str) -> bool:
        """Whether no project of a department, or of a unit of a department, is published."""
        return body not in self.bodies

    def file_count(self, department: str) -> int:
        """In how many files the projects of a department are."""
        return self.files.get(department, 0)


def _bodies(pair: _RuledPair) -> tuple[tuple[str, str] | str, tuple[str, str] | str]:
    """The bodies between which a pair would be a move or another name."""
    one, other, rule = pair
    if rule is LinkRule.OTHER_UNIT:
        return (one.department, one.unit), (other.department, other.unit)
    return one.department, other.department


def _components(edges: Sequence[_Pair]) -> list[list[_Pair]]:
    """The edges in groups that share no project, in their order."""
    root: dict[_Key, _Key] = {}

    def find(node: _Key) -> _Key:
        while root.setdefault(node, node) != node:
            node = root[node]
        return node

    for one, other in edges:
        root[find(one.key)] = find(other.key)
    groups: dict[_Key, list[_Pair]] = defaultdict(list)
    for edge in edges:
        groups[find(edge[0].key)].append(edge)
    return list(groups.values())


def _home_link(one: _Project, other: _Project) -> _Link:
    printed = ("project_name", "unit_name", "department_name")
    if one.name != other.name:
        rule, what = LinkRule.SAME_NAME_NEXT_YEAR, "The name is the same but for its years, one later"
    elif all(one.row[column] == other.row[column] for column in printed):
        rule, what = LinkRule.SAME_NAME, "The name is the same"
    else:
        rule = LinkRule.SAME_NAME_OTHER_PRINT
        what = "The name is the same but for widths of characters or blanks in the printed names"
    body = "unit and department" if one.unit and one.department else "unit" if one.unit else "department"
    why = f"{what}, under the same {body}, and stands there once in either year."
    return _Link(one, other, rule, why)


def _is_near(one: _Project, other: _Project) -> bool:
    """Whether two projects are of one department or of one place."""
    is_same_department = one.department != "" and one.department == other.department
    return is_same_department or (one.place != "" and one.place == other.place)


def _other_home(one: _Project, other: _Project) -> LinkRule | None:
    """The rule that could link two projects of one name that are not at one home; None if none could."""
    is_same_department = one.department != "" and one.department == other.department
    is_same_unit = one.unit != "" and one.unit == other.unit
    if is_same_department:
        return LinkRule.OTHER_UNIT if one.unit != other.unit else None
    if one.place == "" or one.place != other.place:
        return None
    return LinkRule.OTHER_DEPARTMENT if is_same_unit else LinkRule.OTHER_BODY


def _confirms(rule: LinkRule, evidence: _Evidence) -> bool:
    return evidence.confirms_elsewhere if rule is LinkRule.OTHER_BODY else evidence.confirms


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _in_words(evidence: _Evidence) -> str:
    goal = "the same goal" if evidence.is_same_goal else ""
    shared = f"{_number(evidence.shared, 'indicator')} in common" if evidence.shared else ""
    return " and ".join(part for part in (goal, shared) if part)


_ELSEWHERE_WORDS: Final[Mapping[LinkRule, str]] = {
    LinkRule.OTHER_UNIT: "The name is the same, in the same department under another unit",
    LinkRule.OTHER_DEPARTMENT: "The name is the same, under the same unit of another department",
    LinkRule.OTHER_BODY: "The name is the same, under another unit of another department of the same place",
}


def _why_elsewhere(one: _Project, other: _Project, rule: LinkRule) -> str:
    return (
        f"{_ELSEWHERE_WORDS[rule]}, with {_in_words(_evidence(one, other))}, which no other project of that "
        "name around has."
    )


def _why_ambiguous(rule: LinkRule, candidates: Sequence[_Project], other_year: str) -> str:
    names = "; ".join(_named(one) for one in candidates[:_MOST_NAMED])
    more = f"; and {len(candidates) - _MOST_NAMED} more" if len(candidates) > _MOST_NAMED else ""
    reasons: Mapping[LinkRule, str] = {
        LinkRule.SEVERAL_CANDIDATES: "Name, unit and department fit several projects, and neither goal nor "
        "indicators single one pair out",
        LinkRule.CHALLENGED: "Name, unit and department fit one project, but goal or indicators are those of "
        "another of that name",
        LinkRule.UNCONFIRMED: "The name is found under another unit or department, but goal and indicators "
        "do not confirm it, or fit others too",
        LinkRule.OTHER_NAME: "Goal and indicators are found at the same unit under another name",
    }
    return f"{reasons[rule]}. Candidates of {other_year}: {names}{more}."


def _named(project: _Project) -> str:
    unit = project.row["unit_name"] or project.row["department_name"]
    return f"{project.row['project_name']}" + (f" ({unit})" if unit else "")


_NO_YEAR_BEFORE: Final = "The year before has no published tables."
_SHOWN: Final = ("project_id", "project_name", "unit_name", "department_name", "source_file")


def _side(prefix: str, project: _Project | None) -> dict[str, Any]:
    return {f"{prefix}_{column}": project.row[column] if project else None for column in _SHOWN}


def _links_of_lone_year(year: int, now: PublishedYear) -> pd.DataFrame:
    """The rows of a year whose year before is not published: of no project anything can be said."""
    found = _not_covered(LinkRule.YEAR_MISSING, _NO_YEAR_BEFORE)
    columns: dict[str, Any] = dict.fromkeys(TABLES["project_links"].column_names)
    columns |= {
        "fiscal_year": year,
        "link_state": found.state.value,
        "rule": found.rule.value,
        "why": found.why,
        "candidate_count": 0,
        "candidate_project_ids": "",
    }
    columns |= {f"next_{column}": now.projects[column] for column in _SHOWN}
    return frame_of_columns("project_links", columns, len(now.projects))


def _linked_row(year: int, link: _Link) -> dict[str, Any]:
    evidence = _evidence(link.before, link.now)
    has_goals = bool(link.before.goal and link.now.goal)
    return {
        "fiscal_year": year,
        "link_state": LinkState.LINKED.value,
        "certainty": link.certainty.value,
        "rule": link.rule.value,
        "why": link.why,
        **_side("previous", link.before),
        **_side("next", link.now),
        "is_same_goal": evidence.is_same_goal if has_goals else None,
        "shared_indicator_count": evidence.shared,
        "candidate_count": 0,
        "candidate_project_ids": "",
    }


def _single_row(year: int, project: _Project, found: _State, *, is_now: bool) -> dict[str, Any]:
    return {
        "fiscal_year": year,
        "link_state": found.state.value,
        "certainty": None,
        "rule": found.rule.value,
        "why": found.why,
        **_side("previous", None if is_now else project),
        **_side("next", project if is_now else None),
        "is_same_goal": None,
        "shared_indicator_count": None,
        "candidate_count": len(found.candidates),
        "candidate_project_ids": " ".join(one.id for one in found.candidates),
    }


# --- conservation -----------------------------------------------------------------------------------


def check_links_kept(links: pd.DataFrame, before: PublishedYear | None, now: PublishedYear) -> GateResult:
    """Every project of either year stands in exactly one row on its side, with its own names.

    A linked row has both sides, any other exactly one; candidates are projects of the other year.
    """
    if before is None and _are_of_lone_year(links, now):
        return GateResult("project_links", "conservation", len(links), ())
    rows = records_of(links)
    found_before = _by_id(before.projects) if before else {}
    found_now = _by_id(now.projects)
    failures = [
        *_side_failures("previous", rows, found_before),
        *_side_failures("next", rows, found_now),
        *(
            GateFailure(check, None, f"{row['previous_project_id']} → {row['next_project_id']}", row["rule"])
            for row in rows
            for check in _broken(row, found_before, found_now)
        ),
    ]
    return GateResult("project_links", "conservation", len(links), tuple(failures))


def _are_of_lone_year(links: pd.DataFrame, now: PublishedYear) -> bool:
    """Whether the rows are each project of the year once, with its own names, and nothing is said of any.

    What does not look so is looked at row by row.
    """
    own = now.projects[list(_SHOWN)].sort_values("project_id", ignore_index=True)
    shown = links[[f"next_{column}" for column in _SHOWN]].set_axis(list(_SHOWN), axis=1)
    empty = [*(f"previous_{column}" for column in _SHOWN), "certainty"]
    return (
        len(links) == len(own)
        and shown.sort_values("project_id", ignore_index=True).equals(own)
        and bool(links[empty].isna().all(axis=None))
        and bool((links["link_state"] == LinkState.NOT_COVERED.value).all())
        and bool((links["candidate_count"] == 0).all())
        and bool((links["candidate_project_ids"] == "").all())
    )


def _by_id(projects: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["project_id"]: row for row in records_of(projects[list(_SHOWN)])}


def _side_failures(
    side: str, rows: Iterable[Mapping[str, Any]], expected: Mapping[str, Mapping[str, Any]]
) -> list[GateFailure]:
    counts = Counter(row[f"{side}_project_id"] for row in rows if row[f"{side}_project_id"] is not None)
    failures = [
        GateFailure(f"{side} project occurs once", None, one, f"{counts[one]} rows")
        for one in sorted(counts.keys() | expected.keys())
        if counts[one] != 1 or one not in expected
    ]
    failures += [
        GateFailure(f"{side} names are the project's", None, row[f"{side}_project_id"], str(row["why"])[:200])
        for row in rows
        if (own := expected.get(row[f"{side}_project_id"])) is not None
        and any(row[f"{side}_{column}"] != own[column] for column in _SHOWN)
    ]
    return failures


def _broken(row: Mapping[str, Any], before: Mapping[str, object], now: Mapping[str, object]) -> Iterable[str]:
    """What of a row contradicts itself."""
    has = {side: row[f"{side}_project_id"] is not None for side in ("previous", "next")}
    is_linked = row["link_state"] == LinkState.LINKED.value
    candidates = row["candidate_project_ids"].split()
    tests: Mapping[str, Callable[[], bool]] = {
        "a linked row has both projects, another one": lambda: (
            all(has.values()) if is_linked else sum(has.values()) == 1
        ),
        "a linked row alone has a certainty": lambda: is_linked == (row["certainty"] is not None),
        "new is of this year, ended of the year before": lambda: {
            "new": has["next"],
            "ended": has["previous"],
        }.get(row["link_state"], True),
        "an ambiguous row alone has candidates": lambda: (
            (row["link_state"] == LinkState.AMBIGUOUS.value) == bool(candidates)
            and len(candidates) == row["candidate_count"]
        ),
        "candidates are of the other year": lambda: (
            set(candidates) <= (before.keys() if has["next"] else now.keys())
        ),
    }
    return [name for name, holds in tests.items() if not holds()]
