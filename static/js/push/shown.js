// Imported by the service worker: shows what is pushed, and does what a tap on it asks for.
//
// A push always ends in a notification, also when nobody can read it and when there is no line.
// "Acknowledge" is posted as the queue posts it for one row: number and the version that was told,
// so what moved on meanwhile is refused, and category and priority stay as they are. It is sent in
// the name of who was told (Tandem-Actor); signed out, somebody else's phone, no line, refused:
// the action's page opens at its form. So there is one write path, and nothing is said done that
// the server has not confirmed for this very row.

import { allDone, shown, shows, tapped } from "../rules/notice.js";
import { led } from "./receipts.js";

const SILENCE = 10_000;
const worker = globalThis;
const { origin } = worker.location;

worker.addEventListener("push", (event) => event.waitUntil(show(event.data)));

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(act(event.action, event.notification));
});

async function show(data) {
  const { title, options } = shown(textOf(data), origin);
  try {
    await worker.registration.showNotification(title, options);
  } catch {
    await worker.registration.showNotification(title, { body: options.body, data: options.data });
  }
}

function textOf(data) {
  try {
    return data.text();
  } catch {
    return ""; // a push without a payload
  }
}

async function act(action, { title, tag, data }) {
  const { form, otherwise, open: address } = tapped(action, data, origin);
  if (!form) return open(new URL((await led(tag).catch(() => null)) ?? address, origin).href);
  if (!(await posted(form).catch(() => false))) return open(otherwise);
  return worker.registration.showNotification(title, { body: form.said, tag, data: { navigate: data.navigate } });
}

async function posted(form) {
  const key = crypto.randomUUID();
  const answer = await fetch(form.url, {
    method: "POST",
    credentials: "include",
    headers: { Accept: "application/json", "Idempotency-Key": key, "Tandem-Actor": form.actor },
    body: new URLSearchParams(form.pairs),
    signal: AbortSignal.timeout(SILENCE),
  });
  const said = await answer.json();
  if (!answer.ok || said.ack !== key) return false;
  const outcome = await fetch(said.location, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(SILENCE) });
  return outcome.ok && allDone((await outcome.json()).results);
}

async function open(address) {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => shows(page.url, address));
  if (!there) return worker.clients.openWindow(address);
  // To its form, if it is ours to lead; and a page that cannot be brought to the front is opened anew.
  if (there.url !== address && address.includes("#")) await there.navigate(address).catch(() => {});
  return there.focus().catch(() => worker.clients.openWindow(address));
}
