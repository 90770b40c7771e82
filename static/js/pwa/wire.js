// On every signed-in page: the worker is there, a kept page says how old it is, a new version is put
// to use when nothing waits. The sentences come with the script that loads this module.

const { actor, build, contract, kept } = document.documentElement.dataset;
const words = document.getElementById("pwa").dataset;
const LATER = 3000; // the page comes first, then the shell

/** The worker, once it is in charge of its shell; it may take a while the first time. */
export async function worker() {
  watch(await navigator.serviceWorker.register("/sw.js", { type: "module" }));
  return navigator.serviceWorker.ready;
}

async function start() {
  const { serviceWorker } = navigator;
  tell();
  serviceWorker.addEventListener("controllerchange", tell);
  if (!actor) return;
  if (!serviceWorker.controller) await later();
  await worker();
  if (contract && !kept) await renew();
}

function tell() {
  navigator.serviceWorker.controller?.postMessage({ kind: "page", actor, build });
}

function later() {
  return new Promise((go) => {
    const wait = () => setTimeout(go, LATER);
    document.readyState === "complete" ? wait() : addEventListener("load", wait);
  });
}

// ---------------------------------------------------------------- a new version

const watched = new WeakSet();

function watch(registration) {
  if (watched.has(registration)) return;
  watched.add(registration);
  if (registration.waiting) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming.addEventListener("statechange", () => coming.state === "installed" && navigator.serviceWorker.controller && offer(coming));
  });
}

async function offer(coming) {
  const use = () => coming.postMessage({ kind: "use" });
  const box = await import("../outbox/box.js").catch(() => null);
  const idle = async () => !(await box?.items())?.length;
  if (await idle()) return use();
  const done = async () => {
    if (!(await idle())) return;
    box.changes.removeEventListener("change", done);
    use();
  };
  box.changes.addEventListener("change", done);
  ask(() => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    use();
  });
}

function ask(agreed) {
  const make = (tag, given) => Object.assign(document.createElement(tag), given);
  const bar = make("p", { className: "newer no-print" });
  bar.setAttribute("role", "status");
  bar.append(make("span", { textContent: words.newer }), make("button", { type: "button", className: "button", textContent: words.use, onclick: agreed }));
  document.body.append(bar);
}

// ---------------------------------------------------------------- without signal

function sayAge() {
  const place = document.querySelector(".as-of");
  const then = new Date(kept), today = then.toDateString() === new Date().toDateString();
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const { lang } = document.documentElement;
  const said = then.toLocaleString(lang === "en" ? "en-GB" : lang, today ? clock : { day: "numeric", month: "short", ...clock });
  place.textContent = words.asOf.replace("{time}", said);
  addEventListener("online", () => {
    place.textContent = words.back;
    place.append(" ", Object.assign(document.createElement("a"), { href: location.href, textContent: words.reload }));
  });
}

/** What was prepared this morning is fetched again by itself. */
async function renew() {
  const { wantsRenewal } = await import("../rules/shell.js");
  const { prepare, state } = await import("./preparing.js");
  if (navigator.onLine && !document.hidden && wantsRenewal(await state(), Date.now())) await prepare(`/c/${contract}/basement/list`).catch(() => {});
}

if (kept) sayAge();
if (contract) document.cookie = `contract=${contract}; path=/; max-age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
if ("serviceWorker" in navigator) start().catch(() => {}); // a browser without modules in workers does without
