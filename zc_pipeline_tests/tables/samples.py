"""Rows that fit their tables, to be changed by tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zc_pipeline.tables.disclosures import quantity_values

DOCUMENT_ID = "ab" * 32


def project_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row of `projects`, right in itself."""
    row: dict[str, Any] = {
        "document_id": DOCUMENT_ID,
        "table_number": 1,
        "source_file": "2024/a.pdf",
        "fiscal_year": 2024,
        "department_name": "某局",
        "unit_name": "某局本级",
        "project_id": f"{DOCUMENT_ID[:20]}-t1-p{number:04d}",
        "project_name": f"项目{number}",
        "row_number": number,
        "row_order": number + 2,
        "page_first": 1,
        "page_last": 2,
        "total_cny": Decimal("400000.00"),
        "fiscal_cny": Decimal("400000.00"),
        "general_budget_cny": None,
        "government_fund_cny": None,
        "state_capital_cny": None,
        "special_account_cny": None,
        "other_cny": None,
        "total_text": "40.00",
        "fiscal_text": "40.00",
        "general_budget_text": None,
        "government_fund_text": None,
        "state_capital_text": None,
        "special_account_text": None,
        "other_text": None,
        "fiscal_is_derived": False,
        "is_released": False,
        "is_amount_checked": True,
        "performance_goal": "完成任务。",
        "indicator_count": 1,
        "indicators_text": "1、1-产出指标；11-数量指标；次数；实施周期指标值:2次；年度指标值:2次。",
    }
    return row | changes


def indicator_row(number: int, project: int = 1, **changes: Any) -> dict[str, Any]:
    """A row of `indicators`, right in itself; the quantities are those of its targets."""
    project_id = f"{DOCUMENT_ID[:20]}-t1-p{project:04d}"
    row: dict[str, Any] = {
        "document_id": DOCUMENT_ID,
        "table_number": 1,
        "source_file": "2024/a.pdf",
        "fiscal_year": 2024,
        "department_name": "某局",
        "unit_name": "某局本级",
        "project_id": project_id,
        "project_name": f"项目{project}",
        "page_first": 1,
        "page_last": 2,
        "indicator_id": f"{project_id}-i{number:03d}",
        "is_released": False,
        "indicator_number": number,
        "level1_code": "1",
        "level1_name": "产出指标",
        "level2_code": "11",
        "level2_name": "数量指标",
        "indicator_name": "次数",
        "cycle_target": "2次",
        "annual_target": "2次",
        "indicator_text": f"{number}、1-产出指标；11-数量指标；次数；实施周期指标值:2次；年度指标值:2次。",
    }
    row |= changes
    quantities = {
        name: value
        for which in ("cycle", "annual")
        for name, value in quantity_values(f"{which}_", row[f"{which}_target"], row["indicator_name"]).items()
    }
    return quantities | row
