// The browser's permission, its subscription, and what the server knows of it.

import { look, post } from "../outbox/line.js";
import { base64, bytes, standing } from "../rules/subscription.js";
import { hex } from "../rules/submission.js";

const PATIENCE = 60_000; // a first worker takes its whole shell along
const { actor } = document.documentElement.dataset;
const able = () => isSecureContext && Boolean(crypto.subtle) && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const ios = () => /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const sha256 = async (text) => hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

// What was decided here, by whom and for what: hashed, so that the next person cannot read it.
const name = async (what, address) => `push:${await sha256(`${what} ${actor} ${address}`)}`;
const tried = (act) => {
  try {
    return act();
  } catch {
    return null; // a private window may have no storage
  }
};

/** Whether `what` ("on", "later") was decided here for `address`; decide it, or take it back. */
export async function decided(what, address) {
  const key = await name(what, address);
  return tried(() => localStorage.getItem(key)) === "1";
}
export async function decide(what, address, yes = true) {
  const key = await name(what, address);
  tried(() => (yes ? localStorage.setItem(key, "1") : localStorage.removeItem(key)));
}

/** Where it stands: see rules/subscription.js. The server is asked only where there is a reason to. */
export async function state(address) {
  const wasOn = able() && (await decided("on", address));
  const permission = able() ? Notification.permission : "";
  const facts = { able: able(), ios: ios(), permission, wasOn, hash: "", key: "", known: null };
  const subscription = permission === "granted" ? await current() : null;
  if (subscription || (wasOn && permission === "granted")) {
    facts.known = (await look(address, actor)).body;
    if (!facts.known?.key) return "unknown"; // no line: nothing is said that is not known
  }
  if (subscription) Object.assign(facts, await traits(subscription));
  return standing(facts);
}

/** Ask the browser's permission; only from a tap. */
export const permitted = async () => (await Notification.requestPermission()) === "granted";

/** Subscribe and tell the server; the sentence of its refusal, if it has one. Rejects without a line. */
export async function subscribe(address) {
  const known = (await look(address, actor)).body;
  if (!known?.key) throw new Error("no line");
  const { pushManager } = await worker();
  const before = await pushManager.getSubscription();
  if (before && (await isSpent(before, known, address))) await before.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(known.key) });
  const { p256dh, auth } = made.toJSON().keys;
  return told(address, [["endpoint", made.endpoint], ["p256dh", p256dh], ["auth", auth]], true);
}

/** Let the server forget this browser for `address`. */
export async function unsubscribe(address) {
  const subscription = await current();
  if (!subscription) return decide("on", address, false);
  return told(`${address}/removal`, [["endpoint", subscription.endpoint]], false, address);
}

/** Whether nothing comes that way any more: made for another key, or dropped by the server. */
async function isSpent(subscription, known, address) {
  const { hash, key } = await traits(subscription);
  const dropped = ![...known.on, ...known.asleep].includes(hash) && (await decided("on", address));
  return key !== known.key || dropped;
}

async function told(url, pairs, on, address = url) {
  const id = crypto.randomUUID();
  const { body } = await post({ url, id, actor }, pairs);
  if (body?.refused) return body.refused[0].sentence;
  if (body?.ack !== id) throw new Error("no line");
  await decide("on", address, on);
  return "";
}

const traits = async ({ endpoint, options }) => ({
  hash: await sha256(endpoint),
  key: options?.applicationServerKey ? base64(options.applicationServerKey) : "",
});

const current = async () => (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription() ?? null;

// Hazard: `ready` waits for ever when the worker cannot be installed.
const late = () => new Promise((_, fail) => setTimeout(() => fail(new Error("no worker")), PATIENCE));

async function worker() {
  await navigator.serviceWorker.register("/sw.js", { type: "module" });
  return Promise.race([navigator.serviceWorker.ready, late()]);
}
