// Taking work along: every page of the list and the pictures on it, into the cache of this person.

import { inUse, keep, kept, keptAt, mine, read, stands, write } from "./kept.js";
import { STATE, rootOf } from "../rules/shell.js";

const AT_ONCE = 3;
const PICTURES = 500;
const RESUME = 3_600_000; // a list that was begun within the hour is gone on with

const { actor, contract } = document.documentElement.dataset;

/** What was prepared of this contract: {list, begun, done (null while unfinished), bytes, missing}. */
export const state = async () => read(await mine(actor), STATE + contract);

/**
 * Fetch all of a list, or go on with it. progress({done, of, bytes}) after each page. Rejects when it
 * is stopped by `signal` or the line is lost; what came is kept and not fetched again.
 */
export const prepare = (from, progress, signal) =>
  navigator.locks.request("basement", { signal }, () => fill(from, progress, signal));

async function fill(from, progress, signal) {
  const cache = await mine(actor), before = await state();
  const goesOn = before && !before.done && Date.now() - before.begun < RESUME;
  const now = goesOn ? before : { list: await listed(from, signal), begun: Date.now(), done: null, bytes: 0, missing: [] };
  await write(cache, STATE + contract, now);
  Object.assign(now, { bytes: 0, missing: [] });
  let done = 0;
  await each(now.list.pages, async ({ url }) => {
    const bytes = await take(url, now.begun, signal);
    if (bytes === null) now.missing.push(url);
    now.bytes += bytes ?? 0;
    progress?.({ done: ++done, of: now.list.pages.length, bytes: now.bytes });
  });
  now.done = Date.now();
  await write(cache, STATE + contract, now);
  await inUse();
  return now;
}

async function each(list, act) {
  const rest = [...list];
  const next = async () => {
    for (let one; (one = rest.shift()); ) await act(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

async function listed(from, signal) {
  const answer = await fetch(from, { headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

/** Bytes of a page and its pictures, fetched unless it came since `begun`; null when it cannot be kept. */
async function take(url, begun, signal) {
  const there = await kept(url, actor);
  if (there && keptAt(there) >= begun) return weight(await there.text(), signal);
  const asked = Date.now();
  const answer = await fetch(url, { headers: { Accept: "text/html" }, cache: "no-cache", signal });
  if (answer.status === 429 || answer.status >= 500) throw new Error(answer.status);
  const page = await keep(answer, url, asked);
  return page && weight(page.html, signal);
}

const weight = async (html, signal) => new Blob([html]).size + (await pictures(html, signal));

/** Fetch the pictures a page shows, those that are not here yet; their bytes. */
async function pictures(html, signal) {
  const shown = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("img[src^='/c/']")];
  const cache = await mine(actor);
  let bytes = 0;
  for (const address of new Set(shown.slice(0, PICTURES).map((one) => one.getAttribute("src")))) {
    let picture = await cache.match(address);
    if (!picture) {
      picture = await fetch(address, { signal });
      if (picture.status !== 200 || picture.redirected) continue;
      await cache.put(address, picture.clone());
    }
    bytes += (await picture.blob()).size;
  }
  return bytes;
}

/** Where the browser reads no codes itself, take along what does (`address`, from the page). */
export async function takeReader(address) {
  if (!address || "BarcodeDetector" in globalThis) return;
  const cache = await caches.open("reader");
  const beside = new URL("zxing_reader.wasm", new URL(address, location.href)).pathname;
  for (const one of [address, beside]) if (!(await cache.match(one))) await cache.add(one);
}

/** Open every page from the cache alone: {opened, of, closed: [titles that did not]}. */
export async function prove({ list }) {
  const closed = [];
  for (const { url, title } of list.pages) if (!(await opens(url))) closed.push(title);
  return { opened: list.pages.length - closed.length, of: list.pages.length, closed };
}

async function opens(url) {
  const page = await kept(url, actor);
  if (!page || !(await stands(page))) return false;
  const html = await page.text();
  const whose = rootOf(html)?.actor;
  return html.includes("</html>") && (whose === undefined || whose === actor);
}
