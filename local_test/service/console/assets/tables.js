// Tables with the attribute data-table sort by their heads and filter by a text. The state is in the
// address, as NAME.sort=column, NAME.sort=-column and NAME.filter=text.
(function () {
  "use strict";
  const LEAST_ROWS = 5; // a shorter table has no filter, unless the address has one
  const address = () => new URLSearchParams(location.search);

  function keep(key, value) {
    const query = address();
    if (value) query.set(key, value);
    else query.delete(key);
    const text = query.toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  }

  const label = (head) => (head.querySelector("button") || head).textContent.trim();
  const rowsOf = (table) => Array.from(table.tBodies[0].rows);

  // A cell's value: the number or time that the server gave, the number it begins with, or its text.
  function read(row, column) {
    const cell = row.cells[column];
    const text = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
    const number = /^-?[\d,]*\.?\d+(e[-+]?\d+)?(?=$|\s|%)/i.exec(text);
    const plain = number && !/^\d{4}-\d\d/.test(text) ? Number(number[0].replaceAll(",", "")) : NaN;
    return { text: text.toLowerCase(), number: plain };
  }

  // Numbers before texts, an empty cell last in both directions.
  function compare(one, other, sign) {
    if (!one.text || !other.text) return !one.text - !other.text;
    const [a, b] = [Number.isNaN(one.number), Number.isNaN(other.number)];
    if (!a && !b) return sign * (one.number - other.number);
    if (a !== b) return sign * (a - b);
    return sign * one.text.localeCompare(other.text);
  }

  function arrange(table) {
    const name = table.dataset.table;
    const wanted = address().get(`${name}.sort`) || "";
    const sign = wanted.startsWith("-") ? -1 : 1;
    const heads = Array.from(table.tHead.rows[0].cells);
    const column = heads.findIndex((head) => wanted && label(head) === wanted.replace(/^-/, ""));
    heads.forEach((head, place) => {
      if (place !== column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    });
    if (column < 0) delete table.dataset.sorted;
    else table.dataset.sorted = wanted;
    order(table, column, sign);
    filter(table);
  }

  // A row that is in its place is not moved: a selection in it stays.
  function order(table, column, sign) {
    const rows = rowsOf(table);
    rows.forEach((row, place) => (row.place ??= place));
    const keys = new Map(rows.map((row) => [row, column < 0 ? null : read(row, column)]));
    rows.sort((one, other) =>
      (column < 0 ? 0 : compare(keys.get(one), keys.get(other), sign)) || one.place - other.place);
    let at = table.tBodies[0].rows[0];
    for (const row of rows) {
      if (row === at) at = at.nextElementSibling;
      else table.tBodies[0].insertBefore(row, at);
    }
  }

  function filter(table) {
    const bar = table.filterBar;
    const words = bar.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = rowsOf(table);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = "outside" in row.dataset || !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    bar.hidden = rows.length < LEAST_ROWS && !words.length;
    bar.count.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
  }

  function addFilter(table) {
    const bar = document.createElement("div");
    const name = document.createElement("label");
    bar.input = document.createElement("input");
    bar.count = document.createElement("span");
    bar.className = "filter";
    bar.dataset.client = "";
    bar.count.className = "none";
    bar.count.setAttribute("role", "status");
    bar.input.type = "search";
    bar.input.value = address().get(`${table.dataset.table}.filter`) || "";
    name.append("Filter ", bar.input);
    bar.append(name, bar.count);
    bar.input.addEventListener("input", () => {
      keep(`${table.dataset.table}.filter`, bar.input.value.trim());
      filter(table);
    });
    bar.table = table;
    table.filterBar = bar;
    (table.closest(".wide") || table).before(bar);
  }

  function addButtons(table) {
    for (const head of table.tHead.rows[0].cells) {
      const text = label(head);
      if (!text || head.querySelector("button, a")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", () => {
        const key = `${table.dataset.table}.sort`;
        const next = { [text]: `-${text}`, [`-${text}`]: "" };
        keep(key, next[address().get(key)] ?? text);
        arrange(table);
      });
      head.replaceChildren(button);
      head.dataset.text = text;
    }
  }

  const tables = () => document.querySelectorAll("table[data-table]");

  function setUp() {
    for (const bar of document.querySelectorAll(".filter")) {
      if (bar.table && !bar.table.isConnected) bar.remove();
    }
    for (const table of tables()) {
      if (!table.filterBar) addFilter(table);
      addButtons(table);
      arrange(table);
    }
  }

  document.addEventListener("page-changed", setUp);
  // Another script hides rows too, and marks them with data-outside.
  document.addEventListener("rows-changed", () => tables().forEach(filter));
  setUp();
})();
