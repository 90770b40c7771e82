// What is said of a thing that waits on a phone. No DOM, no store, no network.

const moment = (value) => (typeof value === "string" ? Date.parse(value) : (value ?? 0));
const SAID_ELSEWHERE = new Set(["submission_key", "lang", "website", "photo", "kept", "version", "revision", "captured_at", "scan", "next"]);

/**
 * Where a thing stands: {name, words, at?, …}. name: draft queued sending needs_you refused sent, one
 * word and one colour each; words: which sentence; the rest fills its holes.
 */
export function standing(item, now) {
  const state = item.state ?? "draft";
  return { name: state, ...SAYS[state](item, now) };
}

const SAYS = {
  draft: ({ at }) => ({ words: "draft", at: moment(at) }),
  queued: ({ next_try }, now) => (moment(next_try) > now ? { words: "queued-at", at: moment(next_try) } : { words: "queued" }),
  sending: ({ progress }) => (progress?.photo ? { ...progress, words: "sending-photo" } : { words: "sending" }),
  needs_you: ({ last_error }) => ({ words: NEEDS[last_error?.code] ?? "choose" }),
  refused: ({ last_error, ack, manifest = [] }) => ({ words: "refused", sentence: sentences({ last_error }).join(" "), photos: ack && manifest.length ? (ack.missing?.length ? "coming" : "attached") : "" }),
  sent: ({ sent_at, ack }) => ({ words: ack?.number ? "sent-number" : "sent", at: moment(sent_at), number: ack?.number ?? "" }),
};
const NEEDS = { sign_in: "needs-sign-in", photo_missing: "needs-photo-missing", too_large: "needs-too-large" };

/** The server's own sentences about a thing, each once. */
export function sentences({ last_error }) {
  const list = (last_error?.refused ?? []).map(({ sentence }) => sentence);
  return [...new Set(list.length ? list : [last_error?.sentence])].filter(Boolean);
}

/** What a person wrote, as pairs [label or "", text]; what only the page needed is left out. */
export function written({ typed_words, typed, draft, pairs = [] }) {
  if (typed_words) return typed_words;
  const own = (typed ?? draft?.typed)?.map(([, value, choice]) => (typeof value === "string" ? value : value && choice));
  const all = pairs.filter(([name, value]) => !SAID_ELSEWHERE.has(name) && /\p{L}/u.test(value)).map(([, value]) => value);
  return (own ?? all).filter(Boolean).map((text) => ["", text]);
}

/** What a phone says of itself: {unsent, oldest (seconds), drafts, held: ["slug;unsent;oldest"…]}. */
export function report(items, drafts, now) {
  const unsent = items.filter(({ state }) => state !== "refused");
  const of = new Map();
  for (const one of unsent) of.set(one.contract ?? "", [...(of.get(one.contract ?? "") ?? []), one]);
  of.delete("");
  const oldest = (some) => Math.max(0, ...some.map(({ device_time }) => Math.round((now - moment(device_time)) / 1000)));
  return { unsent: unsent.length, oldest: oldest(unsent), drafts: drafts.length, held: [...of].map(([slug, some]) => [slug, some.length, oldest(some)].join(";")) };
}

const MEGABYTE = 1_048_576;

/** How much room there is: {used, free} in whole megabytes, and whether it is `short`. */
export function room({ usage = 0, quota = 0 }) {
  const free = Math.max(0, quota - usage);
  return { used: Math.ceil(usage / MEGABYTE), free: Math.floor(free / MEGABYTE), short: quota > 0 && free < 50 * MEGABYTE };
}

/** What goes into a file of its own: `said(item)` gives the standing in words. Names are ours alone. */
export function contents(things, said, head) {
  const photos = new Map(things.flatMap(({ manifest, photos }) => manifest ?? photos ?? []).map((one) => [one.sha256, `photos/${one.sha256}${ENDS[one.type] ?? ".bin"}`]));
  const paragraphs = things.map((one) => [
    `${one.title || one.page || one.url || ""}`,
    said(one),
    ...written(one).map(([label, text]) => (label ? `${label}: ${text}` : text)),
    ...(one.manifest ?? one.photos ?? []).map(({ sha256, name }) => `${photos.get(sha256)}${name ? ` (${name})` : ""}`),
  ]);
  const named = things.map((one) => ({ ...one, files: (one.manifest ?? one.photos ?? []).map(({ sha256 }) => photos.get(sha256)) }));
  return { photos, index: [head, ...paragraphs.map((lines) => lines.join("\n"))].join("\n\n") + "\n", items: JSON.stringify(named, null, 1) };
}
const ENDS = { "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic" };
