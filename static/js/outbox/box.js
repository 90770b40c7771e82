// The outbox, as pages use it: nothing else of this folder is imported from outside.

import { uuid7 } from "../rules/outbox.js";
import { reach, send, start } from "./drain.js";
import { freeze, items, me, meta, note, receipts, replaced } from "./items.js";
import { changes } from "./news.js";
import { missing, sweep } from "./photos.js";
import { events, get, put, update } from "./store.js";

export { changes, me, reach, receipts, send };
export { arrived, draft, dropDraft, elsewhere, keepDraft, posted, putAside, takeOver } from "./drafts.js";
export { again, back, discard, items, others } from "./items.js";
export { dropPhotos, keepPhoto, photo } from "./photos.js";

const EVERY = 600_000; // ms between two looks whether the server lost what it acknowledged
const ENDS = new Set(["acked", "sent", "needs_you", "refused", "replaced"]);

/** Whether this browser keeps what it is given: not in some private windows, or where storage is refused. */
export const keeps = (async () => {
  try {
    if (!(await meta("device"))) await note("device", uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10))));
    return true;
  } catch {
    return false;
  }
})();

/** Whether it can also prove that an answer is ours, only over https or on localhost: else forms post plainly. */
export const ready = keeps.then((can) => can && Boolean(crypto.subtle));

export const finish = freeze;

/** The first word about an item: {state, item}; "waiting" when there is none within `ms`. */
export function settled(id, ms) {
  return new Promise((resolve) => {
    const heard = ({ detail }) => {
      if (detail.id !== id) return;
      const state = detail.item?.ack && !detail.item.ack.kept && detail.state !== "sent" ? "acked" : detail.state;
      if (ENDS.has(state) || (state === "queued" && detail.code)) done({ ...detail, state });
    };
    const done = (outcome) => {
      changes.removeEventListener("change", heard);
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => done({ id, state: "waiting" }), ms);
    changes.addEventListener("change", heard);
  });
}

/** The person agrees that an item goes without the photos that are not here any more. */
export async function withoutMissing(id) {
  const item = await get("outbox", id);
  if (!item) return null;
  const gone = new Set((await missing(item.manifest)).map(({ sha256 }) => sha256));
  if (!item.ack) return await replaced(item, item.manifest.filter(({ sha256 }) => !gone.has(sha256)));
  const ack = { ...item.ack, missing: item.ack.missing.filter((one) => !gone.has(one)), given_up: [...gone] };
  const next = await update("outbox", id, () => ({ ack, state: "queued", next_try: 0, last_error: null }));
  await send();
  return next;
}

/** A store that another tab, or a slow disk, held for a while: what waits in it is sent all the same. */
async function late() {
  for (let n = 0; n < 12; n += 1) {
    await new Promise((go) => setTimeout(go, 5000));
    if (await meta("device").then(Boolean, () => false)) return true;
  }
  return false;
}

async function open() {
  if (!(await ready) && !(crypto.subtle && (await late()))) return;
  start();
  await sweep(Date.now());
  if ((await receipts()).length && Date.now() - ((await meta("looked")) ?? 0) > EVERY) {
    await put("meta", { name: "looked", value: Date.now() });
    await reach();
  }
}

events.addEventListener("outdated", () => changes.dispatchEvent(new Event("outdated")));
open().catch(() => {});
