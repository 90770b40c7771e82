// A hand-held scanner types what it reads, faster than people, and ends with Enter. Pure.

const FASTEST_FINGER = 50; // ms between keys; scanners need 1 to 30
const LONGEST = 300; // characters of an address

/** What was typed so far, after one more key at `at` (ms): {typed, at, read}; `read` with the last. */
export function typed(before, key, at) {
  const fresh = !before || at - before.at > FASTEST_FINGER;
  const so = fresh ? "" : before.typed;
  if (key === "Enter") return { typed: "", at, read: so.length >= 12 ? so : "" };
  if (key.length !== 1) return { typed: key === "Shift" ? so : "", at, read: "" };
  return { typed: (so + key).slice(-LONGEST), at, read: "" };
}
