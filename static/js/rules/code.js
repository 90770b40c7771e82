// What a code says. Pure; tests/vectors/codes.json binds this to qr/payload.py.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ALIKE = { O: "0", I: "1", L: "1" };
// Spelled out as in Python, where \s means something else.
const FILLING = /[\t\n\r \u00a0\u2000-\u200a\u202f\u3000\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\-\u2010-\u2015\u2212]/g;
const DOOR = /^.*\/q\/([^/?#]*)(?:[/?#].*)?$/is;

const timesAlpha = (element) => (element << 1) ^ (element & 16 ? 0x25 : 0);

/** A code as scanned, pasted or typed: {code}, or {wrong: "not_a_code" | "typing_mistake"}. */
export function read(text) {
  const said = (DOOR.exec(text)?.[1] ?? text).replace(FILLING, "");
  const code = [...said].map((one) => ALIKE[upper(one)] ?? upper(one)).join("");
  if (code.length !== 12 || [...code].some((one) => !ALPHABET.includes(one))) return { wrong: "not_a_code" };
  const rest = [...code].reduce((total, one) => timesAlpha(total) ^ ALPHABET.indexOf(one), 0);
  return rest ? { wrong: "typing_mistake" } : { code };
}

/** Only the letters we know: ſ and ı would become S and I. */
const upper = (one) => (one >= "a" && one <= "z" ? one.toUpperCase() : one);

/**
 * What a scanned text is: {code} of ours; {foreign, host} for an address that is not ours, also one
 * that carries a code of ours; {foreign} for anything else. `hosts`: every name we ever had.
 */
export function scanned(text, hosts) {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(text.trim())?.[1]?.toLowerCase();
  const { code } = read(text);
  if (code && (host === undefined || hosts.includes(host))) return { code };
  return { foreign: true, host };
}

/** Spelled as it is printed: 7KX2-M9QF-4TDH. */
export const grouped = (code) => code.match(/.{4}/g).join("-");
