"""Everything that can go wrong with a document, in one catalogue, and the exceptions that carry it.

Here belong: the codes, their severity, what they mean and what a person can do about them.
Not here: the detection of a condition (``parse/``, ``tables/``) and its recording (``model.Problem``).
``docs/problems.md`` and ``docs/problems.zh-CN.md`` are rendered from this catalogue.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
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


def path_in_words(path: str | Path) -> str:
    r"""A path that can be printed and stored, whatever bytes it has: one that is no UTF-8 is as ``\xb5``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Condition:
    """One entry of the catalogue.

    ``meaning`` says what was seen; ``remedy`` what the reader of the message can do; ``meaning_zh`` and
    ``remedy_zh`` say the same in Chinese, in whole sentences. ``is_releasable``: the source itself may be so,
    and a person may say so in ``releases.yaml``.
    """

    code: str
    severity: Severity
    meaning: str
    remedy: str
    meaning_zh: str
    remedy_zh: str
    is_releasable: bool = False


_REFUSED, _HELD, _WARNING, _NOTICE = Severity.REFUSED, Severity.HELD, Severity.WARNING, Severity.NOTICE

_CONDITIONS: Final = (
    # --- the file -------------------------------------------------------------------------------
    Condition(
        "not_a_pdf",
        _REFUSED,
        "The file does not begin like a PDF.",
        "Open it with a browser or editor: often it is a saved error page. Fetch the PDF again.",
        "文件开头不是 PDF 格式。",
        "请用浏览器或文本编辑器打开查看，常见的是误存的报错网页；请重新下载 PDF。",
    ),
    Condition(
        "empty_file",
        _REFUSED,
        "The file has no bytes.",
        "Fetch it again.",
        "文件为空，没有任何内容。",
        "请重新下载。",
    ),
    Condition(
        "damaged_pdf",
        _REFUSED,
        "The PDF is truncated or damaged and cannot be opened.",
        "Fetch it again; if the publisher's copy is damaged too, ask for another.",
        "PDF 不完整或已损坏，无法打开。",
        "请重新下载；如果发布单位公开的文件本身已损坏，请另行索取。",
    ),
    Condition(
        "password_protected",
        _REFUSED,
        "The PDF needs a password to open.",
        "Save an unprotected copy and put that in the folder.",
        "PDF 需要密码才能打开。",
        "请另存一份不加密的副本，放入文件夹。",
    ),
    Condition(
        "file_unreadable",
        _REFUSED,
        "The operating system does not let us read the file.",
        "Check the file's permissions and that the disk is mounted.",
        "操作系统不允许读取该文件。",
        "请检查文件的访问权限，以及所在磁盘是否已挂载。",
    ),
    Condition(
        "wrong_year_folder",
        _REFUSED,
        "The file does not lie below a folder named after a fiscal year (2010 to next year).",
        "Move it to raw/<year>/, for example raw/2024/.",
        "文件不在以预算年度（2010 年至下一年）命名的文件夹内。",
        "请移入相应年度的文件夹，例如 `raw/2024/`。",
    ),
    Condition(
        "same_file_in_two_years",
        _HELD,
        "The same content lies in the folders of two fiscal years.",
        "Keep it in the right year's folder and delete the other copy.",
        "两个预算年度的文件夹内有内容相同的文件。",
        "请只保留正确年度文件夹内的一份，删除另一份。",
    ),
    Condition(
        "copied_file",
        _NOTICE,
        "The same content lies twice in one year's folder; it is counted once.",
        "Nothing needs to be done; delete the copy if it disturbs.",
        "同一年度的文件夹内有内容相同的文件，只计一份。",
        "无需处理；如不需要副本，可以删除。",
    ),
    # --- versions of a disclosure ---------------------------------------------------------------
    Condition(
        "revision_unclear",
        _HELD,
        "Another file of the year may hold the same disclosure: department, title and units agree in part, "
        "or both were first seen in one run.",
        "Compare the files named. Then say in revisions.yaml whether they are `different` disclosures, or "
        "`revised` versions of one (the oldest first).",
        "同一年度的另一份文件可能是同一份公开：部门、标题、单位只有部分一致，或两份文件在同一次运行中首次出现，无法判断先后。",
        "请对照所指的文件，再在 `revisions.yaml` 中写明：各为不同的公开（`different`），"
        "还是同一份公开的先后版本（`revised`，旧的在前）。",
    ),
    Condition(
        "superseded",
        _NOTICE,
        "A later version of the disclosure is accepted; this one no longer counts.",
        "Nothing needs to be done; what changed stands in `revisions`.",
        "该公开已有后来的版本并已通过，本版本不再计入。",
        "无需处理；变化见 `revisions` 表。",
    ),
    Condition(
        "later_version_not_accepted",
        _NOTICE,
        "It is a later version of a disclosure, but was not accepted: the earlier version counts still.",
        "See why it was held or refused; once it is accepted, it takes the earlier one's place.",
        "这是某份公开后来的版本，但未通过，仍以先前的版本为准。",
        "请查看未通过的原因；通过之后即取代先前的版本。",
    ),
    Condition(
        "later_version_waiting",
        _WARNING,
        "A later version of the disclosure was seen, but held or refused: the values here may be outdated.",
        "See why the later version was not accepted.",
        "该公开已有后来的版本，但未通过；此处的数值可能已经过时。",
        "请查看后来的版本未通过的原因。",
    ),
    Condition(
        "file_withdrawn",
        _NOTICE,
        "The file is no longer in the folder; its projects and indicators left the tables.",
        "Put the file back if it was not removed on purpose: it then counts as before.",
        "文件已不在文件夹中，其项目和指标已从各表移除。",
        "如果不是有意移除，请放回原处，即恢复计入。",
    ),
    Condition(
        "withdrawn_outdated",
        _HELD,
        "The file is no longer in the folder, and was read by another version of the program's rules.",
        "Nothing needs to be done; put the file back to have it read again.",
        "文件已不在文件夹中，而此前是按本程序另一版本的规则读取的。",
        "无需处理；如需重新读取，请把文件放回原处。",
    ),
    Condition(
        "withdrawn_unreadable",
        _REFUSED,
        "The file is no longer in the folder, and what was read of it is not there any more.",
        "Nothing needs to be done; put the file back to have it read again.",
        "文件已不在文件夹中，此前读取的内容也已不在。",
        "无需处理；如需重新读取，请把文件放回原处。",
    ),
    # --- what the file may take -----------------------------------------------------------------
    Condition(
        "file_too_large",
        _REFUSED,
        "The file has more bytes than one document may have.",
        "Look what makes it large: often pictures, which are not read. A larger limit is set with "
        "ZC_MAX_FILE_MB; then read it again with `--redo NAME`.",
        "文件大小超过单份文件的上限。",
        "请查看文件为何这样大：常见的是含有图片，而图片并不读取。上限可用 ZC_MAX_FILE_MB 调高，"
        "再用 `--redo 文件名` 重新读取。",
    ),
    Condition(
        "page_limit",
        _REFUSED,
        "The file has more pages than one document may have.",
        "Put the pages of the table into a file of their own, or set ZC_MAX_PAGES; then read it again with "
        "`--redo NAME`.",
        "文件页数超过单份文件的上限。",
        "请把表格所在的页另存为一份文件，或用 ZC_MAX_PAGES 调高上限，再用 `--redo 文件名` 重新读取。",
    ),
    Condition(
        "time_limit",
        _REFUSED,
        "Reading the file took longer than a document of its pages may take; its reader was ended.",
        "Print the PDF anew: an honest file then reads quickly. More time is set with ZC_MAX_SECONDS and "
        "ZC_MAX_SECONDS_PER_PAGE; then read it again with `--redo NAME`.",
        "读取用时超过按页数规定的时限，读取进程已被终止。",
        "请把文件重新打印为 PDF，正常的文件此后很快就能读完。"
        "时限可用 ZC_MAX_SECONDS 和 ZC_MAX_SECONDS_PER_PAGE 放宽，再用 `--redo 文件名` 重新读取。",
    ),
    Condition(
        "memory_limit",
        _REFUSED,
        "Reading the file takes more memory than one document may take; its reader was ended.",
        "Print the PDF anew: a small file that asks for so much may be meant to do harm. More is set with "
        "ZC_MAX_MEMORY_MB; then read it again with `--redo NAME`.",
        "读取所需内存超过单份文件的上限，读取进程已被终止。",
        "请把文件重新打印为 PDF；文件不大却占用如此多内存的，可能是恶意文件。"
        "上限可用 ZC_MAX_MEMORY_MB 调高，再用 `--redo 文件名` 重新读取。",
    ),
    Condition(
        "reader_crashed",
        _REFUSED,
        "The process that read the file broke down or was killed; other documents are not touched by it.",
        "Read it again with `--redo NAME`: the system may have ended it for want of memory. If it stays, "
        "print the PDF anew, and report the file.",
        "读取该文件的进程崩溃或被强行终止，其他文件不受影响。",
        "请用 `--redo 文件名` 重新读取：可能是系统因内存不足而终止了进程。如仍然出现，"
        "请把文件重新打印为 PDF，并把该文件反馈给程序维护者。",
    ),
    # --- the page -------------------------------------------------------------------------------
    Condition(
        "no_text_layer",
        _REFUSED,
        "The pages are pictures: there is no visible text to read.",
        "Scans are not read yet. Ask the publisher for the original PDF.",
        "各页都是图片，没有可以读取的可见文字。",
        "目前不支持扫描件，请向发布单位索取原始 PDF。",
    ),
    Condition(
        "unmapped_characters",
        _REFUSED,
        "A font does not say which characters its glyphs stand for, so the text cannot be known.",
        "Ask the publisher for a PDF with embedded Unicode maps, or print the original anew.",
        "字体没有说明字形对应哪些字符，文字内容无法确定。",
        "请向发布单位索取字体带有 Unicode 映射的 PDF，或用原始文件重新打印。",
    ),
    Condition(
        "readers_disagree",
        _HELD,
        "The two PDF libraries do not read the same characters on a page.",
        "Compare the page with the characters named; a PDF printed anew usually agrees.",
        "两个 PDF 读取库读出的内容不一致。",
        "请对照原页核对相关原文；重新打印的 PDF 通常可以读得一致。",
    ),
    Condition(
        "order_unclear",
        _HELD,
        "The characters of a line are drawn in another order than the one in which they stand.",
        "Compare the line named with the page: a character may have come to a wrong place.",
        "有一行文字的绘制次序与排列次序不一致。",
        "请对照原页核对相关原文：可能有字符排错了位置。",
    ),
    Condition(
        "text_not_drawn",
        _HELD,
        "Text that the file says is not to be seen on the page as it is drawn.",
        "Look at the page: the text may be in a hidden layer, transparent, or covered; ask for a plain copy. "
        "If all text is missing, the PDF embeds no fonts: install a Chinese one (fonts-noto-cjk), and run "
        "with --redo.",
        "文件中的部分文字在页面上并未显示出来。",
        "请查看原页：相关文字可能位于隐藏图层、透明或被遮盖。请索取不含隐藏内容的文件。"
        "如全部文字都未显示，说明 PDF 未嵌入字体：请安装中文字体（fonts-noto-cjk），再用 --redo 重新处理。",
    ),
    Condition(
        "damaged_stream",
        _HELD,
        "A part of the file does not unpack as it was packed, or a font's map of characters cannot be read: "
        "what it drew or said may be lost or changed.",
        "Fetch the file again, or print the PDF anew.",
        "文件中有数据流损坏，或字体的字符映射表无法解析，其内容可能缺失或改变。",
        "请重新下载该文件，或重新打印生成 PDF。",
    ),
    Condition(
        "malformed_content",
        _HELD,
        "The drawing instructions of a page break the rules of PDF: viewers show such a page differently.",
        "Look at the file in two viewers; release the check if both show the same table.",
        "页面的绘图指令不符合 PDF 规范，不同阅读器的显示可能不一致。",
        "请用两种阅读器查看该文件；如两者显示的表格相同，可放行该项核对。",
        is_releasable=True,
    ),
    Condition(
        "unlikely_shape",
        _HELD,
        "A character is drawn in a shape that it cannot have: the font lacks it, or calls another one so.",
        "Compare the characters named with the page, or print the PDF anew.",
        "字符的字形与其文字不符：字体缺少该字，或映射有误。",
        "请将所列字符与原页核对，或重新打印生成 PDF。",
    ),
    Condition(
        "ambiguous_font",
        _HELD,
        "A font says of different glyphs that they are the same character.",
        "Compare the characters named with the page, or print the PDF anew.",
        "同一字体中不同的字形被标注为同一个字符。",
        "请对照原页核对所列字符，或重新打印生成 PDF。",
    ),
    Condition(
        "reader_failed",
        _HELD,
        "One of the two PDF libraries failed on the file.",
        "Print the PDF anew. If it opens everywhere else, report it with the file.",
        "两个 PDF 读取库中有一个未能读取该文件。",
        "请把文件重新打印为 PDF；如果用其他软件都能正常打开，请连同文件一起反馈给程序维护者。",
    ),
    Condition(
        "text_cut_sideways",
        _HELD,
        "Text in a cell is hidden at its left or right edge.",
        "The page does not show the whole value: ask the publisher for a complete print.",
        "单元格中的文字在左边或右边被裁剪。",
        "页面没有显示完整的内容，请向发布单位索取显示完整的文件。",
    ),
    Condition(
        "text_cut_off",
        _HELD,
        "Lines of a cell are hidden at its upper or lower edge, and no other page shows them.",
        "The page does not show the whole value: ask the publisher for a complete print.",
        "单元格上沿或下沿的文字被裁剪，其他页也没有完整显示。",
        "页面没有显示完整的内容，请向发布单位索取显示完整的文件。",
    ),
    Condition(
        "text_over_rule",
        _HELD,
        "Text runs over a rule into the next cell.",
        "Look at the cell named: what of the text belongs to which cell cannot be told from its place.",
        "文字越过表格线，伸入相邻单元格。",
        "请对照原页核对相关原文：仅凭位置无法判断哪些文字属于哪个单元格。",
    ),
    Condition(
        "turned_in_table",
        _HELD,
        "Text in a cell of the table stands sideways or upside down.",
        "Look at the page: what is printed there is in no value of the tables.",
        "表格的单元格中有横置或倒置的文字。",
        "请查看原页：该处所印的文字没有收入任何一张表。",
    ),
    Condition(
        "page_unreadable",
        _HELD,
        "A page has no upright text: it is a picture, or its text stands sideways.",
        "Look whether the page belongs to the table; if so, ask the publisher for the original PDF.",
        "该页没有可读的正向文字：整页是图片，或文字横置。",
        "请查看该页是否属于目标表；如果属于，请向发布单位索取原始 PDF。",
    ),
    Condition(
        "broken_grid",
        _HELD,
        "The ruled lines do not close to rectangular cells.",
        "Look at the page: a rule is missing or a drawing lies over the table.",
        "表格线没有围成矩形的单元格。",
        "请查看原页：缺少表格线，或有图形压在表格上。",
    ),
    Condition(
        "note_over_table",
        _HELD,
        "A note, stamp or form field lies over the table: it may say or hide something that is not read.",
        "Look at the page; release the check if it changes nothing of the table.",
        "批注、印章或表单域压在表格上：其中可能有未读取的内容，或遮住了表中的内容。",
        "请查看原页；如对表中内容没有影响，可放行该项核对。",
        is_releasable=True,
    ),
    Condition(
        "text_half_covered",
        _HELD,
        "A character in the table shows in part: painted over, masked, clipped or of its ground's colour.",
        "Look at the page; release the check if the characters can be read all the same.",
        "表格中有文字被部分遮盖、裁切，或与底色相同，无法确定印刷内容。",
        "请查看原页；如文字仍可辨认，可放行该项核对。",
        is_releasable=True,
    ),
    Condition(
        "text_over_text",
        _HELD,
        "Characters are printed over each other: what is meant cannot be told from the page.",
        "Look at the page; release the check if the characters can be read all the same.",
        "文字相互重叠，无法从页面确定其内容。",
        "请查看原页；如文字仍可辨认，可放行该项核对。",
        is_releasable=True,
    ),
    Condition(
        "text_outside_table",
        _HELD,
        "Text that belongs to the table stands outside its ruled cells.",
        "Look at the page: rules are missing or do not enclose the row.",
        "属于表格的文字落在单元格之外。",
        "请查看原页：缺少表格线，或表格线没有围住该行。",
    ),
    Condition(
        "columns_unclear",
        _HELD,
        "The table's columns are not ruled, and a text could stand in one as well as in another.",
        "Look at the page: ask the publisher for a print with ruled columns.",
        "表格没有分列的竖线，有文字无法判断属于哪一列。",
        "请查看原页，并向发布单位索取带竖线的表格。",
    ),
    Condition(
        "rows_unclear",
        _HELD,
        "The table is not ruled, and it cannot be told where one row ends and the next begins.",
        "Look at the page: ask the publisher for a print with ruled rows.",
        "表格没有分行的横线，无法判断一行在哪里结束、下一行从哪里开始。",
        "请查看原页，并向发布单位索取带横线的表格。",
    ),
    Condition(
        "rules_inferred",
        _NOTICE,
        "The table has no rules between its columns or rows; they were told by alignment.",
        "Nothing needs to be done.",
        "表格的列或行之间没有表格线，已按文字的对齐位置划分。",
        "无需处理。",
    ),
    Condition(
        "hidden_text",
        _NOTICE,
        "The page carries text that is not visible; it was left out.",
        "Nothing needs to be done.",
        "页面含有不可见的文字，未予收录。",
        "无需处理。",
    ),
    Condition(
        "turned_text",
        _NOTICE,
        "The page carries slanted or turned text, such as a watermark; it was left out.",
        "Nothing needs to be done.",
        "页面含有倾斜或旋转的文字（如水印），未予收录。",
        "无需处理。",
    ),
    Condition(
        "radicals_mapped",
        _NOTICE,
        "Radical symbols were read as the ordinary characters that the page shows.",
        "Nothing needs to be done.",
        "编码为部首符号的文字，已按页面所示读作普通汉字。",
        "无需处理。",
    ),
    # --- the form -------------------------------------------------------------------------------
    Condition(
        "no_target_table",
        _REFUSED,
        "No project performance-target table of a known form was found.",
        "Check that the file is a 项目支出绩效目标表; other forms are not read yet.",
        "未找到已知格式的项目支出绩效目标表。",
        "请确认文件是否为《项目支出绩效目标表》；其他格式的表目前不读取。",
    ),
    Condition(
        "unknown_column",
        _REFUSED,
        "The table has a column whose heading is not known.",
        "If it is another spelling, add it to parse/lookups/headers.yaml with a test.",
        "表中有一列的表头无法识别。",
        "如果只是写法不同，请加入 `parse/lookups/headers.yaml`，并附测试。",
    ),
    Condition(
        "repeated_column",
        _REFUSED,
        "Two columns of the table have the same heading.",
        "Look at the page; the form cannot be read without knowing which is which.",
        "表中有两列的表头相同。",
        "请查看原页；分不清这两列，就无法读取该表。",
    ),
    Condition(
        "missing_column",
        _REFUSED,
        "The table lacks a column without which it cannot be read.",
        "Look at the page; the form may be one that is not read yet.",
        "表中缺少读取所必需的列。",
        "请查看原页；可能是目前尚不读取的格式。",
    ),
    Condition(
        "column_ignored",
        _NOTICE,
        "The table has a column that is known but not carried, such as 备注; only `page_text` has its text.",
        "Nothing needs to be done.",
        "表中有一列可以识别但不收录（如备注），其文字只在 `page_text` 中。",
        "无需处理。",
    ),
    Condition(
        "money_unit_missing",
        _HELD,
        "The table does not say in which unit its amounts are.",
        "Amounts cannot be converted to yuan without it. Ask the publisher.",
        "表中没有注明金额单位。",
        "没有金额单位就无法换算为元，请向发布单位核实。",
    ),
    Condition(
        "money_unit_contradictory",
        _HELD,
        "The table names two different money units.",
        "Ask the publisher which one holds.",
        "表中注明了两种不同的金额单位。",
        "请向发布单位核实以哪一种为准。",
    ),
    Condition(
        "department_missing",
        _WARNING,
        "The table does not name its department.",
        "department_name is empty for this document.",
        "表中没有注明部门名称。",
        "该文件的部门名称（`department_name`）为空。",
    ),
    Condition(
        "year_differs",
        _WARNING,
        "The year printed on the disclosure differs from its folder's.",
        "Move the file if it lies in the wrong folder.",
        "所印年度与所在文件夹的年度不一致。",
        "如果文件放错了文件夹，请移到正确的年度。",
    ),
    Condition(
        "other_table",
        _NOTICE,
        "The file holds another table that is no target table; it was not read.",
        "Nothing needs to be done.",
        "文件中另有一张表不是目标表，未读取。",
        "无需处理。",
    ),
    # --- rows -----------------------------------------------------------------------------------
    Condition(
        "columns_changed",
        _HELD,
        "A page continues the table with other columns.",
        "Look at the page: its rows could not be given their columns.",
        "续表的列与前页不一致。",
        "请查看原页：该处各行无法对应到列。",
    ),
    Condition(
        "page_break_unresolved",
        _HELD,
        "A row that crosses a page break could not be put together beyond doubt.",
        "Compare the end of the first page with the beginning of the next.",
        "跨页的一行无法确切拼接。",
        "请对照查看前一页的末尾和后一页的开头。",
    ),
    Condition(
        "row_unreadable",
        _HELD,
        "A row of the table is neither a project, a unit, a total nor a header.",
        "Look at the row named.",
        "表中有一行既不是项目、单位，也不是合计或表头。",
        "请对照原页查看该行。",
    ),
    Condition(
        "page_order",
        _HELD,
        "The printed page numbers do not follow one another.",
        "A page is missing, doubled or out of order: fetch the complete file.",
        "所印页码不连续。",
        "可能有缺页、重页或页序颠倒，请重新下载完整的文件。",
    ),
    Condition(
        "duplicate_ambiguous",
        _HELD,
        "Two equal rows meet at a page break, and the sums allow one as well as two.",
        "Look at both pages and at the publisher's accounts.",
        "分页处前后两行完全相同，按合计数算作一行或两行都成立。",
        "请查看前后两页，并对照发布单位的账目。",
    ),
    Condition(
        "row_kind_ambiguous",
        _HELD,
        "It cannot be told whether a row without goal and indicators is a unit or a project.",
        "Look at the row named; its place in the sums is not clear.",
        "有一行既无绩效目标也无绩效指标，无法判断是单位还是项目。",
        "请对照原页查看该行：它应计入哪个合计并不明确。",
    ),
    # --- amounts --------------------------------------------------------------------------------
    Condition(
        "blank_row",
        _NOTICE,
        "A row of the table has no text; it was left out.",
        "Nothing needs to be done.",
        "表中有一行没有文字，未予收录。",
        "无需处理。",
    ),
    Condition(
        "amount_unreadable",
        _HELD,
        "An amount is printed in a way that is no number.",
        "Look at the cell named.",
        "有一处金额所印的不是数字。",
        "请对照原页核对相关原文。",
    ),
    Condition(
        "amount_too_fine",
        _HELD,
        "An amount is printed more finely than one fen (0.01 yuan).",
        "Look at the cell named: the money unit may be wrong.",
        "有一处金额精确到分（0.01 元）以下。",
        "请对照原页核对相关原文：金额单位可能有误。",
    ),
    Condition(
        "sources_do_not_add_up",
        _HELD,
        "A row's total is not the sum of its sources.",
        "Compare the row with the page. If it is printed so, the publisher must say which is right.",
        "该行的总计或财政拨款与其各项来源之和不符。",
        "请对照原页核对该行；如果原表就是这样印的，须由发布单位说明以哪个数为准。",
        is_releasable=True,
    ),
    Condition(
        "unit_does_not_add_up",
        _HELD,
        "A unit's subtotal is not the sum of its projects.",
        "A row may be missing or misread: compare the unit's rows with the pages.",
        "单位小计与其各项目之和不符。",
        "可能有漏行或误读，请对照原页核对该单位各行。",
        is_releasable=True,
    ),
    Condition(
        "total_does_not_add_up",
        _HELD,
        "The grand total is not the sum of its units or projects.",
        "A row may be missing or misread: compare the table with the pages.",
        "总合计与各单位或各项目之和不符。",
        "可能有漏行或误读，请对照原页核对整张表。",
        is_releasable=True,
    ),
    Condition(
        "unit_without_projects",
        _HELD,
        "A unit's row is followed by no project of its own.",
        "Look at the row named: it may itself be a project.",
        "单位行之后没有属于该单位的项目。",
        "请对照原页查看该行：它本身可能就是项目。",
    ),
    Condition(
        "project_without_unit",
        _HELD,
        "A project stands above the first unit row of a table that has unit rows.",
        "Look at the row named: its unit's row may be missing.",
        "表中设有单位行，而该项目排在第一个单位行之前。",
        "请对照原页查看该行：可能缺少所属的单位行。",
        is_releasable=True,
    ),
    Condition(
        "amounts_unchecked",
        _WARNING,
        "Some amounts lie in no printed sum and could not be checked.",
        "Use them with care: nothing on the page confirms them.",
        "有些金额不在任何印出的合计之内，无法核对。",
        "请谨慎使用：页面上没有可以印证这些金额的数字。",
    ),
    # --- indicators -----------------------------------------------------------------------------
    Condition(
        "indicator_numbers",
        _HELD,
        "The printed numbers of a project's indicators do not run 1, 2, 3 …",
        "Look at the cell named: an indicator is missing, doubled or misnumbered.",
        "项目的指标序号没有按 1、2、3……连续排列。",
        "请对照原页核对相关原文：指标有缺漏、重复或序号印错。",
    ),
    Condition(
        "indicator_unreadable",
        _HELD,
        "An indicator does not have the parts of the packed form.",
        "Look at the cell named.",
        "有一条指标缺少应有的组成部分，或次序不对。",
        "请对照原页核对相关原文。",
    ),
    Condition(
        "indicator_text_left_over",
        _HELD,
        "Text in the indicator cell belongs to no indicator.",
        "Look at the cell named.",
        "绩效指标单元格中有文字不属于任何一条指标。",
        "请对照原页核对相关原文。",
    ),
    Condition(
        "unknown_indicator_code",
        _WARNING,
        "An indicator's level code is not in the known list; it is kept.",
        "If it is a real code, add it to parse/lookups/indicator_codes.yaml.",
        "一级或二级指标的代码、名称不在已知清单内，已按所印保留。",
        "如果确有此代码，请加入 `parse/lookups/indicator_codes.yaml`。",
    ),
    Condition(
        "indicator_code_mismatch",
        _HELD,
        "A known level code is printed with another level's name, or below a level it does not belong to.",
        "Look at the cell named: the codes and names contradict each other.",
        "已知的指标代码所配的名称属于另一个代码，或二级指标列在不对应的一级指标之下。",
        "请对照原页核对相关原文：代码与名称互相矛盾。",
        is_releasable=True,
    ),
    Condition(
        "text_of_another_column",
        _HELD,
        "A cell holds text of another column: an indicator's labels in a goal or a name, a page's foot.",
        "Compare the cell named with the page: what belongs to it cannot be told.",
        "单元格中混入了其他列的文字：绩效目标或项目名称中有指标的标签，或混入了页码。",
        "请对照原页核对相关原文：无法判断哪些文字属于该单元格。",
    ),
    Condition(
        "copy_dropped",
        _NOTICE,
        "Both pages at a page break print the same row in full; the sums show that it is one.",
        "Nothing needs to be done; the row is counted once.",
        "分页处前后两页完整地印了同一行，合计数表明只是一行。",
        "无需处理；该行只计一次。",
    ),
    Condition(
        "heading_in_row",
        _NOTICE,
        "The heading is repeated without a rule below it, in one box with the row that follows.",
        "Nothing needs to be done; the heading was taken off the row.",
        "重复的表头下方没有横线，与后一行印在同一个框内。",
        "无需处理；已把表头与该行分开。",
    ),
    Condition(
        "characters_unaccounted",
        _HELD,
        "Between the page and the table, characters were lost or added.",
        "This is a fault of the program: report it with the file.",
        "从页面到表格的过程中有字符丢失或多出。",
        "这是程序的错误，请连同文件一起反馈给程序维护者。",
    ),
    Condition(
        "released",
        _NOTICE,
        "A check that the source itself fails was released by a person.",
        "The reason, the name and the date stand in the message and in `documents.release_text`.",
        "有一项因原表自身不平而未通过的核对，已由人工放行。",
        "理由、放行人和日期见文件表的放行记录（`documents.release_text`）。",
    ),
    # --- gates ----------------------------------------------------------------------------------
    Condition(
        "shape_gate",
        _HELD,
        "Rows of the document break the table's schema.",
        "This is likely a fault of the program: report it with the document.",
        "该文件有数据行不符合表结构的规定。",
        "多半是程序的错误，请连同文件一起反馈给程序维护者。",
    ),
    Condition(
        "content_gate",
        _HELD,
        "Rows of the document break an expectation of the content suite.",
        "Look at the rows named.",
        "该文件有数据行不符合内容校验的规则。",
        "请对照原页查看有关的行。",
    ),
    Condition(
        "conservation_gate",
        _HELD,
        "Something of the document was lost or doubled between two stages.",
        "Read it again with `zc-pipeline run --redo NAME`; if it stays, report it with the document.",
        "该文件有内容在两个处理环节之间丢失或重复。",
        "请用 `zc-pipeline run --redo 文件名` 重新读取；如仍然出现，请连同文件一起反馈给程序维护者。",
    ),
    Condition(
        "internal_error",
        _HELD,
        "The program failed on this document.",
        "This is a fault of the program: report it with the document and the message.",
        "程序处理该文件时出错。",
        "这是程序的错误，请连同文件和英文的出错信息（`message`）一起反馈给程序维护者。",
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


class StorageRefused(PublicationStopped):
    """The system refuses to write, as on a full disk, or another run holds the data folder."""
