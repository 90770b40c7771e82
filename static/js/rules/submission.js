// What makes two submissions the same, and what an answer to one means. No DOM, no network.
// tests/vectors/content_sha256.json binds canonical() to inspection/idempotency.py.

const NOT_CONTENT = ["submission_key", "lang"];

/** The text whose SHA-256 names a submission: its pairs form-encoded, sorted, joined by "&". */
export function canonical(pairs) {
  return pairs
    .filter(([name]) => !NOT_CONTENT.includes(name))
    .map((pair) => new URLSearchParams([pair.map((text) => text.replace(/\r\n/g, "\n"))]).toString())
    .sort()
    .join("&");
}

/** Bytes of a buffer as hexadecimal digits. */
export const hex = (buffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * What an answer says: {kind, …}. sent: kept there, go on to `location`. mistakes: `list` of
 * {field, sentence}; `renew` when the key was used for other words. stopped: `sentence`, another
 * try is of no use. lost: whatever answered was not us or not well; try the same key again.
 */
export function verdict({ status, body, key, sha256 }) {
  if (status < 300 && body?.ack === key && body.sha256 === sha256 && body.location)
    return { kind: "sent", location: withWord(body.location, body.said) };
  if (status >= 400 && Array.isArray(body?.refused))
    return { kind: "mistakes", list: body.refused, renew: body.refused.some((one) => one.code === "form.sent_before") };
  const stopped = status >= 400 && status < 500 && status !== 429 && body?.error;
  return { kind: stopped ? "stopped" : "lost", sentence: (status >= 400 && body?.error) || undefined };
}

function withWord(location, said) {
  const [path, anchor] = location.split("#");
  return path + (said ? `${path.includes("?") ? "&" : "?"}said=${said}` : "") + (anchor ? `#${anchor}` : "");
}

/** Seconds before try number `tries` (from 1): 3, 6, 12 … at most 60. */
export const pause = (tries) => Math.min(60, 3 * 2 ** (tries - 1));
