// The caches: pages that are kept, one cache for one person; the shells they need. Used by pages and
// by the service worker.

import { PREPARED, SHELL, STATE, addressOf, drawingsOf, drawn, dressed, gone, marked, outlived, passes, rootOf, sheetOf, storable, wordsFirst } from "../rules/shell.js";

const HOME = "/prepared/home"; // which page the icon opens, and in which language the phone reads
const AT = "Tandem-Kept", OF = "Tandem-Build"; // of a kept page: when, and of which build
const EXACTLY = { ignoreVary: true };

const named = async (prefix) => (await caches.keys()).filter((name) => name.startsWith(prefix));

/** The cache of whoever was here last; there is never more than one person's. */
export async function mine(actor) {
  const name = actor ? PREPARED + actor : (await named(PREPARED))[0];
  return name && caches.open(name);
}

/**
 * Keep the page that came from an address, if it may be kept: {actor, html} or null.
 * `moment`: when it was asked for.
 */
export async function keep(answer, url, moment = Date.now()) {
  const { status, type, redirected, headers } = answer;
  const told = { status, type, redirected, cacheControl: headers.get("Cache-Control"), contentType: headers.get("Content-Type") };
  if (!storable(told) || passes(url)) return null;
  const html = await answer.text();
  const root = rootOf(html);
  if (!root || root.actor === "") return null;
  const cache = await mine(root.actor);
  if (!cache) return null;
  if (root.actor) await purge(root.actor);
  const address = addressOf(url);
  const work = address.endsWith("/my-work"), whole = work ? await complete(html) : html;
  await cache.put(address, page(marked(whole, new Date(moment).toISOString()), headers, moment, root.build));
  if (work) await write(cache, HOME, { address, language: /<html\b[^>]* lang="(\w+)/.exec(html)?.[1] });
  return { actor: root.actor, html };
}

/** What the icon opens has its sheet and drawings with it, and its scripts last: it must be there at once. */
async function complete(html) {
  const at = async (address) => (await caches.match(address ?? "", EXACTLY))?.text();
  const [sheet, sprite] = await Promise.all([at(sheetOf(html)), at(drawingsOf(html))]);
  const styled = sheet ? dressed(html, sheet) : html;
  return wordsFirst(sprite ? drawn(styled, sprite) : styled);
}

function page(html, headers, moment, build) {
  const kept = new Headers({ [AT]: moment, [OF]: build, "Content-Type": headers.get("Content-Type") });
  for (const name of ["Content-Security-Policy", "Cross-Origin-Opener-Policy", "Referrer-Policy", "Permissions-Policy", "X-Content-Type-Options"])
    if (headers.has(name)) kept.set(name, headers.get(name)); // its nonce is the one inside
  return new Response(html, { headers: kept });
}

/** The kept page of an address; undefined when there is none. */
export const kept = async (url, actor) => (await mine(actor))?.match(addressOf(url), EXACTLY);

/** When a kept page was asked for, in milliseconds. */
export const keptAt = (page) => Number(page.headers.get(AT));

export const write = (cache, address, value) => cache.put(address, new Response(JSON.stringify(value)));
export const read = async (cache, address) => (await cache?.match(address))?.json();

/** Which page the icon opens: {address, language}. */
export const home = async () => read(await mine(), HOME);

/** Forget what belongs to anybody but this person; "" is nobody. */
export async function purge(actor) {
  for (const name of await named(PREPARED)) if (name !== PREPARED + actor) await caches.delete(name);
}

/** Forget what an answer says is ours no more. */
export async function forget(status, url) {
  const what = gone(status, addressOf(url)), cache = what && (await mine());
  if (!cache) return;
  if (what.address) return cache.delete(what.address, EXACTLY);
  await cache.delete(STATE + what.prefix.split("/")[2]);
  for (const { url: one } of await cache.keys()) if (addressOf(one).startsWith(what.prefix)) await cache.delete(one, EXACTLY);
}

/** Whether a page can stand: the shell of its build is here. */
export async function stands(page) {
  return (await named(`${SHELL}${page.headers.get(OF)}-`)).length > 0;
}

/** Delete shells that neither this one nor any kept page is of. */
export async function sweep(shell) {
  const there = await named(SHELL);
  if (there.length < 2) return;
  const builds = await inUse();
  const needed = (name) => name === shell || builds.some((build) => name.startsWith(`${SHELL}${build}-`));
  for (const name of there) if (!needed(name)) await caches.delete(name);
}

/** The builds that kept pages are of; pages that outlived their use go. */
export async function inUse() {
  const cache = await mine(), builds = new Set();
  for (const request of (await cache?.keys()) ?? []) {
    const page = await cache.match(request, EXACTLY);
    if (!page?.headers.has(AT)) continue;
    if (outlived(keptAt(page), Date.now())) await cache.delete(request, EXACTLY);
    else builds.add(page.headers.get(OF));
  }
  return [...builds];
}
