// Whether this browser is told, from what it and the server know. No DOM, no network.

/**
 * on · off (never asked for) · lost (was on; the browser or its maker ended it) · renew (subscribe
 * again unasked: another key of the server, or the same person signed in once more) · denied ·
 * install (iOS tells only what stands on the home screen) · unable.
 *
 * `hash`, `key`: of the browser's own subscription, "" without one; `known`: {key, on, asleep} as
 * the server said, null when it was not asked.
 */
export function standing({ able, ios, permission, wasOn, hash, key, known }) {
  if (!able) return ios ? "install" : "unable";
  if (permission === "denied") return "denied";
  if (permission !== "granted" || !known) return wasOn ? "lost" : "off";
  const { on, asleep } = known;
  if (on.includes(hash)) return key === known.key ? "on" : "renew";
  if (asleep.includes(hash) || (wasOn && hash && key !== known.key)) return "renew";
  return wasOn ? "lost" : "off";
}

/** Bytes of base64 as addresses carry it, and back. */
export const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
export const base64 = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
