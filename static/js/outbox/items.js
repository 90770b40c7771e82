// Items: what was finished on this phone, frozen, until the server has it; and their receipts.

import { predecessor, reoffered, uuid7, stopped } from "../rules/outbox.js";
import { putDraft, endDraft } from "./drafts.js";
import { tell } from "./news.js";
import { dropPhotos } from "./photos.js";
import { all, asked, change, get, put, update } from "./store.js";

const page = document.documentElement.dataset;
export const me = { actor: page.actor ?? "", contract: page.contract ?? "", build: page.build ?? "" };

const older = (a, b) => (a.id < b.id ? -1 : 1);
const mine = ({ actor }) => actor === me.actor;
const sendable = ({ actor }) => actor === me.actor || actor === "";
const NOTHING = { state: "queued", attempts: 0, next_try: 0, last_error: null, progress: null };
export const meta = async (name) => (await get("meta", name))?.value;
export const note = (name, value) => put("meta", { name, value });

/** What waits, of the person of this page, oldest first. */
export const items = async () => (await all("outbox")).filter(mine).sort(older);
/** How many items of other people wait on this phone. */
export const others = async () => (await all("outbox")).filter((item) => !sendable(item)).length;
/** What was received in the last fortnight, of the person of this page, latest first. */
export const receipts = async () => (await all("receipts")).filter(mine).sort(older).reverse();
/** What this page may send: its person's items and those of nobody. */
export const ours = async () => (await all("outbox")).filter(sendable);

const newId = () => uuid7(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
const news = (item) => ({ id: item.id, state: item.state, code: item.last_error?.code ?? "", item });

/** Freeze a form: durable, and waiting to be sent, when it resolves. `draft` ends, `replaces` is removed. */
export async function freeze({ url, pairs, photos = [], title = "", page: at = location.pathname + location.search, kind = "", after = null, version = null, draft = null, replaces = null, typed_words }) {
  const item = {
    ...NOTHING, id: newId(), kind, actor: me.actor, contract: me.contract, url: new URL(url, location.href).pathname + new URL(url, location.href).search,
    pairs, typed_words, manifest: photos, title, page: at, after, version, draft, replaces, app_build: me.build,
    device_time: new Date().toISOString(), clock_offset: (await meta("clock_offset")) ?? null, ack: null,
  };
  await change(["outbox", "drafts", "receipts"], async (of) => {
    const old = replaces && (await asked(of("outbox").get(replaces)));
    item.after ??= old ? old.after : predecessor(item, await known(of));
    of("outbox").add(item);
    if (old) await insteadOf(of("outbox"), old, item.id);
    if (draft) await endDraft(of, draft);
  });
  tell(news(item));
  return item;
}

const known = async (of) => (await Promise.all(["outbox", "receipts"].map((store) => asked(of(store).getAll())))).flat();

/** Inside a transaction: an item leaves, and what was made after it follows `id`, or what it followed itself. */
async function insteadOf(rows, old, id = old.after) {
  rows.delete(old.id);
  for (const one of await asked(rows.getAll())) if (one.after === old.id && one.id !== id) rows.put({ ...one, after: id });
}

/** Change an item that is still there, and say so; null when a person deleted it meanwhile. */
export async function set(id, values) {
  const item = await update("outbox", id, () => values);
  if (item) tell(news(item));
  return item;
}

/** The same again from the beginning, at once. */
export const again = (id) => set(id, { ...NOTHING });

/** A person deleted it. Its photos go with it; what was made after it does not wait for it. */
export async function discard(id) {
  const item = await get("outbox", id);
  if (!item) return;
  await change(["outbox"], (of) => insteadOf(of("outbox"), item));
  tell({ id, state: "discarded", code: "", item });
  await dropPhotos(item.manifest.map(({ sha256 }) => sha256));
}

/** Out of the outbox, into the draft it came from: the person is at the form again. Without a draft it stays. */
export async function back(id) {
  const item = await get("outbox", id);
  if (!item?.draft) return item ?? null;
  await change(["outbox", "drafts"], (of) => {
    putDraft(of, { ...item.draft, typed_words: item.typed_words, photos: item.manifest, page: item.page, title: item.title });
    return insteadOf(of("outbox"), item);
  });
  tell({ id, state: "back", code: "", item });
  return item;
}

/** Put an item with another manifest in the place of one; null when a person deleted it meanwhile. */
export async function replaced({ id }, manifest) {
  const made = await change(["outbox"], async (of) => {
    const old = await asked(of("outbox").get(id));
    if (!old) return null;
    const made = { ...old, ...NOTHING, tried: false, id: newId(), manifest, replaces: id };
    of("outbox").add(made);
    await insteadOf(of("outbox"), old, made.id);
    return made;
  });
  if (made) tell(news(made));
  return made;
}

/** What an item follows does not wait here any more, or stands: it goes by itself. False when that does wait. */
export const unfollow = ({ id, after }) =>
  change(["outbox"], async (of) => {
    const [item, before] = await Promise.all([id, after].map((one) => asked(of("outbox").get(one))));
    if (!item || (before && !before.ack && !stopped(before))) return false;
    of("outbox").put({ ...item, after: null, state: "queued" });
    return true;
  });

/** Everything is there: the receipt first, then, in a transaction of its own, photos that nobody needs. */
export async function finished(id) {
  const receipt = await change(["outbox", "receipts"], async (of) => {
    const item = await asked(of("outbox").get(id));
    if (!item) return null;
    const sent = { ...item, state: "sent", sent_at: Date.now(), progress: null, last_error: null, bare: item.actor === "" };
    of("receipts").put(sent);
    of("outbox").delete(id);
    return sent;
  });
  if (!receipt) return;
  tell(news(receipt));
  if (receipt.bare && receipt.manifest.length) await dropPhotos(receipt.manifest.map(({ sha256 }) => sha256));
}

/** The server was reached: remember its clock and its epoch; after a restore offer again what it may have lost. */
export async function contact({ epoch, restored_to, clock_offset }) {
  if (clock_offset !== undefined) await note("clock_offset", clock_offset);
  if (!epoch || (await meta("epoch")) === epoch) return;
  const fresh = await change(["outbox", "receipts", "meta"], async (of) => {
    const lost = reoffered(await asked(of("receipts").getAll()), epoch, restored_to);
    const half = reoffered((await asked(of("outbox").getAll())).filter(({ ack }) => ack), epoch, restored_to);
    const fresh = [...lost, ...half].map((one) => ({ ...one, ...NOTHING, ack: null, manifest: one.bare ? [] : one.manifest })); // photos of nobody are not kept
    for (const one of fresh) of("outbox").put(one);
    for (const { id } of lost) of("receipts").delete(id);
    of("meta").put({ name: "epoch", value: epoch });
    return fresh;
  });
  for (const item of fresh) tell(news(item));
}
