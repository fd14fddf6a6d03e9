// A page that follows its records: the server sends its <main> whenever that has changed, and only
// what differs is put into the page. Focus, selections, what is typed, unfolded or sorted stay.
(function () {
  "use strict";
  const main = document.getElementById("main");
  const connection = document.getElementById("connection");
  // What the scripts and the reader set in the page is theirs.
  const OWN = new Set([
    "nonce", "hidden", "open", "aria-sort", "data-sorted", "data-lines", "data-outside", "data-position",
  ]);
  let source = null;
  let waiting = null;
  let pressed = false;

  const keyOf = (node) =>
    node.nodeType !== Node.ELEMENT_NODE
      ? "" : node.id || node.dataset.key || node.dataset.table || node.dataset.name || "";
  const isClients = (node) => node.nodeType === Node.ELEMENT_NODE && "client" in node.dataset;

  function putAttributes(old, fresh) {
    // The charting library has attributes and styles of its own in an element that is kept.
    const isKept = "keep" in old.dataset;
    for (const { name, value } of fresh.attributes) {
      if (OWN.has(name) || (isKept && name === "style")) continue;
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    if (isKept) return;
    for (const { name } of Array.from(old.attributes)) {
      if (name === "class" && "run" in old.dataset) continue; // the run that is pointed at
      if (!OWN.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
  }

  function put(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (old.dataset?.text === fresh.textContent.trim() && old.tagName === "TH") return;
    putAttributes(old, fresh);
    if (!("keep" in old.dataset)) putChildren(old, fresh);
  }

  const isAlike = (one, other) =>
    one.nodeName === other.nodeName && (one.nodeName !== "DIV" || one.className === other.className);

  // Children with a key are found by it, others by their place among those of their kind.
  function putChildren(old, fresh) {
    const present = Array.from(old.childNodes).filter((node) => !isClients(node));
    const keyed = new Map(present.filter(keyOf).map((node) => [keyOf(node), node]));
    const plain = present.filter((node) => !keyOf(node));
    const used = new Set();
    const placed = Array.from(fresh.childNodes, (node) => {
      const key = keyOf(node);
      const at = key ? -1 : plain.findIndex((one) => isAlike(one, node));
      const found = key ? keyed.get(key) : plain[at];
      if (at >= 0) plain.splice(0, at + 1);
      if (!found || found.nodeName !== node.nodeName) return document.importNode(node, true);
      put(found, node);
      used.add(found);
      return found;
    });
    present.filter((node) => !used.has(node)).forEach((node) => node.remove());
    place(old, placed);
  }

  function place(parent, nodes) {
    nodes.forEach((node, at) => (node.place = at));
    if (parent.parentNode?.dataset?.sorted) {
      parent.append(...nodes.filter((node) => node.parentNode !== parent));
      return;
    }
    const skip = (node) => {
      while (node && isClients(node)) node = node.nextSibling;
      return node;
    };
    let next = skip(parent.firstChild);
    for (const node of nodes) {
      if (node === next) next = skip(next.nextSibling);
      else parent.insertBefore(node, next);
    }
  }

  function show() {
    if (!waiting || pressed) return;
    const fresh = new DOMParser().parseFromString(waiting, "text/html").getElementById("main");
    waiting = null;
    if (!fresh) return;
    putAttributes(main, fresh);
    putChildren(main, fresh);
    document.dispatchEvent(new Event("page-changed"));
  }

  function close() {
    source?.close();
    source = null;
  }

  // A browser keeps few connections to one address: a page that nobody sees has none.
  function connect() {
    const wanted = "live" in main.dataset && !document.hidden;
    if (!wanted) close();
    if (!wanted || source) return;
    source = new EventSource(location.href);
    source.addEventListener("page", (event) => {
      waiting = JSON.parse(event.data);
      connection.textContent = "";
      show();
    });
    source.addEventListener("end", close);
    source.addEventListener("error", () => {
      const lost = source && source.readyState === EventSource.CLOSED;
      connection.textContent = lost
        ? "No live updates: reload the page." : "The service does not answer: trying again.";
      if (lost) close();
    });
  }

  // A drag goes on over what is under the mouse: nothing changes there meanwhile.
  document.addEventListener("pointerdown", () => (pressed = true), true);
  for (const kind of ["pointerup", "pointercancel"]) {
    document.addEventListener(kind, () => ((pressed = false), setTimeout(show)), true);
  }
  document.addEventListener("pointermove", (event) => {
    if (pressed && !event.buttons) [pressed] = [false, setTimeout(show)]; // released elsewhere
  });
  document.addEventListener("visibilitychange", connect);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", connect);
  connect();
})();
