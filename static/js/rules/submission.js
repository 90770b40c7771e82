// What makes two submissions the same, and what an answer to one means. No DOM, no network.
// tests/vectors/content_sha256.json binds canonical() to inspection/idempotency.py.

const NOT_CONTENT = ["submission_key", "lang", "after"];
const EARLY = "form.too_early"; // what it was made after has not arrived
const FOLLOWS = "photo"; // names a picture that comes after the form; counts as the file it stands for

/** The text whose SHA-256 names a submission: its pairs form-encoded, sorted, joined by "&". */
export function canonical(pairs) {
  return pairs
    .filter(([name]) => !NOT_CONTENT.includes(name))
    .map(([name, value]) => (name === FOLLOWS ? [value.slice(value.lastIndexOf(";") + 1), value.split(";")[0]] : [name, value]))
    .map((pair) => new URLSearchParams([pair.map((text) => text.replace(/\r\n/g, "\n"))]).toString())
    .sort()
    .join("&");
}

/** How a form names a picture that follows it. */
export const entry = ({ sha256, bytes, type, field }) => [FOLLOWS, `${sha256};${bytes};${/^[\w.+/-]{0,80}$/.test(type) ? type : ""};${field}`];

/** What is posted of an item: what was typed, its photos by name, and the one it was made after. */
export const posted = ({ pairs, manifest, after }) => [...pairs, ...manifest.map(entry), ...(after ? [["after", after]] : [])];

/** Bytes of a buffer as hexadecimal digits. */
export const hex = (buffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * What an answer says, as {state, code, sentence, refused}. acked: it is there (also when it is held
 * for a look). refused: it is there, and was not applied. needs_you: a person must do something;
 * code "sign_in", "too_large", or that of the first refusal. queued: whatever answered was not us
 * ("lost") or not able to ("busy"), or it came before the one it follows; the same again later. shrink: smaller photos may pass.
 */
export function verdict({ status = 0, body = null, key, sha256, photos = 0 }) {
  if (status >= 200 && status < 300 && body?.ack === key && body.sha256 === sha256) return { state: "acked", code: "", sentence: "", refused: [] };
  const refused = status >= 400 && Array.isArray(body?.refused) ? body.refused : [];
  const said = (state, code) => ({ state, code, sentence: refused[0]?.sentence ?? body?.error ?? "", refused });
  if (status === 409 && refused[0]?.code === EARLY) return said("queued", EARLY);
  if (status === 409 && refused.length) return said("refused", refused[0].code);
  if (status === 413) return said(photos ? "shrink" : "needs_you", "too_large");
  if (status === 429 || status >= 500) return said("queued", "busy");
  if (refused.length) return said("needs_you", refused[0].code);
  if (status === 401 && body?.error) return said("needs_you", "sign_in");
  if (status >= 400 && body?.error) return said("needs_you", "stopped");
  return { state: "queued", code: "lost", sentence: "", refused: [] };
}

/** Where an acknowledged form goes on: its address with the word of what was done. */
export function onward({ location, said }) {
  const [path, anchor] = location.split("#");
  return path + (said ? `${path.includes("?") ? "&" : "?"}said=${said}` : "") + (anchor ? `#${anchor}` : "");
}
