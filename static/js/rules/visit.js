// What the answers of a visit say: which items are asked, what is a finding, the score so far. No DOM,
// no network. The server decides; tests/vectors/visits.json binds this to inspection/rules/checklist.py
// and inspection/rules/scoring.py.

import { holds } from "./expression.js";

const MEETS = 4;
const BELOW = 2;
const FAILS = 1;
const LIMITED = ["number", "count"];

/**
 * The keys of what is asked. `items`: {key, tree, section} with the conditions of the item and of its
 * section (null: always); `answers`: by key {value, off}. What is not asked answers nothing either.
 */
export function asked(items, answers, today = "") {
  let shown = new Set(items.map(({ key }) => key));
  for (const _ of items) {
    const values = valuesOf(answers, shown, today);
    const next = new Set(items.filter(({ tree, section }) => [tree, section].every((one) => !one || holds(one, values))).map(({ key }) => key));
    const same = next.size === shown.size && [...next].every((key) => shown.has(key));
    shown = next;
    if (same) break;
  }
  return shown;
}

/** What conditions see: the answers of items that are asked and applicable. */
export function valuesOf(answers, shown, today = "") {
  const values = { "today()": today };
  for (const [key, { value, off }] of Object.entries(answers)) if (shown.has(key) && !off) values[key] = value;
  return values;
}

/**
 * What an answer says: {verdict, level, outside}. `item`: {kind, low, high, constraint, critical};
 * `answer`: {value, off, photos}.
 */
export function judged(item, answer, values) {
  const said = (verdict, level = null, outside = false) => ({ verdict, level, outside });
  if (answer.off) return said("not_applicable");
  if (item.kind === "note") return said("noted");
  if (item.kind === "photo" ? !answer.photos : empty(answer.value)) return said("open");
  const outside = isOutside(item, answer.value, values);
  const level = levelOf(item, answer.value, outside);
  return said(verdictOf(level), level, outside);
}

const empty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

function isOutside({ kind, low, high, constraint }, value, values) {
  if (LIMITED.includes(kind)) {
    if (typeof value !== "number") return true; // typed, and no number: kept and marked
    if ((low !== null && value < low) || (high !== null && value > high)) return true;
  }
  return Boolean(constraint) && !holds(constraint, values, value);
}

function levelOf({ kind, low, high, constraint, critical }, value, outside) {
  if (kind === "level") return value;
  const limited = LIMITED.includes(kind) && (low !== null || high !== null);
  if (kind !== "pass_fail" && !limited && !constraint && !outside) return null;
  if (!outside && value !== "fail") return MEETS;
  return critical ? FAILS : BELOW;
}

function verdictOf(level) {
  if (level === null) return "noted";
  if (level <= BELOW) return "not_met";
  return level < MEETS ? "observation" : "met";
}

/**
 * What keeps an answer from being submitted: "open", "noreason", "nophoto" or "".
 * `item`: {required, photo}; `answer` with {reason, photos, nophoto}.
 */
export function missing(item, answer, verdict) {
  if (verdict === "open" && item.required) return "open";
  if (verdict === "not_applicable" && !answer.reason.trim()) return "noreason";
  const wanted = verdict === "not_met" && item.photo && !answer.photos;
  return wanted && !answer.nophoto.trim() ? "nophoto" : "";
}

/**
 * The score so far: {percent, level, capped}, null when nothing is rated. `rated`: {level, weight,
 * critical}; `scale`: {level, anchor, from}, best first. `percent` has one decimal and never shows
 * the range of a better level.
 */
export function score(rated, scale) {
  const total = rated.reduce((sum, { weight }) => sum + weight, 0);
  if (!total) return null;
  const anchor = (level) => scale.find((one) => one.level === level).anchor;
  const hundredths = Math.floor((rated.reduce((sum, { level, weight }) => sum + anchor(level) * weight, 0) * 100) / total);
  const at = (percent) => scale.find(({ from }) => percent >= from).level;
  const by = at(hundredths / 100);
  const critical = rated.some(({ level, critical }) => critical && level <= BELOW);
  const near = Math.floor((hundredths + 5) / 10) / 10;
  return {
    percent: at(near) === by ? near : Math.floor(hundredths / 10) / 10,
    level: critical ? Math.min(by, BELOW) : by,
    capped: critical && by > BELOW,
  };
}

/** A number as typed, with comma or point, its unit or none; the text itself where it is none. */
export function numberOf(text, kind, unit = "") {
  const plain = text.trim().replace("\u2212", "-");
  const bare = unit && plain.endsWith(unit) ? plain.slice(0, -unit.length).trimEnd() : plain;
  const good = kind === "count" ? /^\d{1,15}$/.test(plain) : /^[+-]?(?:\d{1,15}(?:[.,]\d{0,9})?|[.,]\d{1,9})$/.test(bare);
  return good ? Number((kind === "count" ? plain : bare).replace(",", ".")) : text.trim();
}
