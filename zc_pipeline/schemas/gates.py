"""What a gate says of a frame."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateFailure:
    """One row (or the table) that a gate refuses.

    ``document_id`` is None where the failure belongs to no single document: it stops publication.
    ``place`` names the row by its key.
    """

    check: str
    document_id: str | None
    place: str
    value: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate over one frame. ``gate`` is ``shape``, ``content``, ``conservation`` or ``reconciliation``."""

    table: str
    gate: str
    checked_rows: int
    failures: tuple[GateFailure, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures
