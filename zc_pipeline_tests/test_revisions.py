"""Departments replace what they published: what counts after each night, what is kept, what is said of it."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from zc_pipeline import pipeline
from zc_pipeline.cli import main
from zc_pipeline.errors import PublicationStopped, UsageError
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.storage.parquet import read_table
from zc_pipeline_tests.drawing import Disclosure, faulty, make_disclosure
from zc_pipeline_tests.drawing.truth import re_added, with_indicator, with_project, without_project

Put = Callable[..., Path]


def disclosure_of(department: str, units: tuple[str, ...] | None = None, seed: int = 1) -> Disclosure:
    """A small disclosure of a department over units of its own."""
    names = units or (department, f"{department}信息中心")
    made = make_disclosure(seed, len(names), 2, indicators=(1, 2), quirks=False, shared_name=False)
    renamed = tuple(
        dataclasses.replace(unit, name=name) for unit, name in zip(made.units, names, strict=True)
    )
    return dataclasses.replace(made, department=department, units=renamed)


ORIGINAL = disclosure_of("东篱县农业农村局")
REVISED = re_added(
    with_project(ORIGINAL, 0, 0, total="1,234.56", fiscal="1,234.56", special_account="", other="")
)
# Another total for a project whose sum stays: the printed sums contradict it.
UNSOUND = with_project(ORIGINAL, 0, 0, total="9,876.54")


def night(context: RunContext, number: int, **changes: Any) -> pipeline.Candidate:
    """The run of one night of March."""
    now = datetime(2024, 3, number, tzinfo=UTC)
    return run_year(dataclasses.replace(context, now=now, run_id=f"night-{number}", **changes), 2024)


def table(context: RunContext, name: str) -> pd.DataFrame:
    stored = read_table(context.paths.published(name, 2024), name)
    assert stored is not None, f"{name} is not published"
    return stored.frame


def standings(context: RunContext) -> dict[str, str]:
    """Content → verdict and standing; contents named by when they were first seen, then by path."""
    documents = table(context, "documents").sort_values(["first_seen_at", "source_file"])
    return {
        f"{number} {Path(row.source_file).name}": f"{row.verdict} {row.standing}"
        for number, row in enumerate(documents.itertuples(), start=1)
    }


def ids(context: RunContext) -> dict[str, str]:
    documents = table(context, "documents").sort_values(["first_seen_at", "source_file"])
    return {
        f"{number} {Path(row.source_file).name}": row.document_id
        for number, row in enumerate(documents.itertuples(), start=1)
    }


def counting(context: RunContext) -> set[str]:
    """The contents with rows in `projects`, which are those with rows in `indicators`."""
    found = set(table(context, "projects")["document_id"])
    assert found == set(table(context, "indicators")["document_id"])
    return {name for name, one in ids(context).items() if one in found}


def codes(context: RunContext) -> dict[str, list[str]]:
    names = {one: name for name, one in ids(context).items()}
    found: dict[str, list[str]] = {}
    for row in table(context, "problems").itertuples():
        found.setdefault(names[row.document_id], []).append(row.code)
    return found


def put_others(context: RunContext, count: int = 4) -> None:
    """Other files, quickly refused, so that one file more or less is no fifth of the year."""
    folder = context.paths.raw_dir / "2024"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = faulty.not_a_pdf(folder / f"other{number}.pdf")
        path.write_bytes(path.read_bytes() + b"<!-- %d -->" % number)


def say(context: RunContext, relation: str, *documents: str) -> None:
    entry = {
        "documents": list(documents),
        "relation": relation,
        "reason": "asked the department",
        "name": "Wang Fang",
        "date": "2024-03-09",
    }
    context.paths.revisions.write_text(yaml.safe_dump([entry], allow_unicode=True), encoding="utf-8")


# --- a later version ------------------------------------------------------------------------------


def test_a_revised_copy_beside_the_old_file_takes_its_place(context: RunContext, put_pdf: Put) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    assert table(context, "revisions").empty
    put_pdf(REVISED, "b.pdf")
    night(context, 2)
    assert standings(context) == {"1 a.pdf": "accepted superseded", "2 b.pdf": "accepted current"}
    assert counting(context) == {"2 b.pdf"}
    assert codes(context) == {"1 a.pdf": ["superseded"]}
    documents = table(context, "documents").set_index("source_file")
    assert documents.loc["2024/a.pdf", "superseded_by"] == documents.loc["2024/b.pdf", "document_id"]
    assert set(table(context, "reconciliation")["source_file"]) == {"2024/b.pdf"}
    assert pipeline.pending_years(context.paths) == []


def test_a_file_replaced_under_its_name_takes_the_place_of_what_was_there(
    context: RunContext, put_pdf: Put
) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    put_pdf(REVISED, "a.pdf")
    night(context, 2)
    assert standings(context) == {"1 a.pdf": "accepted superseded", "2 a.pdf": "accepted current"}
    assert counting(context) == {"2 a.pdf"}
    assert table(context, "documents")["withdrawn_at"].notna().sum() == 1
    assert set(table(context, "revisions")["kind"]) == {"amount_changed"}
    before = table(context, "revisions")
    night(context, 3)
    pd.testing.assert_frame_equal(table(context, "revisions"), before)


def test_revisions_say_what_changed_from_what_to_what(context: RunContext, put_pdf: Put) -> None:
    removed = ORIGINAL.units[1].projects[0]
    added = dataclasses.replace(removed, name="新增的应急项目", total="8.00", fiscal="8.00", other="")
    added = dataclasses.replace(added, special_account="")
    changed = with_indicator(REVISED, 0, 1, 0, annual_target="≥97%", name=_indicator().name)
    changed = without_project(changed, 1, 0)
    unit = changed.units[1]
    unit = dataclasses.replace(unit, projects=(*unit.projects, added))
    changed = re_added(dataclasses.replace(changed, units=(changed.units[0], unit)))
    put_pdf(with_indicator(ORIGINAL, 0, 1, 0, annual_target="≥95%"), "a.pdf")
    night(context, 1)
    put_pdf(changed, "b.pdf")
    night(context, 2)
    found = table(context, "revisions")
    assert found["change_number"].tolist() == list(range(1, len(found) + 1))
    assert found["seen_at"].unique().tolist() == [datetime(2024, 3, 2, tzinfo=UTC)]
    assert set(found["department_name"]) == {"东篱县农业农村局"}
    rows = {
        (row.kind, row.column_name if pd.notna(row.column_name) else "", row.project_name): row
        for row in found.itertuples()
    }
    first = ORIGINAL.units[0].projects[0]
    total = rows["amount_changed", "total_cny", first.name]
    assert (total.from_text, total.to_text) == (first.total, "1,234.56")
    assert str(total.to_cny) == "12345600.00"
    assert total.from_cny + total.difference_cny == total.to_cny
    target = rows["target_raised", "annual_target", ORIGINAL.units[0].projects[1].name]
    assert (target.from_text, target.to_text) == ("≥95%", "≥97%")
    gone = rows["project_removed", "total_cny", removed.name]
    assert (gone.from_text, pd.isna(gone.to_text)) == (removed.total, True)
    new = rows["project_added", "total_cny", "新增的应急项目"]
    assert (pd.isna(new.from_text), new.to_text, str(new.to_cny)) == (True, "8.00", "80000.00")
    assert new.unit_name == "东篱县农业农村局信息中心"
    assert {kind for kind, *_ in rows} == {
        "amount_changed",
        "target_raised",
        "project_removed",
        "project_added",
    } | ({kind for kind, *_ in rows} & {"amount_appeared", "amount_vanished"})


def _indicator() -> Any:
    return ORIGINAL.units[0].projects[1].indicators[0]


def test_a_reprint_with_the_same_values_changes_nothing_but_the_file(
    context: RunContext, put_pdf: Put
) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    before = table(context, "projects").drop(columns=["document_id", "source_file", "project_id"])
    path = put_pdf(ORIGINAL, "b.pdf")
    path.write_bytes(path.read_bytes() + b"\n% saved again\n")
    night(context, 2)
    assert standings(context)["1 a.pdf"] == "accepted superseded"
    assert table(context, "revisions").empty
    after = table(context, "projects").drop(columns=["document_id", "source_file", "project_id"])
    pd.testing.assert_frame_equal(after, before)


@pytest.mark.parametrize("name", ["a.pdf", "b.pdf"], ids=["in its place", "beside it"])
def test_a_later_version_that_is_held_leaves_the_earlier_one_published(
    name: str, context: RunContext, put_pdf: Put
) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    before = table(context, "projects")
    put_pdf(UNSOUND, name)
    for number in (2, 3):
        night(context, number)
        assert standings(context) == {"1 a.pdf": "accepted current", f"2 {name}": "held waiting"}
        pd.testing.assert_frame_equal(table(context, "projects"), before)
    assert codes(context)["1 a.pdf"] == ["later_version_waiting"]
    assert "later_version_not_accepted" in codes(context)[f"2 {name}"]
    assert table(context, "revisions").empty
    put_pdf(REVISED, name)
    night(context, 4)
    assert standings(context)["1 a.pdf"].endswith("superseded")
    assert counting(context) == {f"3 {name}"}


def test_a_download_that_failed_leaves_the_earlier_version_published(
    context: RunContext, put_pdf: Put
) -> None:
    path = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    faulty.not_a_pdf(path)
    night(context, 2)
    assert standings(context) == {"1 a.pdf": "accepted current", "2 a.pdf": "refused waiting"}
    assert counting(context) == {"1 a.pdf"}
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 3)
    assert standings(context) == {"1 a.pdf": "accepted current", "2 a.pdf": "refused withdrawn"}


def test_a_release_lets_the_later_version_take_the_place(context: RunContext, put_pdf: Put) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    put_pdf(UNSOUND, "b.pdf")
    night(context, 2)
    later = ids(context)["2 b.pdf"]
    reasons = table(context, "documents").set_index("document_id").loc[later, "reason_codes"].split()
    releases = [
        {"document_id": later, "check": one, "reason": "so printed", "name": "Wang", "date": "2024-03-03"}
        for one in reasons
    ]
    context.paths.releases.write_text(yaml.safe_dump(releases), encoding="utf-8")
    night(context, 3)
    assert standings(context) == {"1 a.pdf": "accepted superseded", "2 b.pdf": "accepted current"}
    assert counting(context) == {"2 b.pdf"}


# --- for a person ---------------------------------------------------------------------------------

CENTRE = disclosure_of("东篱县农业农村局", ("东篱县农业技术推广中心", "东篱县种子站"), seed=2)


def test_a_department_and_its_subordinate_body_with_one_title_are_held_for_a_person(
    context: RunContext, put_pdf: Put
) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    put_pdf(CENTRE, "b.pdf")
    night(context, 2)
    assert standings(context) == {"1 a.pdf": "held current", "2 b.pdf": "held current"}
    assert counting(context) == set()
    assert codes(context) == {"1 a.pdf": ["revision_unclear"], "2 b.pdf": ["revision_unclear"]}
    named = table(context, "problems")["message"]
    assert named.str.contains("revisions.yaml").all()
    assert "2024/b.pdf" in named[0]
    assert all(one in named[0] for one in ids(context).values()), "the entry can be written from the message"

    say(context, "different", *ids(context).values())
    assert pipeline.pending_years(context.paths) == [2024]
    night(context, 3)
    assert standings(context) == {"1 a.pdf": "accepted current", "2 b.pdf": "accepted current"}
    assert counting(context) == {"1 a.pdf", "2 b.pdf"}

    say(context, "revised", *ids(context).values())
    night(context, 4)
    assert standings(context) == {"1 a.pdf": "accepted superseded", "2 b.pdf": "accepted current"}
    kinds = table(context, "revisions")["kind"].value_counts().to_dict()
    assert kinds == {"project_added": 4, "project_removed": 4}

    context.paths.revisions.unlink()
    night(context, 5)
    assert standings(context) == {"1 a.pdf": "held current", "2 b.pdf": "held current"}


def test_two_versions_first_seen_in_one_run_are_held_for_a_person(context: RunContext, put_pdf: Put) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    put_pdf(REVISED, "b.pdf")
    night(context, 1)
    assert set(standings(context).values()) == {"held current"}
    found = ids(context)
    say(context, "revised", found["2 b.pdf"], found["1 a.pdf"])
    night(context, 2)
    assert counting(context) == {"1 a.pdf"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- documents: [", "no YAML"),
        ("documents: []", "must be a list"),
        ("- {documents: []}", "exactly the keys"),
        ("- {documents: [A, B], relation: same, reason: r, name: n, date: d}", "no relation"),
        ("- {documents: [A], relation: revised, reason: r, name: n, date: d}", "two or more"),
        ("- {documents: [A, A], relation: revised, reason: r, name: n, date: d}", "twice"),
        ("- {documents: [A, abc], relation: revised, reason: r, name: n, date: d}", "64 digits"),
        ("- {documents: [A, B], relation: revised, reason: r, name: '', date: d}", "leaves name empty"),
        (
            "- {documents: [A, B], relation: revised, reason: r, name: n, date: d}\n"
            "- {documents: [B, A], relation: revised, reason: r, name: n, date: d}",
            "entries 1 and 2 contradict",
        ),
        (
            "- {documents: [A, B], relation: revised, reason: r, name: n, date: d}\n"
            "- {documents: [A, B], relation: different, reason: r, name: n, date: d}",
            "entries 1 and 2 contradict",
        ),
    ],
)
def test_a_word_that_cannot_be_understood_stops_the_run(
    content: str, said: str, context: RunContext, put_pdf: Put
) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    text = content.replace("A", "a" * 64).replace("B", "b" * 64)
    context.paths.revisions.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        night(context, 1)


# --- renamed, copied, removed ---------------------------------------------------------------------


def test_a_renamed_and_a_copied_file_are_the_same_document(context: RunContext, put_pdf: Put) -> None:
    path = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    path.rename(path.with_name("z.pdf"))
    shutil.copy(path.with_name("z.pdf"), path.with_name("c.pdf"))
    night(context, 2)
    documents = table(context, "documents")
    assert documents["source_file"].tolist() == ["2024/c.pdf"]
    assert documents["first_seen_at"][0] == datetime(2024, 3, 1, tzinfo=UTC)
    assert standings(context) == {"1 c.pdf": "accepted current"}
    assert codes(context) == {"1 c.pdf": ["copied_file"]}
    assert table(context, "revisions").empty
    raw = table(context, "raw_disclosures")
    assert raw["is_copy"].tolist() == [False, True]
    assert raw["withdrawn_at"].isna().all()


def test_a_removed_file_is_withdrawn_and_counts_again_when_it_comes_back(
    context: RunContext, put_pdf: Put, tmp_path: Path
) -> None:
    put_others(context)
    path = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    document_id = ids(context)["1 a.pdf"]
    shutil.move(path, tmp_path / "kept.pdf")
    for number in (2, 3):
        night(context, number)
        row = table(context, "documents").set_index("document_id").loc[document_id]
        assert (row["verdict"], row["standing"]) == ("accepted", "withdrawn")
        assert row["withdrawn_at"] == datetime(2024, 3, 2, tzinfo=UTC), "the first night without it"
        assert document_id not in set(table(context, "projects")["document_id"])
        assert document_id not in set(table(context, "indicators")["document_id"])
        assert document_id not in set(table(context, "reconciliation")["document_id"])
        assert codes(context)["1 a.pdf"] == ["file_withdrawn"]
    shutil.move(tmp_path / "kept.pdf", path)
    night(context, 4)
    row = table(context, "documents").set_index("document_id").loc[document_id]
    assert row["standing"] == "current"
    assert pd.isna(row["withdrawn_at"])
    assert row["first_seen_at"] == datetime(2024, 3, 1, tzinfo=UTC)
    assert document_id in set(table(context, "projects")["document_id"])


def test_the_earlier_version_counts_again_when_the_later_one_is_removed(
    context: RunContext, put_pdf: Put
) -> None:
    put_others(context)
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    later = put_pdf(REVISED, "b.pdf")
    night(context, 2)
    assert "2024/a.pdf" not in set(table(context, "projects")["source_file"])
    later.unlink()
    night(context, 3)
    documents = table(context, "documents").set_index("source_file")
    assert documents.loc["2024/a.pdf", ["verdict", "standing"]].tolist() == ["accepted", "current"]
    assert pd.isna(documents.loc["2024/a.pdf", "superseded_by"])
    assert documents.loc["2024/b.pdf", "standing"] == "withdrawn"
    assert "2024/a.pdf" in set(table(context, "projects")["source_file"])
    assert table(context, "revisions").empty


def test_what_changed_is_kept_when_the_superseded_file_is_tidied_away(
    context: RunContext, put_pdf: Put
) -> None:
    put_others(context)
    earlier = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    put_pdf(REVISED, "b.pdf")
    night(context, 2)
    before = table(context, "revisions")
    assert len(before)
    earlier.unlink()
    night(context, 3)
    documents = table(context, "documents").set_index("source_file")
    assert documents.loc["2024/a.pdf", "standing"] == "withdrawn"
    pd.testing.assert_frame_equal(table(context, "revisions"), before)
    for folder in ("page_text", "stitched_rows"):
        (context.paths.working(folder, 2024, documents.loc["2024/a.pdf", "document_id"])).unlink()
    context.paths.completed(2024).unlink()
    night(context, 4)
    pd.testing.assert_frame_equal(table(context, "revisions"), before)


def test_more_than_a_fifth_gone_at_once_stops_the_run_until_it_is_confirmed(
    context: RunContext, put_pdf: Put
) -> None:
    put_others(context)
    path = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    before = context.paths.published("documents", 2024).read_bytes()
    (path.parent / "other0.pdf").unlink()
    path.unlink()
    for number in (2, 3):
        with pytest.raises(
            PublicationStopped, match=r"2 of the 5 documents of 2024 .*--accept-removals 2024"
        ):
            night(context, number)
        assert context.paths.published("documents", 2024).read_bytes() == before
    night(context, 4, accept_removals=True)
    gone = table(context, "documents").query("standing == 'withdrawn'")
    assert sorted(gone["source_file"]) == ["2024/a.pdf", "2024/other0.pdf"]
    assert pipeline.pending_years(context.paths) == []
    (path.parent / "other1.pdf").unlink()
    with pytest.raises(PublicationStopped, match="1 of the 3 documents"):
        night(context, 5)  # the word was for the night on which it was said


def test_a_fifth_is_not_more_than_a_fifth_and_replaced_or_renamed_files_are_not_gone(
    context: RunContext, put_pdf: Put
) -> None:
    put_others(context)
    path = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    for number in range(4):
        other = path.parent / f"other{number}.pdf"
        other.write_bytes(other.read_bytes() + b"<!-- fetched again -->")
    path.rename(path.with_name("b.pdf"))
    night(context, 2)
    assert counting(context)
    path.with_name("b.pdf").unlink()
    night(context, 3)
    raw = table(context, "raw_disclosures")
    assert "2024/b.pdf" in set(raw[raw["withdrawn_at"].notna()]["source_file"])


def test_a_year_folder_or_the_whole_raw_folder_that_is_missing_stops_the_run(
    context: RunContext, put_pdf: Put
) -> None:
    path = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    shutil.rmtree(path.parent)
    assert pipeline.pending_years(context.paths) == [2024]
    with pytest.raises(PublicationStopped, match=r"holds no PDF any more.*--accept-removals 2024"):
        night(context, 2)
    context.paths.raw_dir.rmdir()
    with pytest.raises(UsageError, match="There is no folder"):
        night(context, 3)
    with pytest.raises(UsageError, match="There is no folder"):
        pipeline.pending_years(context.paths)
    assert len(table(context, "projects"))


def test_a_year_whose_files_were_all_removed_on_purpose_has_withdrawn_documents_only(
    context: RunContext, put_pdf: Put
) -> None:
    path = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    path.unlink()
    night(context, 2, accept_removals=True)
    assert standings(context) == {"1 a.pdf": "accepted withdrawn"}
    assert table(context, "projects").empty
    night(context, 3)
    assert pipeline.pending_years(context.paths) == []


def test_a_file_that_is_gone_is_told_of_when_the_rules_of_reading_change(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_others(context)
    earlier = put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    put_pdf(REVISED, "b.pdf")
    night(context, 2)
    earlier.unlink()
    night(context, 3)
    before = table(context, "revisions")
    for place in ("storage.parquet", "pipeline.judged", "storage.raw"):
        monkeypatch.setattr(f"zc_pipeline.{place}.PARSER_VERSION", "next")
    night(context, 4)
    row = table(context, "documents").set_index("source_file").loc["2024/a.pdf"]
    assert (row["standing"], row["department_name"]) == ("withdrawn", "东篱县农业农村局")
    assert row["project_count"] == 4
    columns = [name for name in before if name not in ("run_id",)]
    pd.testing.assert_frame_equal(table(context, "revisions")[columns], before[columns])


def test_the_command_line_confirms_removals_for_one_run(
    context: RunContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    words = ["run", "--data-dir", str(context.paths.data_dir)]
    put_others(context, 2)
    assert CliRunner().invoke(main, words).exit_code == 3  # both are refused
    (context.paths.raw_dir / "2024" / "other0.pdf").unlink()
    stopped = CliRunner().invoke(main, words)
    assert stopped.exit_code == 1
    assert "call `zc-pipeline run --accept-removals 2024`" in stopped.output
    confirmed = CliRunner().invoke(main, [*words, "--accept-removals", "2024"])
    assert confirmed.exit_code == 3
    assert "Set aside   1 withdrawn" in confirmed.output
    assert "0 accepted, 0 held, 1 refused" in confirmed.output
    status = CliRunner().invoke(main, ["status", *words[1:]])
    assert "set aside: 1 withdrawn" in status.output


# --- the order outlives the program's versions ----------------------------------------------------


def test_when_a_content_was_first_seen_outlives_a_change_of_the_tables(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(ORIGINAL, "a.pdf")
    night(context, 1)
    put_pdf(REVISED, "b.pdf")
    night(context, 2)
    monkeypatch.setattr("zc_pipeline.storage.parquet.SCHEMA_VERSION", f"{SCHEMA_VERSION}-next")
    assert read_table(context.paths.published("documents", 2024), "documents") is None
    night(context, 3)
    assert counting(context) == {"2 b.pdf"}
    assert standings(context) == {"1 a.pdf": "accepted superseded", "2 b.pdf": "accepted current"}
