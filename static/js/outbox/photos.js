// Photos on this phone: in parts of 256 KiB under the hash of their bytes, never under a name.

import { forgotten } from "../rules/outbox.js";
import { hex } from "../rules/submission.js";
import { all, asked, beginning, change, get, keys } from "./store.js";

export const PART = 256 * 1024;
const DAY = 86_400_000;
const NOTE = "photo:"; // in `meta`: how large a photo is, and when it came
const parts = (bytes) => Math.ceil(bytes / PART);
export const digest = async (data) => hex(await crypto.subtle.digest("SHA-256", data));

/**
 * Store a photo: {sha256, bytes, type}, durable when it resolves.
 *
 * Rejects with NotReadableError when its bytes are gone (iOS), QuotaExceededError when it does not fit.
 */
export async function keepPhoto(blob) {
  const data = await blob.arrayBuffer(); // first thing: iOS forgets chosen files
  if (!data.byteLength || data.byteLength !== blob.size) throw new DOMException("its bytes are gone", "NotReadableError");
  const entry = { sha256: await digest(data), bytes: data.byteLength, type: blob.type };
  if (!(await missing([entry])).length) return entry; // as when a form is sent
  await change(["photos", "meta"], (of) => {
    for (let n = 0; n < parts(entry.bytes); n++) of("photos").put({ sha256: entry.sha256, n, data: data.slice(n * PART, (n + 1) * PART) });
    of("meta").put({ name: NOTE + entry.sha256, value: { ...entry, at: Date.now() } });
  });
  return entry;
}

/** A stored photo, or null when it is not whole any more. */
export async function photo(sha256) {
  const [note, rows] = await Promise.all([get("meta", NOTE + sha256), all("photos", beginning([sha256]))]);
  const blob = new Blob(rows.map(({ data }) => data), { type: note?.value.type ?? "" });
  return note && blob.size === note.value.bytes ? blob : null;
}

/** Up to `size` bytes of a photo from `offset` on, within one stored part; null when they are gone. */
export async function part(sha256, offset, size) {
  const n = Math.floor(offset / PART);
  const row = await get("photos", [sha256, n]).catch(() => null);
  return row?.data.slice(offset - n * PART, offset - n * PART + size) ?? null;
}

/** Of a manifest, the photos that are not on this phone any more. */
export async function missing(manifest) {
  const here = await Promise.all(manifest.map(({ sha256 }) => keys("photos", beginning([sha256])).catch(() => [])));
  return manifest.filter(({ bytes }, n) => here[n].length < parts(bytes));
}

/** Whether the stored bytes are still those of the hash. */
export async function sound(sha256) {
  const blob = await photo(sha256).catch(() => null);
  return blob !== null && (await digest(await blob.arrayBuffer())) === sha256;
}

/** Delete photos, those excepted that a draft, an item or a receipt names. */
export const dropPhotos = (hashes) =>
  change(["photos", "meta", "drafts", "outbox", "receipts"], async (of) => {
    const [drafts, items, receipts] = await Promise.all(["drafts", "outbox", "receipts"].map((store) => asked(of(store).getAll())));
    const kept = receipts.filter(({ bare }) => !bare);
    const named = new Set([...drafts.flatMap((one) => one.photos ?? []), ...[...items, ...kept].flatMap((one) => one.manifest)].map(({ sha256 }) => sha256));
    for (const sha256 of hashes.filter((one) => !named.has(one))) {
      of("photos").delete(beginning([sha256]));
      of("meta").delete(NOTE + sha256);
    }
  });

/** Forget what is old: receipts and drafts after a fortnight, photos nobody names after a day. */
export async function sweep(now) {
  await change(["drafts", "receipts"], async (of) => {
    for (const row of await asked(of("drafts").getAll())) if (forgotten(row.at, now)) of("drafts").delete(row.name);
    for (const row of await asked(of("receipts").getAll())) if (forgotten(row.sent_at, now)) of("receipts").delete(row.id);
  });
  const notes = await all("meta", beginning(NOTE));
  const old = notes.filter(({ value }) => now - value.at > DAY).map(({ value }) => value.sha256);
  if (old.length) await dropPhotos(old);
}
