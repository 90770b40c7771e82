// The service worker. `version` and `files` (SHA-256 by address) stand in front of it when it is
// served (inspection/pwa/worker.py); BUILD in the imports is the build they are of.
//
// It gives pages their shell, keeps those the server lets be kept, and shows what is pushed. What
// changes anything never passes through it: that is the outbox of the page.

import "/shell/BUILD/push/shown.js";
import { forget, home, keep, kept, mine, purge, sweep } from "/shell/BUILD/pwa/kept.js";
import { placeOf } from "/shell/BUILD/pwa/tags.js";
import { hex } from "/shell/BUILD/rules/submission.js";
import { SHELL, addressOf, concern, ledTo } from "/shell/BUILD/rules/shell.js";

const shell = SHELL + version;
const PATIENCE = 3000; // how long a line may take before what is on the phone is shown
const AT_ONCE = 6;
const DOWN = [502, 503, 504]; // what stands before the server says that it is not there

// ---------------------------------------------------------------- the shell

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

/** All or nothing: until every file is here and right, the worker and shell before stay in use. */
async function install() {
  try {
    const cache = await caches.open(shell), waiting = Object.keys(files);
    const fetchNext = async () => {
      for (let one; (one = waiting.shift()); ) await cache.put(one, await right(one));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
  } catch (error) {
    await caches.delete(shell);
    throw error;
  }
}

async function right(address) {
  const answer = await fetch(address, { cache: "no-cache", credentials: "omit" });
  const found = hex(await crypto.subtle.digest("SHA-256", await answer.clone().arrayBuffer()));
  if (answer.status !== 200 || found !== files[address]) throw new Error(`${address} is not what it should be`);
  return answer;
}

async function file(request) {
  const { pathname, search } = new URL(request.url);
  const own = await caches.match(pathname + search, { cacheName: shell, ignoreVary: true });
  return own ?? (await caches.match(pathname + search, { ignoreVary: true })) ?? fetch(request);
}

// ---------------------------------------------------------------- what a page tells

addEventListener("message", (event) => event.waitUntil(told(event.data)));

async function told({ kind, actor, build }) {
  if (kind === "use") return skipWaiting();
  if (actor === "") await askWho();
  else if (actor) await purge(actor);
  if (version.startsWith(`${build}-`)) await sweep(shell);
}

/** Somebody may have signed out: ask the server itself, and keep nothing that is not theirs. */
async function askWho() {
  const nonce = crypto.randomUUID();
  const said = await fetch(`/reach?nonce=${nonce}`).then((answer) => answer.json()).catch(() => null);
  if (said?.nonce === nonce) await purge(said.actor);
}

// ---------------------------------------------------------------- what a page asks for

addEventListener("fetch", (event) => {
  const { method, url, mode, destination, headers } = event.request;
  const what = concern({ method, url, mode, destination, range: headers.has("Range") }, location.origin);
  if (what === "file") event.respondWith(file(event.request));
  if (what === "picture") event.respondWith(picture(event.request));
  if (what === "sign-in") event.waitUntil(askWho());
  if (what === "page") page(event);
});

const picture = async (request) => (await (await mine())?.match(request.url, { ignoreVary: true })) ?? fetch(request);

/** The network first; what is on the phone when that takes long; the page of the shell when neither. */
function page(event) {
  const { request } = event;
  const network = fetch(request);
  const copy = network.then((answer) => answer.clone()); // before its body is read
  event.waitUntil(copy.then((answer) => learn(answer, request.url)).catch(() => {}));
  event.respondWith(shown(network, request.url));
}

async function shown(network, url) {
  const late = new Promise((tell) => setTimeout(tell, PATIENCE));
  const answer = await Promise.race([network.catch(() => null), late]);
  if (answer && !DOWN.includes(answer.status)) return answer;
  return (await instead(url)) ?? (await network.catch(offline));
}

async function instead(url) {
  const exact = await kept(url);
  if (exact) return exact;
  const address = addressOf(url);
  const other = ledTo(address, (await home())?.address) ?? (await placeOf(address));
  return other && (await kept(other));
}

async function offline() {
  const language = (await home())?.language ?? navigator.language.slice(0, 2);
  const own = (tag) => caches.match(`/offline/${tag}`, { cacheName: shell });
  return (await own(language)) ?? (await own("en")) ?? Response.error();
}

async function learn(answer, url) {
  if (answer.status === 401) return askWho();
  await forget(answer.status, url);
  await keep(answer, url);
}
