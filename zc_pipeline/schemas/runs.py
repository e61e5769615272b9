"""`runs`: what each run did."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from zc_pipeline.schemas.fields import FISCAL_YEAR_OR_NONE, INTEGER, NUMBER, TEXT, TIME, Field, TableSpec


class Outcome(StrEnum):
    """How a run ended."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    KILLED = "killed"


class StartedBy(StrEnum):
    """Who started a run."""

    COMMAND_LINE = "command_line"
    SCHEDULE = "schedule"
    RETRY = "retry"
    USER_INTERFACE = "user_interface"


def _count(name: str, description: str, title_zh: str, description_zh: str) -> Field:
    return Field(
        name,
        INTEGER,
        f"{description} Null: the run did not come so far.",
        nullable=True,
        minimum=0,
        title_zh=title_zh,
        description_zh=f"{description_zh}空值：运行未到这一步。",
        is_volatile=True,
    )


def _standing(name: str, description: str, title_zh: str, description_zh: str) -> Field:
    return Field(
        name,
        INTEGER,
        f"{description} of the year's published tables as the run left them. Null: none are published.",
        nullable=True,
        minimum=0,
        title_zh=title_zh,
        description_zh=f"运行结束时该年度发布表中{description_zh}。空值：该年度尚未发布。",
        is_volatile=True,
    )


TABLE: Final = TableSpec(
    name="runs",
    row_meaning="one run over a fiscal year, from the command line, the schedule or the UI",
    title_zh="运行记录",
    row_meaning_zh="对某一预算年度的一次运行，由命令行、定时任务或界面启动",
    layer="watch",
    source=(),
    key=("run_id",),
    sort_by=("started_at", "run_id"),
    fields=(
        Field(
            "run_id",
            TEXT,
            "Identity of the run: the same as in the Dagster UI and in `documents.run_id`.",
            pattern=r"\S+",
            title_zh="运行标识",
            description_zh="运行的标识，与 Dagster 界面和 `documents.run_id` 中的相同。",
            is_volatile=True,
        ),
        FISCAL_YEAR_OR_NONE.but(
            description="Fiscal year that was run. Null: the run names none.",
            description_zh="所运行的预算年度。空值：该次运行未指明年度。",
            is_volatile=True,
        ),
        Field(
            "started_by",
            TEXT,
            "Who started it: a person by the `command_line` or in the `user_interface`, the `schedule`, or "
            "Dagster again after a run that died (`retry`).",
            allowed=tuple(one.value for one in StartedBy),
            title_zh="启动方式",
            description_zh="由谁启动：`command_line` 命令行；`user_interface` 界面；`schedule` 定时任务；"
            "`retry` 运行中断后由 Dagster 重新启动。",
            is_volatile=True,
        ),
        Field(
            "started_at",
            TIME,
            "When it began to work.",
            title_zh="开始时间",
            description_zh="开始工作的时间。",
            is_volatile=True,
        ),
        Field(
            "finished_at",
            TIME,
            "When it ended. Null: it is at work, or was killed; then nobody knows when.",
            nullable=True,
            title_zh="结束时间",
            description_zh="结束的时间。空值：仍在运行，或被强行终止而无从得知。",
            is_volatile=True,
        ),
        Field(
            "seconds",
            NUMBER,
            "How long it worked. Null as `finished_at`.",
            nullable=True,
            unit="s",
            minimum=0,
            title_zh="用时（秒）",
            description_zh="工作用时。空值：同 `finished_at`。",
            is_volatile=True,
        ),
        Field(
            "outcome",
            TEXT,
            "How it ended: `finished`, the tables are published; `stopped`, a check stopped publication; "
            "`failed`, a fault of the program or of the machine; `interrupted` by a person; `killed`, its "
            "process ended without a word; or it is still `running`.",
            allowed=tuple(one.value for one in Outcome),
            title_zh="结果",
            description_zh="如何结束：`finished` 已发布；`stopped` 检查未通过，停止发布；"
            "`failed` 程序或机器出错；"
            "`interrupted` 被人中断；`killed` 进程未留记录即终止；`running` 仍在运行。",
            is_volatile=True,
        ),
        Field(
            "reason",
            TEXT,
            "Why it did not finish, in plain words. Null: it finished, or is running.",
            nullable=True,
            title_zh="原因（英文）",
            description_zh="未能完成的原因，用通俗的英文说明。空值：已完成，或仍在运行。",
            is_volatile=True,
        ),
        _count(
            "new_document_count",
            "Documents that lay there for the first time.",
            "新文件数",
            "首次出现的文件数。",
        ),
        _count(
            "read_document_count",
            "Documents whose pages were read in this run.",
            "读取文件数",
            "本次运行读取的文件数。",
        ),
        _count(
            "read_page_count",
            "Pages that were read in this run.",
            "读取页数",
            "本次运行读取的页数。",
        ),
        _standing("accepted_count", "Accepted documents", "通过数", "通过的文件数"),
        _standing("held_count", "Held documents", "待核数", "待核的文件数"),
        _standing("refused_count", "Refused documents", "拒收数", "拒收的文件数"),
        _standing(
            "newly_held_count",
            "Held documents, not held before the run,",
            "新增待核数",
            "本次新增的待核文件数",
        ),
        _standing(
            "newly_refused_count",
            "Refused documents, not refused before the run,",
            "新增拒收数",
            "本次新增的拒收文件数",
        ),
        _standing("project_count", "Projects", "项目数", "的项目数"),
        _standing("indicator_count", "Indicators", "指标数", "的指标数"),
        Field(
            "problem_counts",
            TEXT,
            "Problems of the year's published tables by code: `code=count`, parted by spaces. Empty: none.",
            pattern=r"([a-z_0-9]+=\d+( [a-z_0-9]+=\d+)*)?",
            title_zh="各问题数",
            description_zh="该年度发布表中的问题按代码计数，写作 `代码=个数`，以空格分隔；没有的为空文本。",
            is_volatile=True,
        ),
        Field(
            "publication_id",
            TEXT,
            "Publication that the run left in place. Null: the year is not published.",
            nullable=True,
            title_zh="发布标识",
            description_zh="运行结束时在用的发布标识。空值：该年度尚未发布。",
            is_volatile=True,
        ),
        Field(
            "notification_text",
            TEXT,
            "What became of messages about the run: whom they went to, or why not. Null: none was due.",
            nullable=True,
            title_zh="通知情况（英文）",
            description_zh="有关该次运行的通知发往何处，或为何未能发出。空值：无须通知。",
            is_volatile=True,
        ),
        Field(
            "host_name",
            TEXT,
            "Machine on which it ran.",
            title_zh="主机名",
            description_zh="运行所在的主机。",
            is_volatile=True,
        ),
        Field(
            "process_id",
            INTEGER,
            "Process in which it ran.",
            minimum=0,
            title_zh="进程号",
            description_zh="运行所在的进程。",
            is_volatile=True,
        ),
        Field(
            "program_version",
            TEXT,
            "Version of zc_pipeline, its parser and its schemas, parted by slashes.",
            title_zh="程序版本",
            description_zh="zc_pipeline 的版本、解析版本和表结构版本，以斜线分隔。",
            is_volatile=True,
        ),
    ),
    warnings=(
        "A call that runs several years is one row a year; a call that finds nothing new is none.",
        "`problem_counts` and the counts of verdicts speak of the whole year, not of the run alone.",
    ),
    warnings_zh=(
        "命令行一次运行多个年度的，每个年度一行；没有新文件的调用不记录。",
        "`problem_counts` 和各判定结果的计数针对整个年度，不只针对本次运行。",
    ),
)
