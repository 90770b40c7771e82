// The browser's store, line and fields, as visit-form needs them.

import { device } from "../draft/wire.js";
import { numberOf } from "../rules/visit.js";

const tried = (act) => {
  try {
    return act();
  } catch {
    return null; // a private window may have no storage: the form works all the same
  }
};

export const recalled = (name) => tried(() => localStorage.getItem(`visit:${name}`));
export const remember = (name, value) => tried(() => localStorage.setItem(`visit:${name}`, value));
export const forget = (name) => tried(() => localStorage.removeItem(`visit:${name}`));

/** Let another device go on with the words of a form; null when the line is lost. Its photos stay here. */
export async function saveWords(url, form) {
  const typed = [...form].filter(([name, value]) => typeof value === "string" && name !== "submission_key");
  const pairs = [...typed, ["draft_device", device()]];
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const headers = { Accept: "application/json", "Idempotency-Key": key };
  try {
    const answer = await fetch(url, { method: "POST", headers, body: new URLSearchParams(pairs), redirect: "manual" });
    const body = await answer.json();
    return body.ack === key || body.refused ? body : null;
  } catch {
    return null;
  }
}

/** The day on this device's clock, as 2026-12-31. */
export function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

const tree = (box) => (box?.dataset.if ? JSON.parse(box.dataset.if) : null);
const limit = (text) => (text === undefined ? null : Number(text));

/** What the page says of an item, read once from its box. */
export function itemOf(box) {
  const facts = box.dataset;
  return {
    box,
    key: box.id.slice(2),
    kind: facts.t,
    label: box.querySelector("legend")?.firstChild.textContent.trim() ?? "",
    part: box.closest(".asks").querySelector("h2")?.textContent ?? "",
    tree: tree(box),
    section: tree(box.closest(".asks")),
    constraint: facts.c ? JSON.parse(facts.c) : null,
    low: limit(facts.lo),
    high: limit(facts.hi),
    weight: Number(facts.w ?? 1),
    critical: "x" in facts,
    photo: "p" in facts,
    required: !("o" in facts) && facts.t !== "note",
    unit: facts.u ?? "",
    options: [...box.querySelectorAll(".opts [data-if]")].map((label) => ({ label, tree: tree(label) })),
    fields: [...box.querySelectorAll("input, textarea, select")],
  };
}

const photos = (fields, name) =>
  fields.filter((one) => one.name === name).reduce((sum, one) => sum + (one.files?.length ?? 0), 0);

/** What stands in the fields of an item: {value, off, reason, photos, nophoto, fixed, joins}. */
export function answerOf({ key, kind, unit, fields, box }) {
  const text = (name) => fields.find((one) => one.name === `${name}-${key}`)?.value ?? "";
  const ticked = (name) => fields.filter((one) => one.name === `${name}-${key}` && one.checked).map((one) => one.value);
  return {
    value: valueOf(kind, unit, ticked("a"), text("a")),
    off: ticked("off").length > 0,
    reason: text("na"),
    photos: photos(fields, `photos-${key}`) + box.querySelectorAll(".found [name=kept]:checked").length,
    nophoto: text("nophoto"),
    fixed: ticked("fixed")[0] === "1",
    joins: text("joins"),
  };
}

function valueOf(kind, unit, ticked, text) {
  if (kind === "level") return ticked.length ? Number(ticked[0]) : null;
  if (kind === "choices") return ticked;
  if (kind === "pass_fail" || kind === "choice") return ticked[0] ?? "";
  if (kind === "number" || kind === "count") return text.trim() ? numberOf(text, kind, unit) : "";
  return text.trim();
}
