"""The pages as a reader has them: opened from disk in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from zc_pipeline.parse.document import hash_file
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.book.browser import Page
from zc_pipeline_tests.book.conftest import SCRIPT_NAME
from zc_pipeline_tests.conftest import SPECIMEN

SAMPLE = hash_file(SPECIMEN)[:20]
COUNTED = "/\\d/.test(document.getElementById('count').textContent)"
PHONE = 390


def counted(page: Page, words: str) -> None:
    page.wait(f"document.getElementById('count').textContent.startsWith({words!r})")


def some_row(host: str) -> str:
    return f"[...document.querySelectorAll('#{host} tbody tr')]"


def sample_page(book: Path) -> Path:
    return book / "documents" / f"2024-{SAMPLE}.html"


def open_project(page: Page, book: Path, number: int, **how: int) -> None:
    page.open(sample_page(book), query=f"#{SAMPLE}-t1-p{number:04d}", **how)
    page.wait("document.querySelector('.crop img')?.complete")


def test_search_finds_part_of_a_chinese_name(page: Page, book: Path) -> None:
    page.open(book / "index.html")
    counted(page, "61 个项目")  # 51 of the sample, 10 drawn
    page.type("#q", "招商业务")
    counted(page, "1 个项目")
    assert page.text("#projects tbody th") == "招商业务工作经费"
    assert "535,000.00" in page.text("#projects tbody")
    assert "印作 53.50" in page.text("#projects tbody")
    assert page.run("document.querySelector('#projects mark').textContent") == "招商业务"
    page.click("#projects tbody a")
    page.wait("document.getElementById('project-name')?.textContent === '招商业务工作经费'")


def test_filters_narrow_what_is_found_and_charts_follow(page: Page, book: Path) -> None:
    page.open(book / "index.html")
    counted(page, "61 个项目")
    page.run("document.getElementById('year').value = '2024'")
    page.type("#least", "1,000")
    page.wait(
        "![...document.querySelectorAll('#projects tbody tr')].some((one) => one.innerText.includes('2023'))"
    )
    totals = page.run(
        "[...document.querySelectorAll('#projects tbody td.number:nth-of-type(3)')]"
        ".map((one) => Number(one.firstChild.textContent.replaceAll(',', '')))"
    )
    assert totals
    assert min(totals) >= 10_000_000
    found = float(page.text("#count").split("总计 ")[1].split(" ")[0].replace(",", ""))
    assert found == pytest.approx(sum(totals) / 10_000)
    shown = float(page.text("#by-source tbody tr:first-child td").replace(",", ""))
    assert 0 < shown <= found
    page.type("#most", "x")
    counted(page, "金额须为数字")


def test_indicators_are_found_and_lead_to_their_project(page: Page, book: Path) -> None:
    page.open(book / "index.html", query="#what=indicators&q=引进项目达产后总产值")
    page.wait("document.querySelector('#indicators tbody tr')")
    assert "200亿元" in page.text("#indicators tbody")
    page.click("#indicators tbody a")
    page.wait("document.querySelector('.indicators .marked strong')?.textContent === '引进项目达产后总产值'")
    assert page.run("document.querySelectorAll('.cell.marked').length") == 2  # the cell is on two pages


def test_a_click_on_a_value_marks_its_place(page: Page, book: Path) -> None:
    open_project(page, book, 1)
    page.click('[data-of="total"] .amount')
    assert page.run("[...document.querySelectorAll('.cell.marked')].map((one) => one.dataset.cell)") == [
        "total"
    ]
    assert "已标出“总计”：第 1 页" in page.run("document.getElementById('status').textContent")
    # Where the mark lies on the page, in points: the sample's column 总计 and its first project row.
    left, top, right, bottom = page.run(
        "(() => { const crop = document.querySelector('.crop').getBoundingClientRect(); "
        "const image = document.querySelector('.crop img').getBoundingClientRect(); "
        "const cell = document.querySelector('.cell.marked').getBoundingClientRect(); "
        "const scale = image.width / 842; return [cell.left - image.left, cell.top - image.top, "
        "cell.right - image.left, cell.bottom - image.top].map((one) => one / scale); })()"
    )
    assert (left, right) == pytest.approx((162, 222), abs=4)
    assert (top, bottom) == pytest.approx((147.5, 286.5), abs=3)


def test_the_picture_is_cut_to_the_row_over_all_its_pages(page: Page, book: Path) -> None:
    open_project(page, book, 4)
    assert page.run("[...document.querySelectorAll('figure')].map((one) => one.dataset.page)") == ["1", "2"]
    box = page.run(
        "(() => { const crop = document.querySelector('.crop').getBoundingClientRect(); "
        "const image = document.querySelector('.crop img').getBoundingClientRect(); "
        "const scale = image.width / 842; return [crop.left - image.left, crop.top - image.top, "
        "crop.right - image.left, crop.bottom - image.top].map((one) => one / scale); })()"
    )
    assert box == pytest.approx((31, 465, 811, 521), abs=3)  # the last row of page 1, and a margin
    page.click("#whole")
    page.wait("document.querySelector('.crop').getBoundingClientRect().height > 500")


def test_a_link_to_a_project_works_from_the_index_too(page: Page, book: Path) -> None:
    page.open(book / "index.html", query=f"#{SAMPLE}-t1-p0004-i002")
    page.wait("document.getElementById('project-name')?.textContent === '招商业务工作经费'")
    assert page.run("location.pathname").endswith(f"/documents/2024-{SAMPLE}.html")
    page.run("location.hash = 'nothing'")
    page.wait("!document.getElementById('overview').hidden")
    page.open(book / "index.html", query=f"#{'0' * 20}-t1-p0001")
    counted(page, "61 个项目")


def test_the_language_is_switched_in_the_page_and_goes_along(page: Page, book: Path) -> None:
    page.open(book / "index.html")
    counted(page, "61 个项目")
    assert page.run("document.documentElement.lang") == "zh-CN"
    page.click("#language")
    counted(page, "Projects: 61")
    assert page.run("document.documentElement.lang") == "en"
    assert page.text("nav a") == "Search"
    page.type("#q", "招商业务")
    counted(page, "Projects: 1,")
    assert page.run("document.querySelector('#projects tbody a span').lang") == "zh-CN"
    assert "lang=en" in page.run("document.querySelector('#projects tbody a').href")
    page.click("#projects tbody a")
    page.wait("document.querySelector('.owner')?.textContent.includes('pages 1–2')")


def background(page: Page) -> str:
    return str(page.run("getComputedStyle(document.body).backgroundColor"))


def test_dark_follows_the_system_and_the_switch(page: Page, book: Path) -> None:
    page.open(book / "index.html")
    light = background(page)
    page.prefer("dark")
    dark = background(page)
    assert dark != light
    page.click("#theme")  # from the system's to light
    assert background(page) == light
    page.click("#theme")
    page.prefer("light")
    assert background(page) == dark


PAGES = ("index.html", "documents.html", "problems.html", "reconciliation.html")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_has_no_horizontal_scroll(page: Page, book: Path, language: str) -> None:
    for name in PAGES:
        page.open(book / name, query=f"?lang={language}", width=PHONE, height=844)
        page.wait(COUNTED)
        assert page.run("document.documentElement.scrollWidth") <= PHONE, name
    open_project(page, book, 4, width=PHONE, height=844)
    assert page.run("document.documentElement.scrollWidth") <= PHONE
    page.open(sample_page(book), width=PHONE, height=844)
    assert page.run("document.documentElement.scrollWidth") <= PHONE


def test_everything_is_reached_by_keyboard(page: Page, book: Path) -> None:
    page.open(book / "index.html")
    counted(page, "61 个项目")
    page.press("Tab")
    assert page.run("document.activeElement.className") == "skip"
    assert page.run("document.activeElement.getBoundingClientRect().top") >= 0
    assert page.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.press("Enter")
    page.wait("document.activeElement.id === 'content'")
    page.press("Tab")
    assert page.run("document.activeElement.name") == "what"
    open_project(page, book, 1)
    page.run("document.querySelector('.skip').focus()")
    page.press("Enter")
    page.wait("document.activeElement.id === 'content'")
    assert not page.run("document.getElementById('project').hidden"), "the project is still shown"
    page.run("document.querySelector('[data-of=\"fiscal\"] button').focus()")
    page.press("Enter")
    page.wait("document.querySelector('.cell.marked')?.dataset.cell === 'fiscal'")
    assert page.run("document.activeElement.getAttribute('aria-pressed')") == "true"


def test_screen_readers_find_landmarks_labels_and_headers(page: Page, book: Path) -> None:
    for name in PAGES:
        page.open(book / name)
        page.wait(COUNTED)
        for selector in ("header", "nav[aria-label]", "main", "footer", "search", "h1", "[aria-live=polite]"):
            assert page.run(f"document.querySelectorAll({selector!r}).length") >= 1, (name, selector)
        unnamed = page.run(
            "[...document.querySelectorAll('input, select, button')].filter((one) => "
            "!(one.labels?.length || one.textContent.trim() || one.getAttribute('aria-label')))"
            ".map((one) => one.outerHTML)"
        )
        assert unnamed == [], name
        assert page.run("[...document.querySelectorAll('thead th')].every((one) => one.scope === 'col')")
        assert page.run("[...document.querySelectorAll('tbody th')].every((one) => one.scope === 'row')")
        assert page.run("document.querySelectorAll('table').length") == page.run(
            "document.querySelectorAll('table:has(caption)').length"
        )


def test_a_script_in_a_name_is_text(page: Page, data: DataPaths, book: Path) -> None:
    page.open(book / "index.html")
    counted(page, "61 个项目")
    page.type("#q", "<script>")
    counted(page, "1 个项目")
    assert page.text("#projects tbody th") == SCRIPT_NAME
    page.click("#projects tbody a")
    page.wait("document.getElementById('project-name')")
    assert page.text("#project-name") == SCRIPT_NAME
    assert page.run("document.querySelectorAll('main b, main script').length") == 0
    assert page.run("document.title") != "taken"


def test_held_and_refused_documents_say_why(page: Page, book: Path) -> None:
    page.open(book / "documents.html")
    counted(page, "5 张目标表")
    shown = page.text("#list")
    for words in (
        "2024/held.pdf",
        "sources_do_not_add_up",
        "printed 9,999.99",
        "not_a_pdf",
        "stray.pdf",
        "拒收",
        "待核",
    ):
        assert words in shown
    page.run(
        "[...document.querySelectorAll('#list a')].find((one) => one.textContent.includes('held')).click()"
    )
    page.wait("document.getElementById('problem-list')?.textContent.includes('9,999.99')")
    assert "此文件没有公布的项目：待核" in page.text("#projects")
    page.wait("document.querySelector('#problem-pages details')")


def test_problems_and_sums_have_their_pages(page: Page, book: Path) -> None:
    page.open(book / "problems.html")
    page.wait("document.querySelector('#list')?.textContent.includes('not_a_pdf')")
    page.open(book / "reconciliation.html")
    page.wait("document.querySelector('#list tbody')")
    page.run("document.getElementById('show').value = 'unexplained'")
    page.run("document.getElementById('filters').dispatchEvent(new Event('input'))")
    page.wait(
        "[...document.querySelectorAll('#list tbody tr')].every((one) => one.innerText.includes('held.pdf'))"
    )
    assert "9,999.99" not in page.text("#list"), "amounts are in yuan"
    assert "99,999,900.00" in page.text("#list")


def test_a_list_never_has_more_rows_than_one_page_of_it(page: Page, book: Path) -> None:
    page.open(book / "index.html")
    counted(page, "61 个项目")
    assert page.run("document.querySelectorAll('#projects tbody tr').length") == 50
    assert "第 1–50 条，共 61 条" in page.text(".pager")
    page.click(".pager button:last-child")
    page.wait("document.querySelectorAll('#projects tbody tr').length === 11")
    page.click('[data-sort="total"]')
    page.wait("document.querySelectorAll('#projects tbody tr').length === 50")
    assert page.run("document.querySelector('th[aria-sort]').ariaSort") == "descending"
    first, second = page.run(
        "[...document.querySelectorAll('#projects tbody td.number:nth-of-type(3)')].slice(0, 2)"
        ".map((one) => Number(one.firstChild.textContent.replaceAll(',', '')))"
    )
    assert first >= second
