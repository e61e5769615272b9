// One document: its facts and projects; each project beside the picture of its printed row.
"use strict";

(() => {
  const { el, t } = zcBook;
  const key = document.documentElement.dataset.document;
  const head = zcBook.get(`documents/${key}`);
  const short = head.document_id.slice(0, 20);
  const AMOUNTS = zcBook.get("book").amounts;
  const L = { id: 0, name: 1, unit: 2, total: 3, totalText: 4, first: 5, last: 6, indicators: 7, file: 8 };
  const SHOWN = new Set(["table_number", "department_name", "unit_name", "project_id", "project_name", "performance_goal", "fiscal_is_derived",
    ...AMOUNTS.flatMap((one) => [`${one}_cny`, `${one}_text`])]);
  const SHOWN_OF_INDICATOR = new Set(["indicator_id", "indicator_number", "level1_name", "level2_name", "level1_code", "level2_code", "indicator_name", "cycle_target", "annual_target", "indicator_text",
    ...["cycle", "annual"].flatMap((which) => ["is_measurable", "relation", "low", "high", "unit", "low_base", "high_base", "unit_base", "note", "period", "reason"].map((one) => `${which}_${one}`))]);
  const ZOOMS = [0.8, 1, 1.3, 1.7, 2.2, 3];
  const status = document.getElementById("status");
  const view = document.getElementById("project");
  const overview = document.getElementById("overview");
  let zoom = ZOOMS.indexOf(1.3);
  let isWhole = false;
  let asking = 0;
  let shown = null; // { place, details, chosen }

  const documents = head.documents.map((values) => zcBook.rowOf("documents", values));
  const problems = head.problems.map((values) => zcBook.rowOf("problems", values));
  const unitOf = (table) => documents.find((one) => one.table_number === table)?.money_unit ?? "";

  // --- facts ---------------------------------------------------------------------------------------

  function pair(label, ...content) {
    return el("div", null, el("dt", null, label), el("dd", null, ...content));
  }

  function fact(row, name) {
    return pair(zcBook.column("documents", name), zcBook.value("documents", name, row[name]));
  }

  function showFacts() {
    const boxes = documents.map((row) => el("article", { class: "card" },
      el("h3", null, row.table_number ? t("document.table", { number: row.table_number }) : t("document.no_table"), " ", zcBook.verdict(row.verdict)),
      row.release_text ? el("p", { class: "note" }, zcBook.printed(row.release_text)) : null,
      el("dl", { class: "facts" },
        ["department_name", "title", "money_unit", "project_count", "indicator_count", "printed_total_cny", "readded_total_cny"].map((name) => fact(row, name)),
        row.page_first === null ? null : pair(t("document.pages"), zcBook.pageWords(row.page_first, row.page_last))),
      el("details", null, el("summary", null, t("document.all_facts")),
        el("dl", { class: "facts" }, Object.keys(row).map((name) => fact(row, name))))));
    document.getElementById("facts").replaceChildren(...boxes,
      head.copies.length ? el("p", null, `${t("document.copies")}: `, head.copies.join(", ")) : "");
  }

  const listed = zcBook.table(document.getElementById("projects"), {
    caption: () => t("document.projects"),
    columns: [
      { key: "name", head: true, title: () => zcBook.column("projects", "project_name"), sort: (row) => row[L.name],
        cell: (row) => el("a", { href: `#${short}-${row[L.id]}` }, zcBook.printed(row[L.name])) },
      { key: "unit", title: () => zcBook.column("projects", "unit_name"), sort: (row) => row[L.unit], cell: (row) => (row[L.unit] === null ? t("book.no_unit") : zcBook.printed(row[L.unit])) },
      { key: "total", number: true, title: () => zcBook.column("projects", "total_cny"), sort: (row) => (row[L.total] === null ? null : BigInt(row[L.total])),
        cell: (row) => (row[L.total] === null ? zcBook.amount(null) : [zcBook.yuan(row[L.total]), el("span", { class: "printed" }, t("document.printed_as", { text: row[L.totalText] }))]) },
      { key: "indicators", number: true, title: () => t("index.indicator_count"), sort: (row) => row[L.indicators], cell: (row) => String(row[L.indicators]) },
      { key: "pages", title: () => zcBook.column("projects", "page_first"), sort: (row) => row[L.first], cell: (row) => zcBook.pageWords(row[L.first], row[L.last]) },
    ],
  });

  function showProjects() {
    const find = document.getElementById("find");
    document.getElementById("finding").hidden = head.projects.length < 10;
    const words = zcBook.fold(find.value).split(/\s+/).filter(Boolean);
    const worst = documents.find((one) => one.verdict !== "accepted")?.verdict ?? "accepted";
    if (head.projects.length) {
      listed.show(head.projects.filter((row) => words.every((word) => zcBook.fold(`${row[L.name]}\n${row[L.unit] ?? ""}`).includes(word))));
    } else {
      document.getElementById("projects").replaceChildren(el("p", { class: "empty" }, t("document.no_projects", { verdict: t(`verdict.${worst}`) })));
    }
  }

  const troubles = zcBook.table(document.getElementById("problem-list"), {
    caption: () => t("document.problems"),
    columns: [
      { key: "severity", title: () => t("problems.severity"), cell: (row) => el("span", { class: `verdict ${row.severity}` }, t(`severity.${row.severity}`)) },
      { key: "code", head: true, title: () => t("problems.code"), cell: (row) => el("code", { title: zcBook.advice(row.code, "meaning") }, row.code) },
      { key: "page", title: () => zcBook.column("problems", "page"), sort: (row) => row.page, cell: (row) => (row.page === null ? "—" : String(row.page)) },
      { key: "message", wide: true, title: () => zcBook.column("problems", zcBook.language === "zh" ? "message_zh" : "message"), cell: (row) => [zcBook.message(row.message_zh, row.message),
        row.raw_text ? el("blockquote", { lang: "zh-CN" }, row.raw_text) : null,
        zcBook.remedy(row.code)] },
    ],
  });

  function showProblems() {
    if (problems.length) troubles.show(problems);
    else document.getElementById("problem-list").replaceChildren(el("p", { class: "empty" }, t("document.no_problems")));
    const pages = head.problem_pages.filter((number) => head.pages[number]?.[2]);
    document.getElementById("problem-pages").replaceChildren(...(pages.length ? [
      el("h3", null, t("document.problem_pages")),
      ...pages.map((number) => el("details", null, el("summary", null, t("book.page", { page: number })),
        el("div", { class: "scroll" }, el("img", { class: "page", loading: "lazy", src: `../${head.pages[number][2]}`, alt: t("document.picture_of_page", { page: number }) })))),
    ] : []));
  }

  // --- a project -----------------------------------------------------------------------------------

  async function showProject(place, indicator) {
    const line = head.projects[place];
    const file = `documents/${key}-${line[L.file]}`;
    const me = asking += 1;
    const [details] = await zcBook.loadAll([file], status);
    if (me !== asking) return; // a later call is under way
    const own = details[line[L.id]];
    shown = { place, own, row: zcBook.rowOf("projects", own.row), indicators: own.indicators.map((one) => zcBook.rowOf("indicators", one)), chosen: null };
    renderProject();
    overview.hidden = true;
    view.hidden = false;
    scrollTo(0, 0);
    document.getElementById("project-name").focus({ preventScroll: true });
    if (indicator) {
      const target = document.getElementById(indicator);
      if (target) {
        mark("indicators", indicator);
        target.scrollIntoView({ block: "center" });
      } else status.textContent = t("document.unknown", { id: indicator });
    } else status.textContent = "";
  }

  function neighbour(place, words, rel) {
    const line = head.projects[place];
    return line ? el("a", { href: `#${short}-${line[L.id]}`, rel, title: line[L.name] }, t(words)) : el("span", { class: "none" }, t(words));
  }

  function renderProject() {
    const { place, own, row } = shown;
    view.replaceChildren(
      el("nav", { class: "steps", "aria-label": t("document.projects") }, el("a", { href: "#" }, t("document.back")),
        neighbour(place - 1, "document.previous", "prev"), neighbour(place + 1, "document.next", "next")),
      el("h2", { id: "project-name", tabindex: "-1", lang: "zh-CN" }, row.project_name),
      el("p", { class: "owner" }, el("span", { lang: "zh-CN" }, row.unit_name ?? t("book.no_unit")), " · ", zcBook.pageWords(row.page_first, row.page_last), " · ",
        el("a", { href: `#${row.project_id}`, class: "id", title: t("document.link") }, row.project_id)),
      row.is_released ? el("p", { class: "note" }, t("document.released")) : "",
      row.is_amount_checked ? "" : el("p", { class: "note" }, t("document.unchecked")),
      el("div", { class: "beside" },
        el("section", { class: "pictures", "aria-labelledby": "printed-row" }, pictures(own)),
        el("section", { class: "read", "aria-labelledby": "values" },
          el("h3", { id: "values" }, t("document.values")), amounts(row), texts(row),
          el("h3", { id: "indicator-list" }, `${t("column.indicators")} (${shown.indicators.length})`),
          el("ol", { class: "indicators", "aria-labelledby": "indicator-list" }, shown.indicators.map(indicatorItem)),
          more("projects", row, SHOWN))));
    if (shown.chosen) mark(...shown.chosen, true);
  }

  const isPrinted = (column) => shown.own.parts.some((part) => part.cells[column]);

  // A value that a click marks on the picture; the button does it for the keyboard and says so.
  function markable(column, id, name, ...content) {
    if (!isPrinted(column)) return el("div", { class: "value" }, content);
    return el("div", { class: "value markable", "data-column": column, "data-of": id, onclick: () => mark(column, id) }, el("div", null, content),
      el("button", { type: "button", "aria-pressed": "false", "aria-label": t("document.mark", { name }) }, t("document.mark_short")));
  }

  function amounts(row) {
    const unit = unitOf(row.table_number);
    return el("table", { class: "amounts" }, el("caption", { class: "unseen" }, t("document.values")),
      el("tbody", null, AMOUNTS.filter((one) => row[`${one}_cny`] !== null || isPrinted(one)).map((one) => {
        const amount = row[`${one}_cny`];
        const text = row[`${one}_text`];
        const said = one === "fiscal" && row.fiscal_is_derived ? t("document.derived")
          : text === null ? null : t("document.printed_as", { text: `${text}${unit ? ` ${unit}` : ""}` });
        return el("tr", null, el("th", { scope: "row" }, t(`column.${one}`)), el("td", null, markable(one, one, t(`column.${one}`),
          amount === null ? el("span", { class: "none" }, t(text === null ? "document.printed_blank" : "document.no_amount"))
            : el("span", { class: "amount" }, t("book.yuan", { amount: zcBook.yuan(amount) })),
          said === null ? null : el("span", { class: "printed" }, said))));
      })));
  }

  function texts(row) {
    return el("dl", { class: "texts" },
      pair(zcBook.column("projects", "project_name"), markable("project_name", "project_name", t("column.project_name"), zcBook.printed(row.project_name))),
      pair(zcBook.column("projects", "performance_goal"), markable("goal", "goal", t("column.goal"), row.performance_goal ? zcBook.printed(row.performance_goal) : el("span", { class: "none" }, t("book.none")))),
      pair(zcBook.column("projects", "department_name"), row.department_name === null ? t("book.no_department") : zcBook.printed(row.department_name)));
  }

  const thousands = (number) => (number === null ? null : number.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ","));
  const SIGNS = { ">=": "≥", ">": ">", "=": "=", "<=": "≤", "<": "<" };

  function quantityText(relation, low, high, unit) {
    const tail = unit ? ` ${unit}` : "";
    if (relation === "range") return t("quantity.between", { low, high }) + tail;
    return `${SIGNS[relation]} ${low ?? high}${tail}`;
  }

  // How a target was understood, as the table has it.
  function quantity(row, which) {
    const at = (name) => row[`${which}_${name}`] ?? null;
    if (at("relation") === null) return null;
    if (at("relation") === "qualitative") {
      return el("span", { class: "state is_qualitative" }, t("quantity.qualitative", { reason: at("reason") ? t(`reason.${at("reason")}`) : "—" }));
    }
    const read = quantityText(at("relation"), at("low"), at("high"), at("unit"));
    const isMultiplied = at("low") !== at("low_base") || at("high") !== at("high_base");
    const base = isMultiplied ? quantityText(at("relation"), thousands(at("low_base")), thousands(at("high_base")), at("unit_base")) : null;
    return [el("span", { class: "state is_measurable" }, t("quantity.read_as", { quantity: read })),
      base === null ? null : el("span", { class: "state" }, t("quantity.base", { quantity: base })),
      at("period") ? el("span", { class: "state" }, t("quantity.period", { period: at("period") })) : null,
      at("note") ? el("span", { class: "state" }, t("quantity.note", { note: at("note") })) : null];
  }

  function indicatorItem(row) {
    const target = (which) => pair(t(`quantity.${which}`), row[`${which}_target`] ? zcBook.printed(row[`${which}_target`]) : el("span", { class: "none" }, t("book.none")), quantity(row, which));
    return el("li", { id: row.indicator_id, value: row.indicator_number },
      markable("indicators", row.indicator_id, row.indicator_name,
        el("strong", { lang: "zh-CN" }, row.indicator_name),
        el("span", { class: "level", lang: "zh-CN" }, `${row.level1_code}-${row.level1_name} · ${row.level2_code}-${row.level2_name}`),
        el("dl", { class: "targets" }, target("cycle"), target("annual"))),
      el("details", null, el("summary", null, t("document.indicator_text")), el("p", { lang: "zh-CN" }, row.indicator_text), more("indicators", row, SHOWN_OF_INDICATOR, true)));
  }

  function more(table, row, known, isOpen = false) {
    const left = Object.keys(row).filter((name) => !known.has(name));
    if (!left.length) return "";
    const facts = el("dl", { class: "facts" }, left.map((name) => pair(zcBook.column(table, name), zcBook.value(table, name, row[name]))));
    return isOpen ? facts : el("details", null, el("summary", null, t("document.more")), facts);
  }

  // --- the picture: the page, cut by the frame to the row's part ----------------------------------------

  const MARGIN = 3;

  function frame(part) {
    const [width, height] = head.pages[part.page] ?? [842, 595, null];
    if (isWhole) return [0, 0, width, height];
    const [x0, top, x1, bottom] = part.box;
    return [Math.max(0, x0 - MARGIN), Math.max(0, top - MARGIN), Math.min(width, x1 + MARGIN), Math.min(height, bottom + MARGIN)];
  }

  function figure(part, place) {
    const [width, height, source] = head.pages[part.page] ?? [842, 595, null];
    const [x0, top, x1, bottom] = frame(part);
    const [across, down] = [x1 - x0, bottom - top];
    const percent = (share, all) => `${((share / all) * 100).toFixed(4)}%`;
    const all = shown.own.parts.length;
    const words = all === 1 ? t("book.page", { page: part.page })
      : t(shown.own.is_twice ? "document.copy" : "document.part", { page: part.page, part: place + 1, all });
    const cells = Object.entries(part.cells).map(([column, box]) => el("div", {
      class: "cell", "data-cell": column, title: t(`column.${column}`), onclick: () => mark(column, column),
      style: `left:${percent(box[0] - x0, across)};top:${percent(box[1] - top, down)};width:${percent(box[2] - box[0], across)};height:${percent(box[3] - box[1], down)}`,
    }));
    return el("figure", { "data-page": part.page },
      el("figcaption", null, words, " ", el("span", { class: "place" }, part.place)),
      el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": words },
        el("div", { class: "crop", style: `--across:${across};--down:${down}` },
          source ? el("img", {
            src: `../${source}`, alt: t("document.picture", { page: part.page }), draggable: "false",
            style: `width:${percent(width, across)};height:${percent(height, down)};left:${percent(-x0, across)};top:${percent(-top, down)}`,
          }) : null, cells)));
  }

  function pictures(own) {
    const title = el("h3", { id: "printed-row" }, t("document.printed_row"));
    if (!own.parts.length) return [title, el("p", { class: "empty" }, t("document.no_places"))];
    const missing = own.parts.some((part) => !head.pages[part.page]?.[2]);
    const rescale = (step) => {
      zoom = Math.min(ZOOMS.length - 1, Math.max(0, zoom + step));
      view.querySelector(".figures").style.setProperty("--zoom", ZOOMS[zoom]);
    };
    const buttons = el("div", { class: "buttons" },
      el("button", { type: "button", "aria-label": t("document.zoom_out"), onclick: () => rescale(-1) }, "−"),
      el("button", { type: "button", "aria-label": t("document.zoom_in"), onclick: () => rescale(1) }, "+"),
      el("button", { type: "button", id: "whole", "aria-pressed": String(isWhole), onclick: () => {
        isWhole = !isWhole;
        renderProject();
        document.getElementById("whole").focus();
      } }, t("document.whole_page")));
    return [el("div", { class: "bar-of" }, title, buttons),
      own.join && own.join !== "none" ? el("p", { class: "note" }, t(`join.${own.join}`)) : null,
      missing ? el("p", { class: "note missing" }, t(`document.picture_${head.no_picture ?? "failed"}`)) : null,
      el("div", { class: "figures", style: `--zoom:${ZOOMS[zoom]}` }, own.parts.map(figure))];
  }

  function mark(column, id, isQuiet = false) {
    shown.chosen = [column, id];
    for (const one of view.querySelectorAll(".cell")) one.classList.toggle("marked", one.dataset.cell === column);
    let name = t(`column.${column}`);
    for (const one of view.querySelectorAll(".markable")) {
      const isChosen = one.dataset.of === id || (column === id && one.dataset.column === column && column !== "indicators");
      one.classList.toggle("marked", isChosen);
      const button = one.querySelector("button");
      button.setAttribute("aria-pressed", String(isChosen));
      if (isChosen && column === "indicators") name = one.querySelector("strong").textContent;
    }
    if (isQuiet) return;
    const figures = view.querySelector(".figures");
    const cells = [...view.querySelectorAll(".cell.marked")];
    for (const cell of cells) {
      const scroll = cell.closest(".scroll");
      const [left, right] = [cell.offsetLeft, cell.offsetLeft + cell.offsetWidth];
      const isSeen = left >= scroll.scrollLeft && right <= scroll.scrollLeft + scroll.clientWidth;
      if (!isSeen) scroll.scrollLeft = Math.max(0, left - 8);
    }
    if (cells.length) {
      const figure = cells[0].closest("figure");
      figures.scrollTop = Math.max(0, figure.offsetTop - figures.offsetTop + (isWhole ? cells[0].offsetTop - 40 : 0));
    }
    const pages = [...new Set(shown.own.parts.filter((part) => part.cells[column]).map((part) => t("book.page", { page: part.page })))];
    status.textContent = t("document.marked", { name, pages: pages.join(zcBook.language === "en" ? ", " : "、") });
  }

  // --- the address -----------------------------------------------------------------------------------

  function follow() {
    const hash = decodeURIComponent(location.hash.slice(1));
    const match = /^([0-9a-f]{20})-(t\d+-p\d{4,})(-i\d{3,})?$/.exec(hash);
    const place = match && match[1] === short ? head.projects.findIndex((row) => row[L.id] === match[2]) : -1;
    if (place >= 0) {
      if (shown?.place === place && !view.hidden && !match[3]) return;
      showProject(place, match[3] ? hash : null);
      return;
    }
    asking += 1;
    shown = null;
    view.hidden = true;
    view.replaceChildren();
    overview.hidden = false;
    status.textContent = match ? t("document.unknown", { id: hash }) : "";
    if (hash === "problems") document.getElementById("problems").scrollIntoView();
  }

  function render() {
    showFacts();
    showProjects();
    showProblems();
    if (shown) renderProject();
  }

  zcBook.start();
  render();
  document.getElementById("find").addEventListener("input", zcBook.debounced(showProjects));
  zcBook.onRender(render);
  addEventListener("hashchange", follow);
  follow();
})();
