// What all pages share: data files, words in two languages, theme, formats, tables.
"use strict";

const zcBook = (() => {
  const page = document.documentElement;
  const root = page.dataset.root;
  const stored = new Map();
  const underWay = new Map();
  const renderers = [];

  // --- data: a page opened from disk cannot fetch, but a script can be loaded -------------------

  function data(name, content) {
    stored.set(name, content);
  }

  function get(name) {
    return stored.get(name);
  }

  function load(name) {
    if (stored.has(name)) return Promise.resolve(stored.get(name));
    if (!underWay.has(name)) {
      underWay.set(name, new Promise((resolve, reject) => {
        const file = `data/${name}.js`;
        const script = document.createElement("script");
        script.src = root + file;
        script.onload = () => resolve(stored.get(name));
        script.onerror = () => reject(new Error(t("book.not_loaded", { file })));
        document.head.append(script);
      }));
    }
    return underWay.get(name);
  }

  async function loadAll(names, status) {
    let done = 0;
    const missing = names.some((name) => !stored.has(name));
    const say = () => {
      if (status && missing && names.length > 3) status.textContent = t("book.loading", { done, all: names.length });
    };
    say();
    try {
      const found = await Promise.all(names.map((name) => load(name).then((content) => {
        done += 1;
        say();
        return content;
      })));
      return found;
    } catch (error) {
      if (status) status.textContent = error.message;
      throw error;
    }
  }

  // --- settings: kept by the browser where it lets us, and carried along in links ----------------

  const asked = new URLSearchParams(location.search);

  function kept(name) {
    const given = asked.get(name);
    if (given) return given;
    try {
      return localStorage.getItem(`zc-book-${name}`);
    } catch {
      return null;
    }
  }

  function keep(name, value) {
    asked.set(name, value);
    try {
      localStorage.setItem(`zc-book-${name}`, value);
    } catch { /* the links carry it */ }
  }

  const LANGUAGES = { zh: "zh-CN", en: "en" };
  const THEMES = ["auto", "light", "dark"];
  let language = Object.hasOwn(LANGUAGES, kept("lang") ?? "") ? kept("lang") : page.dataset.language;
  let theme = THEMES.includes(kept("theme")) ? kept("theme") : "auto";
  page.dataset.theme = theme;

  function link(path) {
    const [file, hash] = path.split("#");
    const query = new URLSearchParams();
    if (language !== page.dataset.language) query.set("lang", language);
    if (theme !== "auto") query.set("theme", theme);
    const text = query.toString();
    return root + file + (text ? `?${text}` : "") + (hash === undefined ? "" : `#${hash}`);
  }

  // --- words -------------------------------------------------------------------------------------

  function t(key, values = {}) {
    const both = get("texts").words[key];
    if (!both) return key;
    const text = both[language === "en" ? 1 : 0];
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  function column(table, name) {
    const known = get("texts").columns[table]?.[name];
    return known ? known[language] : name;
  }

  function kind(table, name) {
    return get("texts").columns[table]?.[name]?.kind ?? "text";
  }

  function setLanguage(next) {
    language = next;
    keep("lang", next);
    translate();
    for (const render of renderers) render();
  }

  function translate() {
    page.lang = LANGUAGES[language];
    for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
    for (const one of document.querySelectorAll("[data-t-label]")) one.setAttribute("aria-label", t(one.dataset.tLabel));
    for (const one of document.querySelectorAll("[data-t-placeholder]")) one.placeholder = t(one.dataset.tPlaceholder);
    for (const one of document.querySelectorAll("a[data-page]")) one.href = link(one.dataset.page);
    const heading = page.dataset.heading || t(page.dataset.headingKey);
    document.title = `${heading} · ${t("book.title")}`;
    const languages = document.getElementById("language");
    languages.lang = language === "en" ? "zh-CN" : "en";
    languages.setAttribute("aria-label", t("book.language_hint"));
    document.getElementById("theme").textContent = t("book.theme", { theme: t(`book.theme_${theme}`) });
  }

  function onRender(render) {
    renderers.push(render);
  }

  // --- elements: text is only ever set as text -----------------------------------------------------

  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  // Text of a document: Chinese whatever the language of the page.
  function printed(text) {
    return el("span", { lang: "zh-CN" }, text);
  }

  function fold(text) {
    return text.normalize("NFKC").toLowerCase();
  }

  // Text of a document with the searched words marked.
  function marked(text, words) {
    const lower = text.toLowerCase();
    const made = el("span", { lang: "zh-CN" });
    let at = 0;
    while (words.length && lower.length === text.length) {
      const next = words.map((word) => [lower.indexOf(word, at), word.length]).filter(([place]) => place >= 0)
        .sort((one, other) => one[0] - other[0] || other[1] - one[1])[0];
      if (!next) break;
      made.append(text.slice(at, next[0]), el("mark", null, text.slice(next[0], next[0] + next[1])));
      at = next[0] + next[1];
    }
    made.append(text.slice(at));
    return made;
  }

  // --- formats -----------------------------------------------------------------------------------

  function thousands(digits) {
    return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  }

  function places(fen, count, least) {
    const whole = BigInt(fen);
    const digits = (whole < 0n ? -whole : whole).toString().padStart(count + 1, "0");
    const behind = digits.slice(-count).replace(/0+$/, "").padEnd(least, "0");
    return `${whole < 0n ? "-" : ""}${thousands(digits.slice(0, -count))}.${behind}`;
  }

  const yuan = (fen) => places(fen, 2, 2);
  const wan = (fen) => places(fen, 6, 2);
  const count = (number) => thousands(String(number));

  function amount(fen) {
    return fen === null ? el("span", { class: "none" }, t("book.none")) : yuan(fen);
  }

  function pageWords(first, last) {
    return first === last || last === undefined ? t("book.page", { page: first }) : t("book.pages", { first, last });
  }

  function verdict(value) {
    return el("span", { class: `verdict ${value}` }, t(`verdict.${value}`));
  }

  // A value of any column.
  function value(table, name, content) {
    if (content === null || content === undefined) return el("span", { class: "none" }, "—");
    if (name === "verdict") return verdict(content);
    if (name === "severity" || name === "scope") return t(`${name}.${content}`);
    if (name === "column_name") return t(`column.${content}`);
    switch (kind(table, name)) {
      case "money": return yuan(content);
      case "flag": return t(content ? "book.yes" : "book.no");
      case "number": return String(content);
      case "time": return content.replace("T", " ").replace("+00:00", " UTC");
      default: return /[^\x00-\x7f]/.test(content) ? printed(content) : content;
    }
  }

  // What was seen (`meaning`) and what to do (`remedy`), as the catalogue says it.
  function advice(code, what) {
    return get("texts").catalogue[code]?.[what]?.[language === "en" ? 1 : 0] ?? "—";
  }

  // The Chinese message says what to do itself.
  function remedy(code) {
    return language === "zh" ? null : el("p", { class: "note" }, t("problems.remedy", { remedy: advice(code, "remedy") }));
  }

  // A problem's message; the English one names figures and texts that the Chinese one does not.
  function message(chinese, english) {
    const details = el("span", { lang: "en", class: language === "zh" ? "printed" : null }, english);
    return language === "zh" ? el("span", null, printed(chinese), details) : details;
  }

  function rowOf(table, values) {
    return Object.fromEntries(get("texts").carried[table].map((name, place) => [name, values[place]]));
  }

  // --- a table shown in pages: never more rows in the document than one page ------------------------

  const SIZE = 50;
  let captions = 0;

  function table(host, { caption, columns, onShow }) {
    let rows = [];
    let from = 0;
    let order = null;

    function ordered() {
      if (!order) return rows;
      const by = columns.find((one) => one.key === order.key).sort;
      const collator = new Intl.Collator("zh-CN", { numeric: true });
      const keyed = rows.map((row) => [by(row), row]);
      keyed.sort(([one], [other]) => {
        if (one === null || other === null) return (one === null) - (other === null);
        const found = typeof one === "string" ? collator.compare(one, other) : one < other ? -1 : one > other ? 1 : 0;
        return order.down ? -found : found;
      });
      return keyed.map(([, row]) => row);
    }

    function turn(to) {
      from = to;
      render();
      const heading = host.querySelector("table");
      heading.focus();
      heading.scrollIntoView({ block: "start" });
    }

    function headCell(one) {
      if (!one.sort) return el("th", { scope: "col", role: "columnheader", class: one.number ? "number" : null }, one.title());
      const down = order?.key === one.key ? order.down : null;
      return el("th", {
        scope: "col", role: "columnheader", class: one.number ? "number" : null,
        "aria-sort": down === null ? null : down ? "descending" : "ascending",
      }, el("button", {
        type: "button", class: "sort", "data-sort": one.key, title: t("table.sort", { column: one.title() }),
        onclick: () => {
          order = { key: one.key, down: down === null ? Boolean(one.number) : !down };
          from = 0;
          render();
          host.querySelector(`[data-sort="${one.key}"]`).focus();
        },
      }, one.title(), el("span", { "aria-hidden": "true", class: "arrow" }, down === null ? "↕" : down ? "↓" : "↑")));
    }

    function cell(one, row) {
      const isHead = Boolean(one.head);
      return el(isHead ? "th" : "td", {
        scope: isHead ? "row" : null, role: isHead ? "rowheader" : "cell", class: one.number ? "number" : one.wide ? "wide" : one.name ? "name" : null,
        "data-label": one.title(),
      }, one.cell(row));
    }

    function render() {
      if (!rows.length) {
        host.replaceChildren(el("p", { class: "empty" }, t("table.none")));
        return;
      }
      const shown = ordered().slice(from, from + SIZE);
      const id = `caption-${captions += 1}`;
      const made = el("table", { class: "cards", role: "table", tabindex: "-1", "aria-labelledby": id },
        el("caption", { id, class: "unseen" }, caption()),
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, columns.map(headCell))),
        el("tbody", { role: "rowgroup" }, shown.map((row) => el("tr", { role: "row" }, columns.map((one) => cell(one, row))))));
      const last = Math.min(from + SIZE, rows.length);
      const pager = rows.length <= SIZE ? "" : el("nav", { class: "pager", "aria-label": t("table.pager") },
        el("button", { type: "button", disabled: from === 0, onclick: () => turn(from - SIZE) }, t("table.previous")),
        el("span", { role: "status" }, t("table.rows", { first: count(from + 1), last: count(last), count: count(rows.length) })),
        el("button", { type: "button", disabled: last === rows.length, onclick: () => turn(from + SIZE) }, t("table.next")));
      host.replaceChildren(el("div", { class: "scroll" }, made), pager);
      onShow?.(shown);
    }

    return {
      show(next) {
        rows = next;
        from = 0;
        render();
      },
      render,
    };
  }

  function rowsOfShards(contents) {
    return contents.flat();
  }

  function debounced(call, wait = 150) {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(call, wait);
    };
  }

  function start() {
    translate();
    // The address is the state of the page: the way to the content does not change it.
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      const content = document.getElementById("content");
      content.focus();
      content.scrollIntoView();
    });
    document.getElementById("language").addEventListener("click", () => setLanguage(language === "en" ? "zh" : "en"));
    document.getElementById("theme").addEventListener("click", () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
      keep("theme", theme);
      page.dataset.theme = theme;
      translate();
      for (const render of renderers) render();
    });
  }

  return {
    data, get, load, loadAll, link, t, column, onRender, el, printed, fold, marked, yuan, wan, count, amount,
    pageWords, verdict, value, advice, remedy, message, rowOf, table, rowsOfShards, debounced, start,
    get language() { return language; },
  };
})();
