// What a page can do to a port of this machine. Each way says what the page learns of it.
async function send({ url, body, headers }) {
  const answer = await fetch(url, { method: body === null ? "GET" : "POST", body, headers });
  return [answer.status, await answer.text()];
}

const blocked = () => "blocked";

function submit(url, body, type) {
  const frame = document.createElement("iframe");
  frame.name = `frame-${Math.random()}`;
  const form = Object.assign(document.createElement("form"), {
    method: "post", action: url, enctype: type, target: frame.name,
  });
  const name = Object.assign(document.createElement("input"), { name: body || "a", value: "" });
  form.append(name);
  document.body.append(frame, form);
  return new Promise((done) => {
    frame.onload = () => done("sent");
    form.submit();
  });
}

const ways = {
  read: (call) => fetch(call.url, { method: "POST", ...call }).then((answer) => String(answer.status), blocked),
  simple: ({ url, body }) => fetch(url, { method: "POST", body }).then((answer) => String(answer.status), blocked),
  opaque: ({ url, body }) =>
    fetch(url, { method: "POST", body, mode: "no-cors", credentials: "include" }).then((answer) => answer.type, blocked),
  socket: ({ url }) => new Promise((done) => {
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.onopen = () => done("open");
    socket.onerror = () => done("blocked");
  }),
  image: ({ url }) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done("shown");
    image.onerror = () => done("blocked");
    image.src = url;
  }),
  form: async ({ url, body }) => {
    const types = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    for (const type of types) await submit(url, body, type);
    return "sent";
  },
  beacon: async ({ url, body }) => (navigator.sendBeacon(url, body), "sent"),
};

async function attack(calls) {
  const found = {};
  for (const call of calls) {
    found[call.url] = {};
    for (const [name, way] of Object.entries(ways)) found[call.url][name] = await way(call);
  }
  // A beacon leaves behind the page's back: one more answer shows that those before have left.
  await new Promise((done) => setTimeout(done, 300));
  return found;
}
