// The drainer: one at a time in all tabs, texts first, then photos part by part. No answer deletes
// an item; only an acknowledgement ends one, and every other answer is remembered with it.

import { next, offset as ahead, PATIENCE, pause } from "../rules/outbox.js";
import { canonical, posted, verdict } from "../rules/submission.js";
import { contact, finished, me, ours, replaced, set, unfollow } from "./items.js";
import { hanging, hangUp, look, patch, post, reached } from "./line.js";
import { changes, tell } from "./news.js";
import { digest, dropPhotos, missing, part, PART, sound } from "./photos.js";

const LOCK = "tandem-outbox";
const TICK = 2000; // ms; how soon a line that is back is seen
const SMALLEST = 16 * 1024;
const [SLOW, QUICK] = [12_000, 3000]; // ms: a part that takes longer is too large for the line; one that takes less is too small
const offsets = new Map(); // by item and photo: how far the server has it
const bytes = (text) => new TextEncoder().encode(text);

let running = null;
let wanted = false;
let down = true; // whether the line was last seen gone; at start nobody knows
let gone = 0; // when that was asked; 0 while it is there
let there = 0; // when it was asked and there
let size = PART;
let most = PART; // what passes: less once a part was too large for somebody on the way

/** Send what is due. Of several tabs one does it; a second call while it runs makes it look once more. */
export function send() {
  wanted = true;
  running ??= alone(passes).catch(() => {}).finally(() => (running = null));
  return running;
}

const alone = (act) => (navigator.locks ? navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? act() : undefined)) : act());

async function passes() {
  while (wanted) {
    wanted = false;
    for (let item; (item = next(await ours(), Date.now())); ) if (!(await (item.ack ? onePart(item) : text(item)))) break;
  }
}

// ---------------------------------------------------------------- texts

/** Post one item. False when nobody of ours answered: then the others need not try either. */
async function text(item) {
  if ((await missing(item.manifest)).length) return await stop(item, "photo_missing");
  if (!(await set(item.id, { state: "sending", tried: true }))) return true;
  const pairs = posted(item);
  const sha256 = await digest(bytes(canonical(pairs)));
  const answer = await post(item, pairs);
  const said = verdict({ ...answer, key: item.id, sha256, photos: item.manifest.length });
  const kept = said.state === "refused" && answer.body.kept && answer.body.ack === item.id && answer.body.sha256 === sha256;
  if (said.state === "acked" || kept) return await acked(item, answer.body);
  if (said.code === "form.too_early" && (await reach()) && (await unfollow(item))) return true; // a server put back has said so by now
  if (said.state === "queued") return await later(item, answer, said);
  if (said.state === "shrink") return item.tried ? await stop(item, said.code, 413) : await shrink(item, said);
  await set(item.id, { state: said.state, last_error: errorOf(answer, said) });
  return true;
}

async function acked(item, body) {
  const at = new URL(body.location, new URL(item.url, location.href)); // as a redirect would lead
  const ack = { ...body, location: at.origin === location.origin ? at.pathname + at.search + at.hash : "/", missing: body.missing ?? [] };
  const there = await set(item.id, { ack, attempts: 0, next_try: 0, last_error: null });
  if (there && !ack.missing.length) await ended(there);
  await contact(body);
  return true;
}

/** Everything is there. What came too late is kept beside its record, photos too: its person hears why. */
async function ended({ id, ack }) {
  if (!ack.kept) return await finished(id);
  const [{ code, sentence }] = ack.refused;
  return await set(id, { state: "refused", progress: null, last_error: errorOf({ status: 409 }, { code, sentence, refused: ack.refused }) });
}

const errorOf = ({ status }, { code, sentence, refused }) => ({ status, code, sentence, refused, field: refused?.[0]?.field ?? null });

async function later(item, answer, said = verdict({ ...answer, status: answer.status < 429 ? 0 : answer.status })) {
  const attempts = item.attempts + 1;
  const next_try = Date.now() + pause(attempts, Math.random(), answer.retryAfter);
  await set(item.id, { state: "queued", attempts, next_try, last_error: errorOf(answer, said) });
  return said.code !== "lost";
}

async function stop(item, code, status = 0) {
  await set(item.id, { state: "needs_you", last_error: { status, code, sentence: "", field: null, refused: [] } });
  return true;
}

/** Smaller photos are another form under another key: only for one that can never have been there. */
async function shrink(item, said) {
  const { smaller } = await import("./smaller.js");
  const manifest = await smaller(item.manifest).catch(() => null);
  if (!manifest) return await stop(item, said.code, 413);
  const made = await replaced(item, manifest);
  if (made) tell({ id: item.id, state: "replaced", code: "", item, by: made.id });
  await dropPhotos(item.manifest.map(({ sha256 }) => sha256));
  return true;
}

// ---------------------------------------------------------------- photos

/** Send the next part of the photos of an acknowledged item. False as for texts. */
async function onePart(item) {
  const photo = item.manifest.find(({ sha256 }) => item.ack.missing.includes(sha256));
  if (!photo) return await complete(item);
  const url = `${item.ack.uploads}/${photo.sha256}`;
  const key = `${item.id}/${photo.sha256}`;
  if (!offsets.has(key)) return await find(item, photo, url, key);
  const from = offsets.get(key);
  const data = from < photo.bytes ? await part(photo.sha256, from, size) : new ArrayBuffer(0);
  if (!data) return await stop(item, "photo_missing");
  following(item, photo, from);
  const began = Date.now();
  const answer = await patch(url, from, data, (loaded) => following(item, photo, from + loaded));
  fit(Date.now() - began, answer.status === 200);
  return await heard(item, photo, key, answer);
}

