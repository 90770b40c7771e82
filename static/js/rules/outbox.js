// What waits on a phone: in which order it goes, when it is tried again, what is offered once more
// and what may be forgotten. No DOM, no IndexedDB, no network, no clock: moments in milliseconds.

const DAY = 86_400_000;
const KEPT_DAYS = 14;

/** A UUIDv7 of a moment and ten random bytes: sorts by when it was made. */
export function uuid7(moment, random) {
  const bytes = [...Array.from({ length: 6 }, (_, n) => Math.floor(moment / 256 ** (5 - n)) % 256), ...random];
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
}

/** Milliseconds until try number `attempts` + 1: 2 s, 4 s … 60 s, less up to a half by `jitter` (0 to 1). */
export function pause(attempts, jitter, retryAfter = 0) {
  const wait = Math.min(60_000, 2000 * 2 ** Math.max(0, attempts - 1));
  return Math.max(retryAfter * 1000, Math.round(wait * (1 - jitter / 2)));
}

export const PATIENCE = 3000; // ms a form or part may be under way before somebody asks whether the line is there
const SLOWEST = 6.25; // bytes in a millisecond: 50 kbit/s

/** Whether no answer comes any more to a form of `bytes`, sent `waited` ms ago, on a line that just answered within `took` ms. */
export const overdue = ({ waited, bytes, took }) => waited > PATIENCE + bytes / SLOWEST + 4 * took;

const open = ({ state }) => state === "queued" || state === "sending";
const older = (a, b) => (a.id < b.id ? -1 : 1);

const RESUMES = new Set(["sign_in", "photo_missing", "too_large"]);

/** Whether it stands until its person decides, who may never: what was made after it does not wait for that. */
export const stopped = ({ state, last_error }) => state === "refused" || (state === "needs_you" && !RESUMES.has(last_error?.code));

/** What is sent next, or null: texts before photos, oldest first, none before its predecessor or its time. */
export function next(items, now) {
  const unsaid = new Set(items.filter((item) => !item.ack && !stopped(item)).map((item) => item.id));
  const due = items.filter((item) => open(item) && item.next_try <= now).sort(older);
  return due.find((item) => !item.ack && !unsaid.has(item.after)) ?? due.find((item) => item.ack) ?? null;
}

/** Of receipts, those the server may have lost: acknowledged in another epoch, after the backup it lives from. */
export const reoffered = (receipts, epoch, restoredTo) =>
  epoch && restoredTo ? receipts.filter(({ ack }) => ack.epoch !== epoch && Date.parse(ack.server_time) > Date.parse(restoredTo)) : [];

/** Whether something written at a moment may be forgotten. */
export const forgotten = (at, now) => now - at > KEPT_DAYS * DAY;

/** The record a form's address is about: two changes of one record go in their order. */
export const recordOf = (url) => new URL(url, "http://x").pathname.match(/^(.*\/\d+)\//)?.[1] ?? "";

/** Whether the page of a form could not know yet what an older item of its person did to the same record. */
const unseen = (item, older) => !older.ack || (item.version !== null && older.version === item.version);

/** Of `others` (items and receipts), the id of the one that an item was made after, or null. */
export function predecessor(item, others) {
  const record = recordOf(item.url);
  const same = others.filter((one) => record && !stopped(one) && one.actor === item.actor && recordOf(one.url) === record && unseen(item, one));
  return same.sort(older).at(-1)?.id ?? null;
}

/** The milliseconds this phone is ahead of the server, asked at `sent` and answered at `heard`. */
export const offset = (sent, heard, serverTime) => Math.round((sent + heard) / 2 - Date.parse(serverTime));
