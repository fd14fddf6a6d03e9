// The log of a page: lines as they come, a search in all lines, one container or all, and follow.
(function () {
  "use strict";
  const section = document.querySelector("[data-log]");
  if (!section) return;
  const pre = section.querySelector("pre");
  const MOST = 5000;
  let source = null;
  let timer = null;
  let several = false;

  const address = new URLSearchParams(location.search);
  const bar = document.createElement("div");
  const search = document.createElement("input");
  const streams = document.createElement("select");
  const follow = document.createElement("input");
  const count = document.createElement("span");

  function label(text, element) {
    const around = document.createElement("label");
    around.append(text, element);
    return around;
  }

  function build() {
    bar.className = "filter";
    search.type = "search";
    search.value = address.get("log.text") || "";
    follow.type = "checkbox";
    follow.checked = true;
    count.className = "none";
    count.setAttribute("role", "status");
    streams.append(new Option("all containers", ""));
    const picked = address.get("log.stream");
    if (picked) streams.append(new Option(picked, picked, true, true));
    bar.append(label("Search the log ", search), label("Container ", streams), label("Follow ", follow), count);
    pre.before(bar);
  }

  function keep() {
    const query = new URLSearchParams(location.search);
    for (const [key, value] of [["log.text", search.value], ["log.stream", streams.value]]) {
      if (value) query.set(key, value);
      else query.delete(key);
    }
    const text = query.toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  }

  function offer(names) {
    several = names.length > 1;
    const known = new Set(Array.from(streams.options, (option) => option.value));
    names.filter((name) => !known.has(name)).forEach((name) => streams.append(new Option(name)));
    streams.parentNode.hidden = streams.options.length < 3 && !streams.value;
  }

  // A line as an element, with what was searched for marked.
  function make([stream, text]) {
    const line = document.createElement("span");
    const wanted = search.value.toLowerCase();
    if (several && !streams.value) line.append(`[${stream}] `);
    let rest = text;
    for (let at; wanted && (at = rest.toLowerCase().indexOf(wanted)) >= 0; ) {
      const mark = document.createElement("mark");
      mark.textContent = rest.slice(at, at + wanted.length);
      line.append(rest.slice(0, at), mark);
      rest = rest.slice(at + wanted.length);
    }
    line.append(`${rest}\n`);
    return line;
  }

  function show({ first, streams: names, lines }) {
    offer(names);
    const fresh = lines.map(make);
    if (!first && pre.childElementCount) pre.append(...fresh);
    else pre.replaceChildren(...fresh);
    while (pre.childElementCount > MOST) pre.firstElementChild.remove();
    count.textContent = search.value ? `${pre.childElementCount} lines have it` : "";
    if (!pre.textContent) pre.textContent = search.value ? "No line has it.\n" : "No lines yet.\n";
    const selected = pre.contains(getSelection().anchorNode) && !getSelection().isCollapsed;
    if (follow.checked && !selected) scrollDown();
  }

  function scrollDown() {
    pre.scrollTop = pre.scrollHeight;
  }

  function close() {
    source?.close();
    source = null;
  }

  function connect() {
    close();
    if (document.hidden) return;
    const query = new URLSearchParams({ text: search.value, stream: streams.value });
    source = new EventSource(`${section.dataset.log}?${query}`);
    source.addEventListener("lines", (event) => show(JSON.parse(event.data)));
    source.addEventListener("end", close);
  }

  build();
  search.addEventListener("input", () => {
    keep();
    clearTimeout(timer);
    timer = setTimeout(connect, 200);
  });
  streams.addEventListener("change", () => (keep(), connect()));
  follow.addEventListener("change", () => follow.checked && scrollDown());
  // Who scrolls up reads: new lines do not move the text away. At the end they are followed again.
  pre.addEventListener("scroll", () => {
    follow.checked = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 4;
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : connect()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  connect();
})();