/** Parts as large as the line carries in some seconds: what is cut is sent again. */
function fit(took, arrived) {
  if (took > SLOW) size = Math.max(SMALLEST, size / 2);
  else if (arrived && took < QUICK) size = Math.min(most, size * 2);
}

async function heard(item, photo, key, answer) {
  const { status, body } = answer;
  const from = offsets.get(key);
  const offset = Number.isInteger(body?.offset) ? body.offset : null;
  offsets.delete(key);
  if (status === 413 && size > SMALLEST) most = size = size / 2;
  else if (status === 422 && offset !== null) return (await sound(photo.sha256)) ? await later(item, answer) : await stop(item, "photo_missing", 422);
  else if (offset === null || (status !== 200 && status !== 409) || (offset === from && !body.whole)) return await later(item, answer);
  else if (body.whole) return await whole(item, photo);
  else offsets.set(key, offset);
  await set(item.id, { state: "sending", attempts: 0, progress: progressOf(item, photo, offset ?? from) });
  return true;
}

/** Ask how far the server has a photo; when it does not know it, the text is said again. */
async function find(item, photo, url, key) {
  const answer = await look(url);
  if (answer.status === 404 && answer.body?.error) {
    await set(item.id, { ack: null, next_try: Date.now() + pause(item.attempts + 1, Math.random()), attempts: item.attempts + 1, state: "queued" });
    return true;
  }
  if (answer.status !== 200 || !Number.isInteger(answer.body?.offset)) return await later(item, answer);
  if (answer.body.whole) return await whole(item, photo);
  offsets.set(key, answer.body.offset);
  return true;
}

async function whole(item, { sha256 }) {
  const ack = { ...item.ack, missing: item.ack.missing.filter((one) => one !== sha256) };
  await set(item.id, { state: "sending", attempts: 0, ack });
  return true;
}

async function complete(item) {
  if (!item.ack.uploads) {
    await ended(item); // its page died between the answer and the receipt
    return true;
  }
  const answer = await look(item.ack.uploads);
  if (answer.status !== 200 || !Array.isArray(answer.body?.missing)) return await later(item, answer);
  const missing = answer.body.missing.filter((one) => !item.ack.given_up?.includes(one));
  if (missing.length) await set(item.id, { ack: { ...item.ack, missing } });
  else await ended(item);
  return true;
}

const progressOf = ({ manifest }, photo, sent) => ({ photo: manifest.indexOf(photo) + 1, of: manifest.length, percent: Math.floor((100 * Math.min(sent, photo.bytes)) / photo.bytes) });

function following(item, photo, sent) {
  tell({ id: item.id, state: "sending", code: "", item, progress: progressOf(item, photo, sent) });
}

// ---------------------------------------------------------------- when

let probing = null;

/** Ask whether we are reached; remembers the clock and the epoch. The answer, or null. */
export function reach() {
  probing ??= probe().finally(() => (probing = null));
  return probing;
}

async function probe() {
  const sent = Date.now();
  const answer = await reached(me.actor);
  if (answer) await contact({ ...answer, clock_offset: ahead(sent, Date.now(), answer.server_time) });
  return answer;
}

const waiting = (item) => item.state === "queued" && item.last_error?.code === "lost";
const shutOut = (item) => item.state === "needs_you" && item.last_error?.code === "sign_in" && item.actor !== "";

/**
 * Look whether the line is back, or the person is signed in again; then nothing waits for its time.
 * Each look has a probe of its own: one that was asked into a hole would hold up the next.
 */
async function wake() {
  const asleep = (item) => waiting(item) || shutOut(item);
  if (Date.now() - hanging() < PATIENCE && !(await ours()).some(asleep)) return;
  const asked = Date.now();
  const answer = await probe();
  if (answer === null) return lost(asked);
  there = Math.max(there, asked);
  if (!hangUp(gone, Date.now() - asked) && !down) return;
  [down, gone] = [false, 0];
  await running;
  for (const item of (await ours()).filter(asleep)) if (waiting(item) || answer.actor === item.actor) await set(item.id, { state: "queued", next_try: 0 });
}

function lost(asked) {
  if (asked > there) [down, gone] = [true, asked];
}

async function tick(fresh = false) {
  if (document.hidden && !fresh && hanging() === Infinity) return;
  if (fresh) down = true;
  const all = await ours();
  if (!all.length) return;
  await wake();
  await send();
}

const quietly = (fresh) => tick(fresh).catch(() => {});

/** Begin to send by itself: now, when the page is seen again, when the line may be back, every two seconds while something waits. */
export function start() {
  setInterval(() => quietly(false), TICK);
  for (const [target, name] of [[document, "visibilitychange"], [window, "pageshow"], [window, "online"]]) target.addEventListener(name, () => quietly(true));
  changes.addEventListener("change", ({ detail }) => detail.state === "queued" && !detail.code && send());
  quietly(true);
}
