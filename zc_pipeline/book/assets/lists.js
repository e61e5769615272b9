// The pages that are one list: documents, problems, reconciliation.
"use strict";

(() => {
  const { el, t, count } = zcBook;
  const book = zcBook.get("book");
  const kind = document.documentElement.dataset.list;
  const form = document.getElementById("filters");
  const status = document.getElementById("count");
  let asking = 0;
  let last = [];

  const value = (name) => (row) => zcBook.value(kind, name, row[name]);
  const title = (name) => () => zcBook.column(kind, name);
  const money = (name) => ({ key: name, number: true, title: title(name), cell: value(name), sort: (row) => (row[name] === null ? null : BigInt(row[name])) });
  const plain = (name, more = {}) => ({ key: name, title: title(name), cell: value(name), sort: (row) => row[name], ...more });
  const documentLink = (row, tail = "") => el("a", { href: zcBook.link(`documents/${row.key}.html${tail}`), class: "file" }, row.source_file);
  const page = (row) => (row.page_first ? zcBook.pageWords(row.page_first, row.page_last) : "—");

  const LISTS = {
    documents: {
      choices: { verdict: ["accepted", "held", "refused"] },
      label: (name, one) => t(`verdict.${one}`),
      text: (row) => [row.source_file, row.department_name, row.title, row.reason_codes, ...row.reasons.flatMap((one) => one.slice(1))],
      columns: [
        { key: "source_file", head: true, title: title("source_file"), sort: (row) => row.source_file, cell: (row) => [documentLink(row), row.table_number > 1 ? ` ${t("document.table", { number: row.table_number })}` : ""] },
        plain("department_name", { name: true }),
        plain("fiscal_year", { cell: (row) => (row.fiscal_year === null ? t("book.no_year") : String(row.fiscal_year)) }),
        { key: "verdict", title: () => t("documents.verdict"), sort: (row) => row.verdict, cell: value("verdict") },
        plain("project_count", { number: true }),
        plain("indicator_count", { number: true }),
        money("printed_total_cny"),
        money("readded_total_cny"),
        { key: "reasons", wide: true, title: () => t("documents.reasons"), cell: reasons },
      ],
    },
    problems: {
      choices: { severity: ["refused", "held", "warning", "notice"], code: [] },
      label: (name, one) => (name === "severity" ? t(`severity.${one}`) : one),
      text: (row) => [row.source_file, row.code, row.message, row.message_zh, row.raw_text],
      columns: [
        { key: "source_file", head: true, title: title("source_file"), sort: (row) => row.source_file, cell: (row) => documentLink(row, "#problems") },
        { key: "severity", title: () => t("problems.severity"), sort: (row) => LISTS.problems.choices.severity.indexOf(row.severity), cell: (row) => el("span", { class: `verdict ${row.severity}` }, t(`severity.${row.severity}`)) },
        { key: "code", title: () => t("problems.code"), sort: (row) => row.code, cell: (row) => el("code", { title: zcBook.advice(row.code, "meaning") }, row.code) },
        plain("page", { cell: (row) => (row.page === null ? "—" : String(row.page)) }),
        plain("message", { wide: true, sort: null, title: () => zcBook.column("problems", zcBook.language === "zh" ? "message_zh" : "message"), cell: (row) => [zcBook.message(row.message_zh, row.message), zcBook.remedy(row.code)] }),
        plain("raw_text", { wide: true, sort: null }),
      ],
    },
    reconciliation: {
      choices: { scope: ["total", "unit", "sources"], show: ["different", "unexplained"] },
      label: (name, one) => t(name === "scope" ? `scope.${one}` : `reconciliation.${one}`),
      keep: { show: (row, wanted) => (wanted === "different" ? row.difference_cny !== 0 && row.difference_cny !== null : !row.is_explained) },
      text: (row) => [row.source_file, row.row_name],
      columns: [
        { key: "source_file", head: true, title: title("source_file"), sort: (row) => row.source_file, cell: (row) => documentLink(row) },
        plain("row_name", { name: true }),
        { key: "page_first", title: title("page_first"), sort: (row) => row.page_first, cell: page },
        plain("scope", { title: () => t("reconciliation.scope") }),
        plain("column_name"),
        money("printed_cny"),
        money("readded_cny"),
        money("difference_cny"),
        money("tolerance_cny"),
        plain("addend_count", { number: true }),
        plain("is_explained", { cell: (row) => el("span", { class: `verdict ${row.is_explained ? "accepted" : "held"}` }, t(row.is_explained ? "book.yes" : "book.no")) }),
      ],
    },
  };
  const list = LISTS[kind];

  function reasons(row) {
    if (!row.reasons.length) return row.release_text ? zcBook.printed(row.release_text) : "—";
    return el("ul", { class: "reasons" }, row.reasons.slice(0, 5).map(([code, chinese, english]) =>
      el("li", null, el("code", { title: zcBook.advice(code, "meaning") }, code), " ", zcBook.message(chinese, english))),
      row.reasons.length > 5 ? el("li", null, `+ ${row.reasons.length - 5}`) : null);
  }

  const table = zcBook.table(document.getElementById("list"), { caption: () => t(`nav.${kind}`), columns: list.columns });

  function fillChoices() {
    for (const [name, choices] of Object.entries({ year: book.years.map(String), ...list.choices })) {
      const select = form.elements[name];
      const chosen = select.value;
      const found = name === "code" ? [...new Set(last.map((row) => row.code))].sort() : choices;
      select.replaceChildren(el("option", { value: "" }, t(name === "year" ? "index.all_years" : "index.any")),
        ...found.map((one) => el("option", { value: one }, name === "year" ? one : list.label(name, one))));
      select.value = found.includes(chosen) ? chosen : "";
    }
  }

  async function show() {
    const me = asking += 1;
    const year = form.elements.year.value;
    const shards = book.shards[kind].filter((one) => !year || String(one.year) === year);
    const contents = await zcBook.loadAll(shards.map((one) => one.file), status);
    if (me !== asking) return;
    const all = contents.flatMap((rows) => rows.map(([place, values, why]) => {
      const [key, ofYear, file] = book.documents[place];
      return { key, fiscal_year: ofYear, source_file: file, ...zcBook.rowOf(kind, values), reasons: why };
    }));
    if (list.choices.code) {
      last = all;
      fillChoices();
    }
    const words = zcBook.fold(form.elements.q.value).split(/\s+/).filter(Boolean);
    const wanted = Object.keys(list.choices).map((name) => [name, form.elements[name].value]).filter(([, one]) => one);
    const rows = all.filter((row) => wanted.every(([name, one]) => (list.keep?.[name] ? list.keep[name](row, one) : row[name] === one))
      && (!words.length || (() => {
        const text = zcBook.fold(list.text(row).filter(Boolean).join("\n"));
        return words.every((word) => text.includes(word));
      })()));
    table.show(rows);
    status.textContent = t(`${kind}.count`, { count: count(rows.length) });
  }

  fillChoices();
  zcBook.start();
  form.addEventListener("input", zcBook.debounced(show));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  zcBook.onRender(() => {
    fillChoices();
    show();
  });
  show();
})();
