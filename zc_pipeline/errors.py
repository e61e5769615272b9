"""Everything that can go wrong with a document, in one catalogue, and the exceptions that carry it.

Here belong: the codes, their severity, what they mean and what a person can do about them.
Not here: the detection of a condition (``parse/``, ``tables/``) and its recording (``model.Problem``).
``docs/problems.md`` is rendered from this catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Severity(StrEnum):
    """How far a problem reaches. The worst one of a document decides its verdict."""

    REFUSED = "refused"  # nothing of the document can be read
    HELD = "held"  # it was read, but a value could be wrong
    WARNING = "warning"  # published; a person should look
    NOTICE = "notice"  # published; a repair or an oddity, counted


class Stage(StrEnum):
    """The stage that found a problem: the name of the asset whose making it interrupted."""

    RAW_DISCLOSURES = "raw_disclosures"
    PAGE_TEXT = "page_text"
    STITCHED_ROWS = "stitched_rows"
    PROJECTS = "projects"
    INDICATORS = "indicators"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Condition:
    """One entry of the catalogue.

    ``meaning`` says what was seen; ``remedy`` what the reader of the message can do. ``is_releasable``: the
    source itself may be so, and a person may say so in ``releases.yaml``.
    """

    code: str
    severity: Severity
    meaning: str
    remedy: str
    is_releasable: bool = False


_REFUSED, _HELD, _WARNING, _NOTICE = Severity.REFUSED, Severity.HELD, Severity.WARNING, Severity.NOTICE

_CONDITIONS: Final = (
    # --- the file -------------------------------------------------------------------------------
    Condition(
        "not_a_pdf",
        _REFUSED,
        "The file does not begin like a PDF.",
        "Open it with a browser or editor: often it is a saved error page. Fetch the PDF again.",
    ),
    Condition("empty_file", _REFUSED, "The file has no bytes.", "Fetch it again."),
    Condition(
        "damaged_pdf",
        _REFUSED,
        "The PDF is truncated or damaged and cannot be opened.",
        "Fetch it again; if the publisher's copy is damaged too, ask for another.",
    ),
    Condition(
        "password_protected",
        _REFUSED,
        "The PDF needs a password to open.",
        "Save an unprotected copy and put that in the folder.",
    ),
    Condition(
        "file_unreadable",
        _REFUSED,
        "The operating system does not let us read the file.",
        "Check the file's permissions and that the disk is mounted.",
    ),
    Condition(
        "wrong_year_folder",
        _REFUSED,
        "The file does not lie below a folder named after a fiscal year (2010 to next year).",
        "Move it to raw/<year>/, for example raw/2024/.",
    ),
    Condition(
        "same_file_in_two_years",
        _HELD,
        "The same content lies in the folders of two fiscal years.",
        "Keep it in the right year's folder and delete the other copy.",
    ),
    Condition(
        "copied_file",
        _NOTICE,
        "The same content lies twice in one year's folder; it is counted once.",
        "Nothing needs to be done; delete the copy if it disturbs.",
    ),
    # --- what the file may take -----------------------------------------------------------------
    Condition(
        "file_too_large",
        _REFUSED,
        "The file has more bytes than one document may have.",
        "Look what makes it large: often pictures, which are not read. A larger limit is set with "
        "ZC_MAX_FILE_MB; then read it again with `--redo NAME`.",
    ),
    Condition(
        "page_limit",
        _REFUSED,
        "The file has more pages than one document may have.",
        "Put the pages of the table into a file of their own, or set ZC_MAX_PAGES; then read it again with "
        "`--redo NAME`.",
    ),
    Condition(
        "time_limit",
        _REFUSED,
        "Reading the file took longer than a document of its pages may take; its reader was ended.",
        "Print the PDF anew: an honest file then reads quickly. More time is set with ZC_MAX_SECONDS and "
        "ZC_MAX_SECONDS_PER_PAGE; then read it again with `--redo NAME`.",
    ),
    Condition(
        "memory_limit",
        _REFUSED,
        "Reading the file takes more memory than one document may take; its reader was ended.",
        "Print the PDF anew: a small file that asks for so much may be meant to do harm. More is set with "
        "ZC_MAX_MEMORY_MB; then read it again with `--redo NAME`.",
    ),
    Condition(
        "reader_crashed",
        _REFUSED,
        "The process that read the file broke down or was killed; other documents are not touched by it.",
        "Read it again with `--redo NAME`: the system may have ended it for want of memory. If it stays, "
        "print the PDF anew, and report the file.",
    ),
    # --- the page -------------------------------------------------------------------------------
    Condition(
        "no_text_layer",
        _REFUSED,
        "The pages are pictures: there is no visible text to read.",
        "Scans are not read yet. Ask the publisher for the original PDF.",
    ),
    Condition(
        "unmapped_characters",
        _REFUSED,
        "A font does not say which characters its glyphs stand for, so the text cannot be known.",
        "Ask the publisher for a PDF with embedded Unicode maps, or print the original anew.",
    ),
    Condition(
        "readers_disagree",
        _HELD,
        "The two PDF libraries do not read the same characters on a page.",
        "Compare the page with the characters named; a PDF printed anew usually agrees.",
    ),
    Condition(
        "order_unclear",
        _HELD,
        "The characters of a line are drawn in another order than the one in which they stand.",
        "Compare the line named with the page: a character may have come to a wrong place.",
    ),
    Condition(
        "reader_failed",
        _HELD,
        "One of the two PDF libraries failed on the file.",
        "Print the PDF anew. If it opens everywhere else, report it with the file.",
    ),
    Condition(
        "text_cut_sideways",
        _HELD,
        "Text in a cell is hidden at its left or right edge.",
        "The page does not show the whole value: ask the publisher for a complete print.",
    ),
    Condition(
        "text_cut_off",
        _HELD,
        "Lines of a cell are hidden at its upper or lower edge, and no other page shows them.",
        "The page does not show the whole value: ask the publisher for a complete print.",
    ),
    Condition(
        "text_over_rule",
        _HELD,
        "Text runs over a rule into the next cell.",
        "Look at the cell named: what of the text belongs to which cell cannot be told from its place.",
    ),
    Condition(
        "turned_in_table",
        _HELD,
        "Text in a cell of the table stands sideways or upside down.",
        "Look at the page: what is printed there is in no value of the tables.",
    ),
    Condition(
        "page_unreadable",
        _HELD,
        "A page has no upright text: it is a picture, or its text stands sideways.",
        "Look whether the page belongs to the table; if so, ask the publisher for the original PDF.",
    ),
    Condition(
        "broken_grid",
        _HELD,
        "The ruled lines do not close to rectangular cells.",
        "Look at the page: a rule is missing or a drawing lies over the table.",
    ),
    Condition(
        "text_outside_table",
        _HELD,
        "Text that belongs to the table stands outside its ruled cells.",
        "Look at the page: rules are missing or do not enclose the row.",
    ),
    Condition(
        "columns_unclear",
        _HELD,
        "The table's columns are not ruled, and a text could stand in one as well as in another.",
        "Look at the page: ask the publisher for a print with ruled columns.",
    ),
    Condition(
        "rows_unclear",
        _HELD,
        "The table is not ruled, and it cannot be told where one row ends and the next begins.",
        "Look at the page: ask the publisher for a print with ruled rows.",
    ),
    Condition(
        "rules_inferred",
        _NOTICE,
        "The table has no rules between its columns or rows; they were told by alignment.",
        "Nothing needs to be done.",
    ),
    Condition(
        "hidden_text",
        _NOTICE,
        "The page carries text that is not visible; it was left out.",
        "Nothing needs to be done.",
    ),
    Condition(
        "turned_text",
        _NOTICE,
        "The page carries slanted or turned text, such as a watermark; it was left out.",
        "Nothing needs to be done.",
    ),
    Condition(
        "radicals_mapped",
        _NOTICE,
        "Radical symbols were read as the ordinary characters that the page shows.",
        "Nothing needs to be done.",
    ),
    # --- the form -------------------------------------------------------------------------------
    Condition(
        "no_target_table",
        _REFUSED,
        "No project performance-target table of a known form was found.",
        "Check that the file is a 项目支出绩效目标表; other forms are not read yet.",
    ),
    Condition(
        "unknown_column",
        _REFUSED,
        "The table has a column whose heading is not known.",
        "If it is another spelling, add it to parse/lookups/headers.yaml with a test.",
    ),
    Condition(
        "repeated_column",
        _REFUSED,
        "Two columns of the table have the same heading.",
        "Look at the page; the form cannot be read without knowing which is which.",
    ),
    Condition(
        "missing_column",
        _REFUSED,
        "The table lacks a column without which it cannot be read.",
        "Look at the page; the form may be one that is not read yet.",
    ),
    Condition(
        "column_ignored",
        _NOTICE,
        "The table has a column that is known but not carried, such as 备注; only `page_text` has its text.",
        "Nothing needs to be done.",
    ),
    Condition(
        "money_unit_missing",
        _HELD,
        "The table does not say in which unit its amounts are.",
        "Amounts cannot be converted to yuan without it. Ask the publisher.",
    ),
    Condition(
        "money_unit_contradictory",
        _HELD,
        "The table names two different money units.",
        "Ask the publisher which one holds.",
    ),
    Condition(
        "department_missing",
        _WARNING,
        "The table does not name its department.",
        "department_name is empty for this document.",
    ),
    Condition(
        "year_differs",
        _WARNING,
        "The year printed on the disclosure differs from its folder's.",
        "Move the file if it lies in the wrong folder.",
    ),
    Condition(
        "other_table",
        _NOTICE,
        "The file holds another table that is no target table; it was not read.",
        "Nothing needs to be done.",
    ),
    # --- rows -----------------------------------------------------------------------------------
    Condition(
        "columns_changed",
        _HELD,
        "A page continues the table with other columns.",
        "Look at the page: its rows could not be given their columns.",
    ),
    Condition(
        "page_break_unresolved",
        _HELD,
        "A row that crosses a page break could not be put together beyond doubt.",
        "Compare the end of the first page with the beginning of the next.",
    ),
    Condition(
        "row_unreadable",
        _HELD,
        "A row of the table is neither a project, a unit, a total nor a header.",
        "Look at the row named.",
    ),
    Condition(
        "page_order",
        _HELD,
        "The printed page numbers do not follow one another.",
        "A page is missing, doubled or out of order: fetch the complete file.",
    ),
    Condition(
        "duplicate_ambiguous",
        _HELD,
        "Two equal rows meet at a page break, and the sums allow one as well as two.",
        "Look at both pages and at the publisher's accounts.",
    ),
    Condition(
        "row_kind_ambiguous",
        _HELD,
        "It cannot be told whether a row without goal and indicators is a unit or a project.",
        "Look at the row named; its place in the sums is not clear.",
    ),
    # --- amounts --------------------------------------------------------------------------------
    Condition(
        "blank_row",
        _NOTICE,
        "A row of the table has no text; it was left out.",
        "Nothing needs to be done.",
    ),
    Condition(
        "amount_unreadable",
        _HELD,
        "An amount is printed in a way that is no number.",
        "Look at the cell named.",
    ),
    Condition(
        "amount_too_fine",
        _HELD,
        "An amount is printed more finely than one fen (0.01 yuan).",
        "Look at the cell named: the money unit may be wrong.",
    ),
    Condition(
        "sources_do_not_add_up",
        _HELD,
        "A row's total is not the sum of its sources.",
        "Compare the row with the page. If it is printed so, the publisher must say which is right.",
        is_releasable=True,
    ),
    Condition(
        "unit_does_not_add_up",
        _HELD,
        "A unit's subtotal is not the sum of its projects.",
        "A row may be missing or misread: compare the unit's rows with the pages.",
        is_releasable=True,
    ),
    Condition(
        "total_does_not_add_up",
        _HELD,
        "The grand total is not the sum of its units or projects.",
        "A row may be missing or misread: compare the table with the pages.",
        is_releasable=True,
    ),
    Condition(
        "unit_without_projects",
        _HELD,
        "A unit's row is followed by no project of its own.",
        "Look at the row named: it may itself be a project.",
    ),
    Condition(
        "project_without_unit",
        _HELD,
        "A project stands above the first unit row of a table that has unit rows.",
        "Look at the row named: its unit's row may be missing.",
        is_releasable=True,
    ),
    Condition(
        "amounts_unchecked",
        _WARNING,
        "Some amounts lie in no printed sum and could not be checked.",
        "Use them with care: nothing on the page confirms them.",
    ),
    # --- indicators -----------------------------------------------------------------------------
    Condition(
        "indicator_numbers",
        _HELD,
        "The printed numbers of a project's indicators do not run 1, 2, 3 …",
        "Look at the cell named: an indicator is missing, doubled or misnumbered.",
    ),
    Condition(
        "indicator_unreadable",
        _HELD,
        "An indicator does not have the parts of the packed form.",
        "Look at the cell named.",
    ),
    Condition(
        "indicator_text_left_over",
        _HELD,
        "Text in the indicator cell belongs to no indicator.",
        "Look at the cell named.",
    ),
    Condition(
        "unknown_indicator_code",
        _WARNING,
        "An indicator's level code is not in the known list; it is kept.",
        "If it is a real code, add it to parse/lookups/indicator_codes.yaml.",
    ),
    Condition(
        "indicator_code_mismatch",
        _HELD,
        "A known level code is printed with another level's name, or below a level it does not belong to.",
        "Look at the cell named: the codes and names contradict each other.",
        is_releasable=True,
    ),
    Condition(
        "text_of_another_column",
        _HELD,
        "A cell holds text of another column: an indicator's labels in a goal or a name, a page's foot.",
        "Compare the cell named with the page: what belongs to it cannot be told.",
    ),
    Condition(
        "copy_dropped",
        _NOTICE,
        "Both pages at a page break print the same row in full; the sums show that it is one.",
        "Nothing needs to be done; the row is counted once.",
    ),
    Condition(
        "heading_in_row",
        _NOTICE,
        "The heading is repeated without a rule below it, in one box with the row that follows.",
        "Nothing needs to be done; the heading was taken off the row.",
    ),
    Condition(
        "characters_unaccounted",
        _HELD,
        "Between the page and the table, characters were lost or added.",
        "This is a fault of the program: report it with the file.",
    ),
    Condition(
        "released",
        _NOTICE,
        "A check that the source itself fails was released by a person.",
        "The reason, the name and the date stand in the message and in `documents.release_text`.",
    ),
    # --- gates ----------------------------------------------------------------------------------
    Condition(
        "shape_gate",
        _HELD,
        "Rows of the document break the table's schema.",
        "This is likely a fault of the program: report it with the document.",
    ),
    Condition(
        "content_gate",
        _HELD,
        "Rows of the document break an expectation of the content suite.",
        "Look at the rows named.",
    ),
    Condition(
        "conservation_gate",
        _HELD,
        "Something of the document was lost or doubled between two stages.",
        "Read it again with `zc-pipeline run --redo NAME`; if it stays, report it with the document.",
    ),
    Condition(
        "internal_error",
        _HELD,
        "The program failed on this document.",
        "This is a fault of the program: report it with the document and the message.",
    ),
)

CATALOGUE: Final = MappingProxyType({condition.code: condition for condition in _CONDITIONS})


class ZcPipelineError(Exception):
    """Base of every error this package raises on purpose. ``str(error)`` is a sentence for the user."""


class DocumentError(ZcPipelineError):
    """A condition that ends the reading of one document; the batch goes on.

    Args:
        code: an entry of :data:`CATALOGUE`.
        message: what, where and why, in plain words.
        page: 1-based page number, where one is known.
        raw: the text concerned, as printed.
    """

    def __init__(self, code: str, message: str, *, page: int | None = None, raw: str | None = None) -> None:
        if code not in CATALOGUE:
            raise KeyError(f"the problem code {code!r} is not in the catalogue")
        super().__init__(message)
        self.code = code
        self.message = message
        self.page = page
        self.raw = raw


class UsageError(ZcPipelineError):
    """The call's words are wrong: a folder that is not there, a year that is none."""


class PublicationStopped(ZcPipelineError):
    """A failure that belongs to no single document: nothing of the year is published."""
