"""Is the same project found in the next year's disclosure, and never another?

    python -m benchmarks.links                    # 64 documents over two years
    python -m benchmarks.links --documents 120 --seed 2

Draws the disclosures of invented departments for two years as PDFs. From one year to the next projects stay,
end, begin, change amounts, goals and targets, and are renamed, moved, doubled and printed otherwise; of some
departments a year is missing or held, and projects of other bodies have the same names and goals by chance.
The files go through the whole pipeline, and every link is held against who is who. Ends with status 1 if one
pair is linked that is not one project.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zc_pipeline.linking import link_year
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import records_of
from zc_pipeline_tests.drawing import (
    Disclosure,
    Layout,
    Project,
    Unit,
    draw_disclosure,
    make_disclosure,
    re_added,
)
from zc_pipeline_tests.drawing.vocabulary import PLACES, UNITS

YEAR = 2024
_NEXT_TO_A_UNIT = "下属服务中心"
_TWICE = "年度重点工作经费"
_SHARE_OF_MISSING = 0.08
_SHARE_OF_HELD = 0.06

STAYS = "stays"
PRINTED_OTHERWISE = "printed otherwise"
YEAR_IN_NAME = "year in the name"
OTHER_UNIT = "moved to another unit"
OTHER_DEPARTMENT = "moved to another department"
UNIT_RENAMED = "unit renamed"
DEPARTMENT_RENAMED = "department renamed"
TWICE_APART = "name twice, goals differ"
TWICE_ALIKE = "name twice, alike"
RENAMED = "project renamed"
KINDS = (
    STAYS,
    PRINTED_OTHERWISE,
    YEAR_IN_NAME,
    UNIT_RENAMED,
    OTHER_UNIT,
    DEPARTMENT_RENAMED,
    OTHER_DEPARTMENT,
    TWICE_APART,
    TWICE_ALIKE,
    RENAMED,
)
ENDINGS = ("certain", "probable", "ambiguous", "not_covered", "new or ended")


@dataclass(frozen=True)
class Known:
    """A project of one year. Equal identities in two years are one project; ``kind`` is what became of it."""

    identity: int
    kind: str
    project: Project


@dataclass(frozen=True)
class Body:
    """A department of one year with its units' projects."""

    name: str
    units: tuple[tuple[str, tuple[Known, ...]], ...]

    def disclosed(self, year: int) -> Disclosure:
        """Its disclosure, sums included."""
        units = tuple(
            Unit(name, "", "", "", "", tuple(one.project for one in known))
            for name, known in self.units
            if known
        )
        title = f"{year}年项目支出绩效目标表（含转移支付项目）"
        return re_added(Disclosure(title, self.name, "万元", units, year=year))

    @property
    def known(self) -> list[Known]:
        """Its projects in printed order."""
        return [one for _, known in self.units for one in known]


@dataclass(frozen=True)
class Result:
    """What one run found.

    ``endings`` counts the true pairs by kind and by what the tables say of them; ``wrong`` names each link
    between two projects; ``unread`` counts the true pairs of which a disclosure was not there or held.
    """

    documents: int
    endings: Counter[tuple[str, str]]
    wrong: tuple[str, ...]
    unread: int
    falsely_new: tuple[str, ...]
    seconds: float

    @property
    def linked(self) -> int:
        """True pairs that were linked."""
        return sum(count for (_, ending), count in self.endings.items() if ending in ("certain", "probable"))

    def lines(self) -> list[str]:
        """The result as plain lines."""
        width = max(map(len, KINDS))
        rows = [f"{'':{width}} {'pairs':>6} " + " ".join(f"{ending:>12}" for ending in ENDINGS)]
        for kind in KINDS:
            counts = [self.endings[kind, ending] for ending in ENDINGS]
            rows.append(f"{kind:{width}} {sum(counts):>6} " + " ".join(f"{count:>12}" for count in counts))
        missed = sum(self.endings.values()) - self.linked
        return [
            *rows,
            "",
            f"{self.documents} documents over two years in {self.seconds:.0f} s",
            f"right {self.linked}, wrong {len(self.wrong)}, missed {missed} "
            f"(of these called new or ended: {len(self.falsely_new)}); "
            f"{self.unread} more pairs had a disclosure missing or held",
            *(f"WRONG: {one}" for one in self.wrong),
        ]


# --- two years ---------------------------------------------------------------------------------------


