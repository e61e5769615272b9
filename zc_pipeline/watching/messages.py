"""The words of a message: short, plain, with what a person needs to look further."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from zc_pipeline.model import Verdict
from zc_pipeline.schemas.runs import Outcome
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.watching.quiet import Quiet
from zc_pipeline.watching.records import DoubtfulDocument, RunRecord

_MOST_DOCUMENTS: Final = 20
_BAD: Final = {
    Outcome.STOPPED.value: "was stopped",
    Outcome.FAILED.value: "failed",
    Outcome.INTERRUPTED.value: "was interrupted",
    Outcome.KILLED.value: "was killed",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent; ``is_bad``: something failed, rather than waits for a person to look."""

    title: str
    body: str
    is_bad: bool


def run_message(record: RunRecord, paths: DataPaths, events: Collection[str]) -> Message | None:
    """The message about a run that ended.

    Args:
        record: the run.
        paths: its data folder.
        events: what is told, of the setting ``notify_on``.

    Returns:
        None where there is nothing to tell.
    """
    row = record.row
    subject = f"The run of {row['fiscal_year']}" if row["fiscal_year"] is not None else "A run"
    is_bad = row["outcome"] in _BAD and "failed" in events
    doubtful = record.newly_doubtful if "held" in events else ()
    if not is_bad and not doubtful:
        return None
    lines = []
    if is_bad:
        lines += [f"{subject} {_BAD[row['outcome']]}.", str(row["reason"])]
    for verdict in (Verdict.REFUSED, Verdict.HELD):
        lines += _document_lines(verdict.value, [one for one in doubtful if one.verdict == verdict.value])
    if row["accepted_count"] is not None:
        lines.append(
            f"The published tables now hold {_count(row['accepted_count'], 'accepted document')}, "
            f"{row['held_count']} held and {row['refused_count']} refused."
        )
    lines += ["", f"Run {row['run_id']} on {row['host_name']}, data folder {paths.data_dir}."]
    return Message(f"zc_pipeline: {_title(subject, row, is_bad, len(doubtful))}", "\n".join(lines), is_bad)


def quiet_message(quiet: Quiet, paths: DataPaths) -> Message:
    """The message that no new disclosure came for too long."""
    return Message(
        f"zc_pipeline: no new disclosure for {quiet.days} days",
        f"{quiet.words}\nLook whether documents still arrive in {paths.raw_dir}.",
        is_bad=False,
    )


def _title(subject: str, row: Any, is_bad: bool, doubtful: int) -> str:
    words = subject[0].lower() + subject[1:]
    if is_bad:
        return f"{words} {_BAD[row['outcome']]}"
    return f"{words} held or refused {_count(doubtful, 'document')}"


def _document_lines(verdict: str, documents: Iterable[DoubtfulDocument]) -> list[str]:
    found = list(documents)
    if not found:
        return []
    lines = [f"Newly {verdict}: {_count(len(found), 'document')}"]
    lines += [f"- {one.source_file}: {', '.join(one.reason_codes)}" for one in found[:_MOST_DOCUMENTS]]
    if len(found) > _MOST_DOCUMENTS:
        lines.append(f"- and {len(found) - _MOST_DOCUMENTS} more; `zc-pipeline status` names them")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
