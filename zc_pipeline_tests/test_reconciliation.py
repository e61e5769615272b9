"""Printed sums beside re-added ones, and what a person may release."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from zc_pipeline import pipeline
from zc_pipeline.errors import UsageError
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.storage.releases import read_releases
from zc_pipeline_tests.conftest import SPECIMEN
from zc_pipeline_tests.drawing import make_disclosure, with_unit
from zc_pipeline_tests.test_pipeline import published, verdicts

Put = Callable[..., Path]


def test_the_sums_of_the_sample_stand_side_by_side(context: RunContext, put_pdf: Put) -> None:
    put_pdf(SPECIMEN, "sample.pdf")
    run_year(context, 2024)
    sums = published(context, "reconciliation")
    assert sums["is_explained"].all()
    # 51 projects, 2 units and the grand total print a total and a source each.
    assert (sums["scope"] == "sources").sum() == 54
    units = sums[(sums["scope"] == "unit") & (sums["column_name"] == "total")]
    assert units["row_name"].tolist() == [
        "广州市增城区科技工业商务和信息化局",
        "中国国际贸易促进委员会广州市增城区委员会",
    ]
    assert units["printed_cny"].tolist() == [Decimal("415002100.00"), Decimal("616000.00")]
    assert units["readded_cny"].tolist() == [Decimal("415002200.00"), Decimal("616000.00")]
    assert units["difference_cny"].tolist() == [Decimal("-100.00"), Decimal("0.00")]
    # Half a last place (0.005 万元 = 50 yuan) times the number of amounts and one more.
    assert units["tolerance_cny"].tolist() == [Decimal("2400.00"), Decimal("250.00")]
    total = sums[(sums["scope"] == "total") & (sums["column_name"] == "total")]
    assert total["printed_cny"].tolist() == total["readded_cny"].tolist() == [Decimal("415618100.00")]


def put_wrong_subtotal(put_pdf: Put) -> Path:
    """A source that does not add up: the first unit's printed subtotal is changed."""
    true = make_disclosure(1)
    return put_pdf(with_unit(true, 0, total="99,999.99", fiscal="99,999.99"), "wrong.pdf")


def entry(document_id: str, check: str) -> str:
    return (
        f"- document_id: {document_id}\n  check: {check}\n  reason: 与财政局核对，原表如此\n"
        "  name: 王芳\n  date: 2024-03-02\n"
    )


def test_a_source_that_does_not_add_up_is_held_until_a_person_releases_it(
    context: RunContext, put_pdf: Put
) -> None:
    put_wrong_subtotal(put_pdf)
    run_year(context, 2024)
    verdict, reasons = verdicts(context)["wrong.pdf"]
    assert verdict == "held"
    broken = published(context, "reconciliation").query("~is_explained")
    assert "99999.99" not in published(context, "projects")["total_text"].tolist()
    assert set(broken["scope"]) == {"unit", "total"} | ({"sources"} & set(broken["scope"]))
    document_id = published(context, "documents")["document_id"][0]

    context.paths.releases.write_text(
        "".join(entry(document_id, check) for check in reasons.split()), encoding="utf-8"
    )
    assert pipeline.pending_years(context.paths) == [2024], "a release is something new"
    run_year(context, 2024)
    assert verdicts(context) == {"wrong.pdf": ("accepted", "")}
    document = published(context, "documents").iloc[0]
    assert "王芳" in document["release_text"]
    assert "原表如此" in document["release_text"]
    assert published(context, "projects")["is_released"].all()
    assert published(context, "indicators")["is_released"].all()
    assert set(published(context, "problems")["code"]) == {"released"}
    assert not published(context, "reconciliation")["is_explained"].all(), "the numbers stay as they are"


def test_a_release_of_one_check_leaves_the_others_held(context: RunContext, put_pdf: Put) -> None:
    put_wrong_subtotal(put_pdf)
    run_year(context, 2024)
    reasons = verdicts(context)["wrong.pdf"][1].split()
    assert len(reasons) > 1
    document_id = published(context, "documents")["document_id"][0]
    context.paths.releases.write_text(entry(document_id, reasons[0]), encoding="utf-8")
    run_year(context, 2024)
    assert verdicts(context)["wrong.pdf"] == ("held", " ".join(reasons[1:]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- [", "no YAML"),
        ("document_id: x", "must be a list"),
        ("- document_id: x", "exactly the keys"),
        (entry("a" * 64, "readers_disagree"), "cannot be released"),
        (entry("a" * 64, "no_such_code"), "cannot be released"),
        (entry("a" * 64, "unit_does_not_add_up").replace("王芳", ""), "leaves name empty"),
    ],
)
def test_a_release_file_that_cannot_be_read_is_said_not_guessed(
    text: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "releases.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        read_releases(path)


def test_no_release_file_is_no_release(tmp_path: Path) -> None:
    assert read_releases(tmp_path / "releases.yaml") == ()
