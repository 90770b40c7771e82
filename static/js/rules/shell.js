// What the service worker decides: whose business a request is, which page may be kept, how old is
// too old. No caches, no network. The names of caches stand here, so that page and worker agree.

export const PREPARED = "prepared-"; // + the id of the person whose pages they are
export const SHELL = "shell-"; // + build + "-" + a digest of what belongs to it
export const STATE = "/prepared/contract/"; // + slug: what was taken along of a contract
const DAY = 86_400_000;
const SHELL_FILE = /^\/(shell|look|static|offline)\//;
const NOT_OURS = /^\/(reach|uploads|invitations|sign-out|sw\.js|healthz|readyz|metrics)(\/|$)/;
const PASSING = ["said", "scan"]; // what a page says once, and what is true for a quarter of an hour

/**
 * What a request is to the worker: "page", "sign-in" (only looked at), "file" of the shell,
 * "picture" of a kept page, or "" for everything else, above all for whatever changes something.
 */
export function concern({ method, url, mode, destination, range }, origin) {
  const { origin: whose, pathname } = new URL(url);
  if (method !== "GET" || whose !== origin || range || NOT_OURS.test(pathname)) return "";
  if (/^\/sign-in(\/|$)/.test(pathname)) return mode === "navigate" ? "sign-in" : "";
  if (mode === "navigate") return "page";
  if (SHELL_FILE.test(pathname)) return "file";
  return destination === "image" && pathname.startsWith("/c/") ? "picture" : "";
}

/** The address a page is kept under: without what passes, and without the place on the page. */
export function addressOf(url) {
  const { pathname, searchParams } = new URL(url, "https://here");
  for (const name of PASSING) searchParams.delete(name);
  return pathname + (searchParams.size ? `?${searchParams}` : "");
}

/** Whether an address shows something of the moment, so that its page is not kept. */
export const passes = (url) => PASSING.some((name) => new URL(url, "https://here").searchParams.has(name));

/** Whether an answer may be kept: a page of ours that the server lets out of its hands. */
export const storable = ({ status, type, redirected, cacheControl, contentType }) =>
  status === 200 && type === "basic" && !redirected && /^text\/html\b/.test(contentType ?? "") && Boolean(cacheControl) && !/no-store/.test(cacheControl);

/** What the root tag of a page says: {build, actor}; actor undefined on a page for everybody. Null: not ours. */
export function rootOf(html) {
  const tag = /<html\b[^>]*>/.exec(html.slice(0, 2000))?.[0] ?? "";
  const said = (name) => new RegExp(` data-${name}="([^"]*)"`).exec(tag)?.[1];
  return said("build") ? { build: said("build"), actor: said("actor") } : null;
}

/** The page with the moment it was kept in its root tag. */
export const marked = (html, moment) => html.replace("<html ", `<html data-kept="${moment}" `);

/** Where a page finds its drawings; undefined when it has none. */
export const drawingsOf = (html) => /<use href="([^"#]+)#/.exec(html)?.[1];

/** The page with the drawings it uses inside: a sprite beside it costs a page of its own to lay out. */
export function drawn(html, sprite) {
  const used = new Set([...html.matchAll(/<use href="[^"#]+#([\w-]+)"/g)].map(([, name]) => name));
  const inside = [...sprite.matchAll(/<symbol id="([\w-]+)".*?<\/symbol>/gs)].filter(([, name]) => used.has(name));
  const holder = inside.map(([one]) => one.replace('id="', 'id="drawing-')).join("");
  const known = new Set(inside.map(([, name]) => name));
  const page = html.replace(/<use href="[^"#]+#([\w-]+)"/g, (as, name) => (known.has(name) ? `<use href="#drawing-${name}"` : as));
  return page.replace(/<body\b[^>]*>/, (body) => `${body}<svg hidden>${holder}</svg>`);
}

const SHEET = /<link rel="stylesheet" href="([^"]+)">/;
const nonceOf = (html) => / nonce="([^"]+)"/.exec(html)?.[1];

/** Where a page finds its first style sheet; undefined when it has none. */
export const sheetOf = (html) => SHEET.exec(html)?.[1];

/** The page with that sheet inside: nothing is painted before it is there. */
export function dressed(html, sheet) {
  const nonce = nonceOf(html);
  return nonce ? html.replace(SHEET, () => `<style nonce="${nonce}">${sheet}</style>`) : html;
}

const MODULE = /<script type="module"(?:[^>"]|"[^"]*")*><\/script>/g;
const AFTER_PAINT = `requestAnimationFrame(() => setTimeout(() => {
  for (const one of document.getElementById("later").content.children) document.body.append(Object.assign(document.importNode(one), { async: false }));
}))`;

/** The page with its modules behind its first paint: asked for beside the words, they hold the words up. */
export function wordsFirst(html) {
  const nonce = nonceOf(html);
  const end = html.lastIndexOf("</body>");
  if (!nonce || end < 0) return html;
  const modules = [...html.matchAll(MODULE)].map(([one]) => one).join("");
  const without = (text) => text.replace(MODULE, "");
  return `${without(html.slice(0, end))}<template id="later">${modules}</template><script nonce="${nonce}">${AFTER_PAINT}</script>${html.slice(end)}`;
}

/** What an answer says is ours no more: a prefix of addresses to forget, or the address itself. */
export function gone(status, address) {
  if (status !== 403 && status !== 404 && status !== 410) return null;
  const contract = /^(\/c\/[^/]+\/)(my-work|round|queue|basement)$/.exec(address);
  return contract ? { prefix: contract[1] } : { address };
}

/** Where an address leads without a line: the icon's and /go/… to the contract of `home` (its my-work). */
export function ledTo(address, home) {
  if (address === "/") return home;
  const where = /^\/go\/([\w-]+)$/.exec(address)?.[1];
  return where && home ? home.replace(/[^/]+$/, where) : null;
}

/** Whether a kept page has outlived its use altogether. */
export const outlived = (kept, now) => now - kept > 14 * DAY;

/** How what was prepared stands: "never", "unfinished", "fresh", or "stale" after a day. */
export function standing(state, now) {
  if (!state) return "never";
  if (!state.done) return "unfinished";
  return now - state.done > DAY ? "stale" : "fresh";
}

/** Whether to prepare again without being asked: prepared today, more than four hours ago. */
export function wantsRenewal(state, now) {
  const today = (moment) => new Date(moment).toDateString() === new Date(now).toDateString();
  return Boolean(state?.done) && today(state.done) && now - state.done > 4 * 3_600_000;
}

/** How long ago, as Intl.RelativeTimeFormat takes it: [-12, "minute"]; [0, "second"] within the minute. */
export function ago(moment, now) {
  const seconds = Math.max(0, Math.round((now - moment) / 1000));
  const [size, unit] = [[86_400, "day"], [3600, "hour"], [60, "minute"]].find(([size]) => seconds >= size) ?? [Infinity, "second"];
  return [0 - Math.floor(seconds / size), unit];
}

/** Bytes as people read them: [4.1, "megabyte"]. */
export const measured = (bytes) => (bytes < 100_000 ? [Math.ceil(bytes / 1000), "kilobyte"] : [Math.round(bytes / 100_000) / 10, "megabyte"]);
