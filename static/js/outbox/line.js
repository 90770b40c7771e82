// The line: forms, parts of photos, and whether we are reached at all. Whatever is not JSON of ours
// comes back with `body: null`; a line that is lost or silent as status 0.

import { overdue } from "../rules/outbox.js";

const SILENCE = 45_000; // ms without a byte, after which the line is given up
const PROBE = 5_000;
const nobody = (actor) => (actor ? "same-origin" : "omit");
const seconds = (text) => (/^\d+$/.test(text ?? "") ? Number(text) : 0);
const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const underWay = new Set(); // {since, bytes, stop}: forms and parts that no answer came to yet

/** Since when the oldest of them is under way, in ms; Infinity when none is. */
export const hanging = () => Math.min(...[...underWay].map(({ since }) => since));

/**
 * Give up what was sent before a moment, and forms that are overdue on a line that just answered
 * within `took` ms: where the line was gone no answer ever comes. How many were given up.
 */
export function hangUp(moment, took) {
  const over = [...underWay].filter(({ since, bytes }) => since < moment || overdue({ waited: Date.now() - since, bytes, took }));
  for (const one of over) one.stop();
  return over.length;
}

async function answered(url, options) {
  try {
    const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(SILENCE), ...options });
    return { status: answer.status, body: parsed(await answer.text()), retryAfter: seconds(answer.headers.get("Retry-After")) };
  } catch {
    return { status: 0, body: null, retryAfter: 0 };
  }
}

async function given(url, options) {
  const stopping = new AbortController();
  const silence = setTimeout(() => stopping.abort(), SILENCE);
  const one = { since: Date.now(), bytes: String(options.body).length, stop: () => stopping.abort() };
  underWay.add(one);
  const answer = await answered(url, { ...options, signal: stopping.signal });
  underWay.delete(one);
  clearTimeout(silence);
  return answer;
}

/** Post a form as `actor` ("" is nobody, then without cookies) under its key, with how wrong the clock was. */
export const post = ({ url, id, actor, clock_offset }, pairs) =>
  given(url, {
    method: "POST",
    headers: { Accept: "application/json", "Idempotency-Key": id, "Tandem-Actor": actor, ...(Number.isFinite(clock_offset) && { "Tandem-Clock": String(clock_offset) }) },
    credentials: nobody(actor),
    body: new URLSearchParams(pairs),
  });

/** What is at an address of ours. */
export const look = (url, actor = "") => answered(url, { headers: { Accept: "application/json" }, credentials: nobody(actor) });

/** Who answers `/reach`, or null: a captive portal does not know the nonce. */
export async function reached(actor) {
  const nonce = crypto.getRandomValues(new Uint32Array(2)).join("");
  const { body } = await answered(`/reach?nonce=${nonce}`, {
    headers: { Accept: "application/json" },
    credentials: nobody(actor),
    signal: AbortSignal.timeout(PROBE),
  });
  return body?.nonce === nonce ? body : null;
}

/** Send one part of a photo from `offset` on; `heard(bytes)` follows it. Fetch cannot say how far it is. */
export const patch = (url, offset, data, heard) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const one = { since: Date.now(), bytes: Infinity, stop: () => request.abort() }; // may be on its way for long
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), SILENCE);
    };
    request.open("PATCH", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Upload-Offset", String(offset));
    request.upload.onprogress = ({ loaded }) => {
      alive();
      heard(loaded);
    };
    request.onprogress = alive;
    request.onloadend = () => {
      clearTimeout(timer);
      underWay.delete(one);
      resolve({ status: request.status, body: parsed(request.responseText), retryAfter: seconds(request.getResponseHeader("Retry-After")) });
    };
    alive();
    underWay.add(one);
    request.send(data);
  });