class _World:
    """Makes departments and what becomes of them; every identity is given once."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._identities = 0

    def known(self, project: Project, kind: str = STAYS) -> Known:
        self._identities += 1
        return Known(self._identities, kind, project)

    def body(self, number: int, seed: int) -> Body:
        """A department with a main unit and another."""
        place, office = PLACES[number % len(PLACES)], UNITS[number // len(PLACES) % len(UNITS)]
        name = place + office
        drawn = make_disclosure(seed, 2, 5, indicators=(1, 5), year=YEAR - 1)
        units = []
        for index, unit in enumerate(drawn.units):
            projects = [self.known(project) for project in unit.projects]
            if self.chance.random() < 0.5:
                dated = replace(projects[1].project, name=f"{YEAR - 1}年{projects[1].project.name}")
                projects[1] = replace(projects[1], project=dated, kind=YEAR_IN_NAME)
            if index == 0 and self.chance.random() < 0.35:
                projects += self._twice(projects)
            units.append((name + (_NEXT_TO_A_UNIT if index else ""), tuple(projects)))
        return Body(name, tuple(units))

    def _twice(self, like: Sequence[Known]) -> list[Known]:
        """Two projects of one name, told apart by their goals or by nothing."""
        first, second = (one.project for one in like[2:4])
        if self.chance.random() < 0.5:
            return [
                self.known(replace(first, name=_TWICE), TWICE_ALIKE),
                self.known(
                    replace(first, name=_TWICE, total="8.00", fiscal="8.00", special_account="", other=""),
                    TWICE_ALIKE,
                ),
            ]
        goals = ("培训农村电商带头人，建成村级服务站点", "修缮文化礼堂，组织送戏下乡巡回演出")
        return [
            self.known(replace(project, name=_TWICE, goal=goal), TWICE_APART)
            for project, goal in zip((first, second), goals, strict=True)
        ]

    def next_year(self, bodies: Sequence[Body], spare: Iterable[Disclosure]) -> list[Body]:
        """What the departments publish a year later."""
        fresh = iter([project for disclosure in spare for project in disclosure.projects])
        following = [self._follow(body, fresh) for body in bodies]
        for _ in range(len(bodies) // 5):
            self._move_between(following)
        return following

    def _follow(self, body: Body, fresh: Iterable[Project]) -> Body:
        pool = iter(fresh)
        units: list[tuple[str, list[Known]]] = []
        for name, known in body.units:
            kept = [self._change(one) for one in known if self.chance.random() > 0.12]
            # What begins has a name that the unit did not have: by name it would be what ended.
            taken = {one.project.name for one in (*known, *kept)}
            begun = next(project for project in pool if project.name not in taken)
            kept += [self.known(begun)] if self.chance.random() < 0.35 else []
            units.append((name, kept))
        what = self.chance.random()
        if what < 0.15:
            units[1] = (units[1][0] + "（综合执法大队）", [_as(one, UNIT_RENAMED) for one in units[1][1]])
        elif what < 0.3 and units[0][1]:
            moved = units[0][1].pop(self.chance.randrange(len(units[0][1])))
            taken = {one.project.name for one in units[1][1]}
            if moved.project.name not in taken:
                units[1][1].append(_as(moved, OTHER_UNIT))
        name = body.name
        if 0.3 <= what < 0.4:
            name = body.name.removesuffix("局") + "和数据局"
            units = [
                (
                    unit.replace(body.name, name) if unit == body.name else unit,
                    [_as(one, DEPARTMENT_RENAMED) for one in known],
                )
                for unit, known in units
            ]
        for _, known in units:
            self.chance.shuffle(known)
        return Body(name, tuple((unit, tuple(known)) for unit, known in units))

    def _change(self, one: Known) -> Known:
        """The project a year later: amounts, goal, targets, and how its name is printed."""
        project, kind = one.project, one.kind
        if self.chance.random() < 0.7:
            amount = f"{self.chance.randint(100, 99_999) / 100:,.2f}"
            project = replace(project, total=amount, fiscal=amount, special_account="", other="")
        if kind not in (TWICE_APART, TWICE_ALIKE) and self.chance.random() < 0.3:
            project = replace(project, goal=project.goal.rstrip("。") + "，" + self.chance.choice(_ADDED))
        if project.indicators and self.chance.random() < 0.4:
            changed = self.chance.randrange(len(project.indicators))
            indicators = list(project.indicators)
            if self.chance.random() < 0.5 and len(indicators) > 1:
                del indicators[changed]
            else:
                indicators[changed] = replace(indicators[changed], annual_target="≥85%")
            numbered = (replace(each, number=n) for n, each in enumerate(indicators, start=1))
            project = replace(project, indicators=tuple(numbered))
        if kind == YEAR_IN_NAME:
            project = replace(project, name=project.name.replace(str(YEAR - 1), str(YEAR)))
        elif kind == STAYS and "（" in project.name and self.chance.random() < 0.5:
            printed = project.name.replace("（", "(").replace("）", ")")
            project, kind = replace(project, name=printed), PRINTED_OTHERWISE
        elif kind == STAYS and self.chance.random() < 0.06:
            project, kind = replace(project, name="重点" + project.name), RENAMED
        return Known(one.identity, kind, project)

    def _move_between(self, bodies: list[Body]) -> None:
        """Move a project to another department of the same place."""
        here = self.chance.randrange(len(bodies))
        place = _place(bodies[here].name)
        others = [n for n, body in enumerate(bodies) if n != here and _place(body.name) == place]
        movable = [one for one in bodies[here].units[0][1] if one.kind == STAYS]
        if not others or not movable:
            return
        there = self.chance.choice(others)
        moved = self.chance.choice(movable)
        if any(one.project.name == moved.project.name for one in bodies[there].known):
            return
        bodies[here] = _with_first_unit(bodies[here], lambda known: tuple(k for k in known if k is not moved))
        bodies[there] = _with_first_unit(bodies[there], lambda known: (*known, _as(moved, OTHER_DEPARTMENT)))


_ADDED = ("新增任务按上级部署推进", "并做好资金监管", "同时开展中期评估")


def _as(one: Known, kind: str) -> Known:
    """The same project, of another kind if it was of none."""
    return replace(one, kind=kind) if one.kind in (STAYS, YEAR_IN_NAME, PRINTED_OTHERWISE) else one


def _place(name: str) -> str:
    return next(place for place in PLACES if name.startswith(place))


def _with_first_unit(body: Body, change: Callable[[tuple[Known, ...]], tuple[Known, ...]]) -> Body:
    (name, known), *rest = body.units
    return replace(body, units=((name, change(known)), *rest))


# --- the run -----------------------------------------------------------------------------------------


def run(documents: int, seed: int, folder: Path) -> Result:
    """Draw, read and link a corpus.

    Args:
        documents: PDFs of both years together; at least 4.
        seed: of the only source of chance.
        folder: an empty folder to work in.
    """
    started = time.monotonic()
    world = _World(seed)
    bodies = [world.body(number, seed * 1_000 + number) for number in range(min(documents // 2, 50))]
    spare = [make_disclosure(seed * 1_000 + 500 + n, 2, 5, indicators=(1, 5)) for n in range(len(bodies))]
    years = {YEAR - 1: bodies, YEAR: world.next_year(bodies, spare)}
    context = RunContext(DataPaths(folder), "links")
    drawn = 0
    for year, disclosed in years.items():
        target = context.paths.raw_dir / str(year)
        target.mkdir(parents=True)
        for number, body in enumerate(disclosed):
            if world.chance.random() < _SHARE_OF_MISSING:
                continue
            is_held = world.chance.random() < _SHARE_OF_HELD
            layout = Layout(show_unit_line=not is_held)
            draw_disclosure(body.disclosed(year), target / f"{number:03d}.pdf", layout)
            drawn += 1
        run_year(context, year)
    report = link_year(context, YEAR)
    who = _who_is_who(context, years)
    return _judge(records_of(report.frames["project_links"]), who, years, drawn, time.monotonic() - started)


def _who_is_who(context: RunContext, years: dict[int, list[Body]]) -> dict[tuple[int, str], Known]:
    """(Year, project_id) → the project that was drawn there."""
    found = {}
    for year, bodies in years.items():
        stored = read_table(context.paths.published("projects", year), "projects")
        assert stored is not None
        for row in records_of(stored.frame):
            body = bodies[int(Path(row["source_file"]).stem)]
            one = body.known[row["row_number"] - 1]
            assert "".join(one.project.name.split()) == "".join(row["project_name"].split())
            found[year, row["project_id"]] = one
    return found


def _judge(
    rows: Sequence[dict[str, object]],
    who: dict[tuple[int, str], Known],
    years: dict[int, list[Body]],
    documents: int,
    seconds: float,
) -> Result:
    endings: dict[int, str] = {}
    wrong, falsely_new = [], []
    here = {one.identity for (year, _), one in who.items() if year == YEAR}
    before = {one.identity for (year, _), one in who.items() if year == YEAR - 1}
    for row in rows:
        one = who.get((YEAR - 1, str(row["previous_project_id"])))
        other = who.get((YEAR, str(row["next_project_id"])))
        if one and other:
            if one.identity == other.identity:
                endings[one.identity] = str(row["certainty"])
            else:
                wrong.append(
                    f"{one.project.name} ({one.kind}) → {other.project.name} ({other.kind}): {row['why']}"
                )
        elif other and other.identity in before:
            state = str(row["link_state"])
            endings[other.identity] = "new or ended" if state == "new" else state
            if state == "new":
                falsely_new.append(other.project.name)
    both = here & before
    kinds = {one.identity: one.kind for body in years[YEAR] for one in body.known}
    drawn_twice = {one.identity for body in years[YEAR - 1] for one in body.known} & kinds.keys()
    counts = Counter((kinds[identity], endings.get(identity, "wrong")) for identity in both)
    return Result(documents, counts, tuple(wrong), len(drawn_twice - both), tuple(falsely_new), seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.links", description=__doc__)
    parser.add_argument(
        "--documents", type=int, default=64, help="PDFs of both years (default %(default)s, at most 100)"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="links-") as scratch:
        result = run(options.documents, options.seed, Path(scratch))
    print("\n".join(result.lines()))
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
