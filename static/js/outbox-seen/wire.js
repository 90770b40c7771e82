// The browser's memory of who works on it, its caches, badge and room, and the office's line.

const ACTOR = "tandem-actor";
const CONTRACT = "tandem-contract";
const REPORTED = "tandem-reported";
const TOLD = "tandem-told";
const ASKED = "tandem-asked-to-keep";
const SEEN = "tandem-losses-seen";
const PREPARED = "prepared"; // how the names of caches begin that hold somebody's pages

// A private window may have no storage: then nothing is remembered, and nothing waits either.
const tried = (act, otherwise = null) => {
  try {
    return act();
  } catch {
    return otherwise;
  }
};
const recall = (name) => tried(() => JSON.parse(localStorage.getItem(name)));
const remember = (name, value) => tried(() => localStorage.setItem(name, JSON.stringify(value)));

/** Who was signed in when a page last came from the server; "" is nobody. */
export const remembered = () => recall(ACTOR) ?? "";

/** The contract of their last page; "" is none. */
export const lastContract = () => recall(CONTRACT) ?? "";

/** Take away the pages that were prepared for somebody. */
export async function purge() {
  const names = await (globalThis.caches?.keys() ?? []);
  await Promise.all(names.filter((name) => name.startsWith(PREPARED)).map((name) => caches.delete(name)));
}

/** Note who is signed in, and in which contract; whoever it was before leaves no pages behind. */
export async function signedIn(actor, contract = "") {
  const before = remembered();
  if (before !== actor) remember(ACTOR, actor);
  if (contract || before !== actor) remember(CONTRACT, contract);
  if (!actor || (before && before !== actor)) await purge();
}

/** Let nobody be signed in here. */
export async function signedOut() {
  await signedIn("");
  navigator.clearAppBadge?.().catch(() => {});
}

/** The number on the app's icon; none for 0. */
export const badge = (number) => navigator.setAppBadge?.(number).catch(() => {});

// ---------------------------------------------------------------- the office

const MINUTE = 60_000;
const AGAIN = 30 * MINUTE;

/** When this may be told to the office: milliseconds to wait, or null when it knows. */
export function reportIn(text, actor) {
  const last = recall(REPORTED) ?? { at: 0 };
  const since = Math.abs(Date.now() - last.at);
  if (last.text === text && last.actor === actor && since < AGAIN) return null;
  return last.actor === actor ? Math.max(0, MINUTE - since) : 0;
}

/**
 * Tell the office what this phone holds: the answer, {gone: true} when nobody is signed in any more,
 * null without a line.
 */
export async function report(text, fields, actor) {
  const body = new URLSearchParams(Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
  try {
    const answer = await fetch("/phones", { method: "POST", body, headers: { Accept: "application/json", "Tandem-Actor": actor } });
    if (answer.status === 401) return { gone: true };
    if (!answer.ok) return null;
    const { phones } = await answer.json();
    remember(REPORTED, { text, actor, at: Date.now() });
    remember(TOLD, { actor, phones });
    return { phones };
  } catch {
    return null;
  }
}

/** What the office last said of the person's other phones. */
export const told = (actor) => {
  const last = recall(TOLD);
  return last?.actor === actor ? last.phones : [];
};

/** Losses the person has not put away yet: {device, unsent, reported_at}. */
export const losses = (actor) => told(actor).filter(({ lost, reported_at }) => lost && !(recall(SEEN) ?? []).includes(reported_at));
export const putAway = (some) => remember(SEEN, [...(recall(SEEN) ?? []), ...some.map(({ reported_at }) => reported_at)].slice(-50));

// ---------------------------------------------------------------- room

/** Ask the browser not to clear what waits when it runs out of space: once, or `again`. */
export async function askToKeep(again = false) {
  if ((recall(ASKED) && !again) || !navigator.storage?.persist) return;
  remember(ASKED, true);
  await navigator.storage.persist().catch(() => false);
}

/** {kept, usage, quota}: whether it is promised, and about how much; null where it is not said. */
export async function space() {
  if (!navigator.storage?.estimate) return null;
  const [kept, about] = await Promise.all([navigator.storage.persisted?.() ?? false, navigator.storage.estimate()]).catch(() => [false, {}]);
  return { kept, ...about };
}

// ---------------------------------------------------------------- files

/** Hand a file to the person. */
export function save(parts, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob(parts, { type: "application/zip" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), MINUTE);
}

/** Post the sign-out form: where it leads, or null without a line. */
export async function leave(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    return answer.ok ? answer.url : null;
  } catch {
    return null;
  }
}
