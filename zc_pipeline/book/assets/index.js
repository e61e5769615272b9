// Search over projects and indicators, and the charts of what is found.
"use strict";

(() => {
  const { el, t, count, wan } = zcBook;
  const book = zcBook.get("book");
  const names = book.names;
  // Places in a project's row and in an indicator's row: see data.py.
  const P = { document: 0, id: 1, name: 2, department: 3, unit: 4, amounts: 5 };
  P.totalText = P.amounts + book.amounts.length;
  Object.assign(P, { first: P.totalText + 1, last: P.totalText + 2, indicators: P.totalText + 3, targets: P.totalText + 4 });
  const I = { project: 0, id: 1, level1: 2, level2: 3, name: 4, cycle: 5, annual: 6, cycleState: 7, annualState: 8 };
  const STATES = ["is_measurable", "is_qualitative", "is_empty"];
  const UNITS = 10;
  const MOST_SUGGESTED = 200;

  const form = document.getElementById("filters");
  const status = document.getElementById("count");
  const field = (name) => form.elements[name];
  let projects = [];
  let found = { projects: [], indicators: null, words: [] };
  let unitsShown = UNITS;
  let asking = 0;

  // --- a link to a project finds its document's page -------------------------------------------

  function leave() {
    const linked = /^#([0-9a-f]{20})-t\d+-p\d{4,}(-i\d{3,})?$/.exec(location.hash);
    const key = linked && book.documents.map((one) => one[0]).find((one) => one.endsWith(`-${linked[1]}`));
    if (key) location.replace(zcBook.link(`documents/${key}.html${location.hash}`));
    return Boolean(key);
  }

  // --- the state: in the form, and in the address so that it can be kept and sent ----------------

  const FIELDS = ["what", "q", "goals", "year", "department", "unit", "least", "most", "measurable"];

  function state() {
    const values = Object.fromEntries(FIELDS.map((name) => [name, field(name)?.value ?? ""]));
    values.goals = field("goals").checked ? "" : "no";
    return values;
  }

  function readAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const name of FIELDS) {
      if (name === "goals") field("goals").checked = given.get("goals") !== "no";
      else if (name === "what") field("what").value = given.get("what") === "indicators" ? "indicators" : "projects";
      else field(name).value = given.get(name) ?? "";
    }
  }

  function writeAddress(values) {
    const kept = new URLSearchParams(Object.entries(values).filter(([name, value]) => value && !(name === "what" && value === "projects")));
    try {
      history.replaceState(null, "", `#${kept}`);
    } catch { /* some browsers refuse it on files */ }
  }

  // --- finding -----------------------------------------------------------------------------------

  const yearOf = (project) => book.documents[project[P.document]][1];
  const name = (place) => (place < 0 ? null : names[place]);
  const shardsOf = (kind, year) => book.shards[kind].filter((one) => !year || String(one.year) === year);

  async function rowsOf(kind, year, me) {
    const shards = shardsOf(kind, year);
    const contents = await zcBook.loadAll(shards.map((one) => one.file), me === asking ? status : null);
    return shards.map((shard, place) => [shard, contents[place]]);
  }

  const folded = { names: [], projects: [], goals: [], indicators: new WeakMap() };

  function foldedName(place) {
    if (place < 0) return "";
    return folded.names[place] ??= zcBook.fold(names[place]);
  }

  function projectText(place) {
    const row = projects[place];
    return folded.projects[place] ??= [zcBook.fold(row[P.name]), foldedName(row[P.department]), foldedName(row[P.unit])].join("\n");
  }

  function indicatorText(row) {
    let text = folded.indicators.get(row);
    if (text === undefined) {
      text = [zcBook.fold(row[I.name]), zcBook.fold(row[I.cycle]), zcBook.fold(row[I.annual]), foldedName(row[I.level1]), foldedName(row[I.level2])].join("\n");
      folded.indicators.set(row, text);
    }
    return text;
  }

  // A text in full is that name; a part of one is every name that has it.
  function nameFilter(text) {
    const wanted = zcBook.fold(text.trim());
    if (!wanted) return () => true;
    const exact = new Set();
    const partly = new Set();
    names.forEach((_, place) => {
      if (foldedName(place) === wanted) exact.add(place);
      if (foldedName(place).includes(wanted)) partly.add(place);
    });
    return (place) => (exact.size ? exact : partly).has(place);
  }

  function fenOf(text) {
    const cleaned = text.normalize("NFKC").replace(/[,\s]/g, "");
    if (!cleaned) return null;
    if (!/^-?\d+(\.\d{1,6})?$/.test(cleaned)) throw new RangeError(t("index.bad_amount"));
    const [whole, part = ""] = cleaned.replace("-", "").split(".");
    const fen = BigInt(whole + part.padEnd(6, "0"));
    return cleaned.startsWith("-") ? -fen : fen;
  }

  async function search() {
    const me = asking += 1;
    const values = state();
    const words = zcBook.fold(values.q).split(/\s+/).filter(Boolean);
    writeAddress(values);
    field("measurable").disabled = values.what !== "indicators";
    field("goals").disabled = values.what === "indicators";
    let least;
    let most;
    try {
      [least, most] = [fenOf(values.least), fenOf(values.most)];
    } catch (error) {
      status.textContent = error.message;
      return;
    }
    const withGoals = words.length > 0 && values.what === "projects" && !values.goals;
    const loaded = await rowsOf("projects", values.year, me);
    for (const [shard, rows] of loaded) rows.forEach((row, place) => { projects[shard.first + place] = row; });
    if (withGoals) {
      for (const [shard, rows] of await rowsOf("goals", values.year, me)) {
        rows.forEach((goal, place) => { folded.goals[shard.first + place] ??= zcBook.fold(goal); });
      }
    }
    const isDepartment = nameFilter(values.department);
    const isUnit = nameFilter(values.unit);
    const fits = (row) => isDepartment(row[P.department]) && isUnit(row[P.unit])
      && (least === null || (row[P.amounts] !== null && BigInt(row[P.amounts]) >= least))
      && (most === null || (row[P.amounts] !== null && BigInt(row[P.amounts]) <= most));
    const within = new Set();
    for (const [shard, rows] of loaded) rows.forEach((row, place) => { if (fits(row)) within.add(shard.first + place); });
    let next;
    if (values.what === "indicators") {
      const wanted = STATES.indexOf(values.measurable);
      const rows = [];
      for (const [, some] of await rowsOf("indicators", values.year, me)) {
        for (const row of some) {
          if (!within.has(row[I.project]) || (wanted >= 0 && row[I.annualState] !== wanted)) continue;
          if (words.every((word) => indicatorText(row).includes(word) || projectText(row[I.project]).includes(word))) rows.push(row);
        }
      }
      next = { indicators: rows, projects: [...new Set(rows.map((row) => row[I.project]))].map((place) => projects[place]), words };
    } else {
      const rows = [];
      for (const place of within) {
        const text = projectText(place);
        if (words.every((word) => text.includes(word) || (withGoals && folded.goals[place].includes(word)))) rows.push(projects[place]);
      }
      next = { indicators: null, projects: rows, words };
    }
    if (me !== asking) return; // a later call is under way
    found = next;
    unitsShown = UNITS;
    showFound();
  }

  // --- results -----------------------------------------------------------------------------------

  const projectLink = (row, tail = "") => {
    const key = book.documents[row[P.document]][0];
    return zcBook.link(`documents/${key}.html#${key.split("-")[1]}-${row[P.id]}${tail}`);
  };
  const owner = (row) => [
    el("span", { class: "unit", lang: "zh-CN" }, name(row[P.unit]) ?? t("book.no_unit")),
    name(row[P.department]) === name(row[P.unit]) ? null : el("span", { class: "department", lang: "zh-CN" }, name(row[P.department]) ?? t("book.no_department")),
  ];
  const share = (row) => (row[P.indicators] ? `${row[P.targets + 3]} / ${row[P.indicators]}` : "0");
  const total = (row) => (row[P.amounts] === null ? zcBook.amount(null) : [
    zcBook.yuan(row[P.amounts]), el("span", { class: "printed" }, t("document.printed_as", { text: row[P.totalText] }))]);

  const projectTable = zcBook.table(document.getElementById("projects"), {
    caption: () => t("index.projects"),
    columns: [
      { key: "name", head: true, title: () => zcBook.column("projects", "project_name"), sort: (row) => row[P.name],
        cell: (row) => el("a", { href: projectLink(row) }, zcBook.marked(row[P.name], found.words)) },
      { key: "unit", name: true, title: () => zcBook.column("projects", "unit_name"), sort: (row) => name(row[P.unit]), cell: owner },
      { key: "year", title: () => t("index.year"), sort: yearOf, cell: (row) => String(yearOf(row)) },
      { key: "total", number: true, title: () => zcBook.column("projects", "total_cny"),
        sort: (row) => (row[P.amounts] === null ? null : BigInt(row[P.amounts])), cell: total },
      { key: "measurable", number: true, title: () => `${t("index.measurable_count")} / ${t("index.indicator_count")}`,
        sort: (row) => (row[P.indicators] ? row[P.targets + 3] / row[P.indicators] : null), cell: share },
    ],
  });

  const target = (text, where) => (text ? [zcBook.marked(text, found.words), el("span", { class: `state ${STATES[where]}` }, t(`index.${STATES[where]}`))]
    : el("span", { class: "none" }, t("book.none")));
  const indicatorTable = zcBook.table(document.getElementById("indicators"), {
    caption: () => t("index.indicators"),
    columns: [
      { key: "name", head: true, title: () => zcBook.column("indicators", "indicator_name"), sort: (row) => row[I.name],
        cell: (row) => el("a", { href: projectLink(projects[row[I.project]], `-${row[I.id]}`) }, zcBook.marked(row[I.name], found.words)) },
      { key: "level", name: true, title: () => zcBook.column("indicators", "level2_name"), sort: (row) => name(row[I.level2]),
        cell: (row) => zcBook.printed(`${name(row[I.level1])} · ${name(row[I.level2])}`) },
      { key: "annual", title: () => t("quantity.annual"), sort: (row) => row[I.annual], cell: (row) => target(row[I.annual], row[I.annualState]) },
      { key: "cycle", title: () => t("quantity.cycle"), sort: (row) => row[I.cycle], cell: (row) => target(row[I.cycle], row[I.cycleState]) },
      { key: "project", title: () => zcBook.column("projects", "project_name"), sort: (row) => projects[row[I.project]][P.name],
        cell: (row) => [zcBook.marked(projects[row[I.project]][P.name], found.words), el("span", { class: "department" }, owner(projects[row[I.project]]), String(yearOf(projects[row[I.project]])))] },
    ],
  });

  function showFound() {
    const isIndicators = found.indicators !== null;
    document.getElementById("projects").hidden = isIndicators;
    document.getElementById("indicators").hidden = !isIndicators;
    if (isIndicators) indicatorTable.show(found.indicators);
    else projectTable.show(found.projects);
    const blank = found.projects.filter((row) => row[P.amounts] === null).length;
    const said = isIndicators
      ? t("index.found_indicators", { count: count(found.indicators.length), projects: count(found.projects.length) })
      : t("index.found_projects", { count: count(found.projects.length), amount: wan(sum(found.projects, P.amounts)) });
    status.textContent = said + (blank && !isIndicators ? `（${t("index.blank_totals", { count: count(blank) })}）` : "");
    showCharts();
  }

  // --- charts ------------------------------------------------------------------------------------

  function sum(rows, place) {
    let all = 0n;
    for (const row of rows) if (row[place] !== null) all += BigInt(row[place]);
    return all;
  }

  function bar(amount, most, kind = "") {
    const share = most > 0n && amount > 0n ? Number((amount * 10000n) / most) / 100 : 0;
    return el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: `bar ${kind}`, style: `width:${share}%` }));
  }

  function bars(host, key, rows, tail) {
    const most = rows.reduce((found, row) => (row.amount > found ? row.amount : found), 0n);
    host.replaceChildren(
      el("h3", null, t(key)),
      el("table", { class: "bars" },
        el("caption", { class: "unseen" }, t(key)),
        el("thead", { class: "unseen" }, el("tr", null, el("th", { scope: "col" }, t(key)), el("th", { scope: "col" }, t("book.wan", { amount: "" })))),
        el("tbody", null, rows.map((row) => el("tr", { class: row.inner ? "inner" : null },
          el("th", { scope: "row" }, row.label, bar(row.amount, most, row.kind)),
          el("td", null, wan(row.amount)))))),
      ...(tail ?? []));
  }

  const FISCAL_PARTS = ["general_budget", "government_fund", "state_capital"];

  function showCharts() {
    const place = (column) => P.amounts + book.amounts.indexOf(column);
    const sources = book.amounts.filter((column) => column !== "total")
      .filter((column) => !FISCAL_PARTS.includes(column) || found.projects.some((row) => row[place(column)] !== null))
      .map((column) => ({ label: t(`column.${column}`), amount: sum(found.projects, place(column)), kind: column, inner: FISCAL_PARTS.includes(column) }));
    bars(document.getElementById("by-source"), "index.by_source", sources, [el("p", { class: "note" }, t("index.sums_note"))]);

    const byUnit = new Map();
    for (const row of found.projects) {
      const key = `${row[P.department]} ${row[P.unit]}`;
      const one = byUnit.get(key) ?? byUnit.set(key, { row, amount: 0n }).get(key);
      if (row[P.amounts] !== null) one.amount += BigInt(row[P.amounts]);
    }
    const units = [...byUnit.values()].sort((one, other) => (one.amount < other.amount ? 1 : one.amount > other.amount ? -1 : 0));
    const shown = units.slice(0, unitsShown).map(({ row, amount }) => ({
      amount,
      label: el("button", { type: "button", class: "plain", lang: "zh-CN", onclick: () => choose(row) }, name(row[P.unit]) ?? name(row[P.department]) ?? t("book.no_unit")),
    }));
    const left = Math.min(units.length - shown.length, 50);
    bars(document.getElementById("by-unit"), "index.by_unit", shown, left <= 0 ? [] : [
      el("button", { type: "button", id: "more-units", onclick: () => { unitsShown += 50; showCharts(); document.querySelector("#by-unit button")?.focus(); } }, t("index.more_units", { count: left }))]);

    showShares();
  }

  function choose(row) {
    field("department").value = name(row[P.department]) ?? "";
    field("unit").value = name(row[P.unit]) ?? "";
    search();
    status.scrollIntoView({ block: "nearest" });
  }

  function showShares() {
    const counts = found.indicators === null
      ? [0, 1, 2, 3, 4, 5].map((at) => found.projects.reduce((all, row) => all + row[P.targets + at], 0))
      : [I.cycleState, I.annualState].flatMap((at) => [0, 1, 2].map((wanted) => found.indicators.filter((row) => row[at] === wanted).length));
    const rows = ["cycle", "annual"].map((which, place) => [which, counts.slice(place * 3, place * 3 + 3)]);
    const percent = (part, all) => (all ? `${(Math.round((part * 1000) / all) / 10).toFixed(1)}%` : "—");
    document.getElementById("by-measure").replaceChildren(
      el("h3", null, t("index.by_measure")),
      el("table", { class: "shares" },
        el("caption", { class: "unseen" }, t("index.by_measure")),
        el("thead", null, el("tr", null, el("td", null), ["is_measurable", "is_qualitative", "is_empty"].map((key) =>
          el("th", { scope: "col" }, el("span", { class: `dot ${key}`, "aria-hidden": "true" }), t(`index.${key}`))))),
        el("tbody", null, rows.flatMap(([which, some]) => {
          const all = some[0] + some[1] + some[2];
          return [
            el("tr", null, el("th", { scope: "row" }, t(`index.${which}`)), some.map((one, at) => el("td", null, count(one), at ? "" : el("strong", null, ` ${percent(one, all)}`)))),
            el("tr", { "aria-hidden": "true" }, el("td", { colspan: "4" }, el("span", { class: "track" }, some.map((one, at) =>
              el("span", { class: `bar ${STATES[at]}`, style: `width:${all ? (one * 100) / all : 0}%` }))))),
          ];
        }))),
      el("p", { class: "note" }, t("index.share_note")));
  }

  // --- overview and form ---------------------------------------------------------------------------

  function tile(label, figure, note) {
    return el("div", { class: "tile" }, el("dt", null, label), el("dd", null, el("span", { class: "figure" }, figure), note ? el("span", { class: "note" }, note) : null));
  }

  function showSummary() {
    const years = Object.values(book.summary);
    const all = (key) => years.reduce((found, year) => found + BigInt(year[key]), 0n);
    const without = all("without_total");
    document.getElementById("summary").replaceChildren(
      tile(t("index.documents"), count(all("accepted") + all("held") + all("refused")),
        t("index.documents_note", { accepted: count(all("accepted")), held: count(all("held")), refused: count(all("refused")) })),
      tile(t("index.projects"), count(all("projects"))),
      tile(t("index.indicators"), count(all("indicators"))),
      tile(t("index.printed"), wan(all("printed")), [t("index.printed_note", { readded: wan(all("readded")) }),
        ...(without ? [t("index.without_total", { count: count(without) })] : [])].join(" · ")));
  }

  function fillYears() {
    const chosen = field("year").value;
    field("year").replaceChildren(el("option", { value: "" }, t("index.all_years")), ...book.years.map((year) => el("option", { value: year }, String(year))));
    field("year").value = chosen;
  }

  function suggest(input, place) {
    const wanted = zcBook.fold(input.value.trim());
    const isDepartment = place === P.unit ? nameFilter(field("department").value) : () => true;
    const fitting = new Set();
    for (const row of projects) {
      if (!row || row[place] < 0 || !isDepartment(row[P.department])) continue;
      if (foldedName(row[place]).includes(wanted)) fitting.add(row[place]);
      if (fitting.size >= MOST_SUGGESTED) break;
    }
    document.getElementById(input.getAttribute("list")).replaceChildren(...[...fitting].map((one) => el("option", { value: names[one] })));
  }

  fillYears();
  readAddress();
  zcBook.start();
  showSummary();
  const later = zcBook.debounced(search);
  form.addEventListener("input", (event) => {
    if (event.target.name === "department") suggest(event.target, P.department);
    if (event.target.name === "unit") suggest(event.target, P.unit);
    later();
  });
  form.addEventListener("focusin", (event) => {
    if (event.target.name === "department") suggest(event.target, P.department);
    if (event.target.name === "unit") suggest(event.target, P.unit);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  document.getElementById("reset").addEventListener("click", () => {
    form.reset();
    search();
    field("q").focus();
  });
  addEventListener("hashchange", () => {
    if (leave()) return;
    readAddress();
    search();
  });
  zcBook.onRender(() => {
    fillYears();
    showSummary();
    showFound();
  });
  if (matchMedia("(max-width: 760px)").matches) document.getElementById("charts").open = false;
  if (!leave()) search();
})();
