// Every form that changes something goes through the outbox: frozen, sent at once, and gone on from
// when it is there. A form with data-now, a browser that keeps nothing: these post plainly.

import { onward } from "../rules/submission.js";
import { arrived, back, changes, discard, finish, items, keepPhoto, keeps, me, posted, ready, settled } from "./box.js";
import { clear, freeze, say, show, spoken } from "./form.js";
import { reached } from "./line.js";

const words = document.getElementById("outbox-words").dataset;
const PATIENCE = 3000; // ms without an answer until a form says that it waits
const ANSWERED = new Set(["busy", "form.too_early"]); // there is a line: it is not signal that it waits for
const SHRINKING = 1500; // ms a photo is given to become smaller
const plain = new WeakSet(); // forms that post by themselves
const busy = new WeakSet();
const refused = new WeakMap(); // by form: the item that was not applied
const typedIn = new Set();
const link = (href, textContent) => Object.assign(document.createElement("a"), { href, textContent });
const kept = (form) => form.closest("kept-draft");
const given = (form, name) => form.getAttribute(name); // form.action may be a field
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

let able = null; // not known yet
let clicked = null; // Safari before 15.4 does not say which button it was
ready.then((can) => (able = can));

addEventListener("click", ({ target }) => (clicked = target.closest?.("button, [type=submit]") ?? null), true);
addEventListener("input", ({ target }) => target.form && typedIn.add(target.form), true);
addEventListener("submit", (event) => {
  const form = event.target;
  const submitter = event.submitter ?? (clicked?.form === form ? clicked : null);
  if (event.defaultPrevented) return;
  if (!ours(form, submitter)) return kept(form) && posted(kept(form).name);
  event.preventDefault();
  if (busy.has(form)) return; // a second tap
  busy.add(form);
  take(form, submitter).catch(() => unkept(form, submitter));
});

const ours = (form, submitter) =>
  able !== false && !plain.has(form) && given(form, "method")?.toLowerCase() === "post" && !("now" in form.dataset) && !submitter?.formNoValidate;

/** The store failed, or there is none: the form goes as it would without any script. */
function plainly(form, submitter) {
  busy.delete(form);
  plain.add(form);
  freeze(form, false);
  if (form.isConnected) form.requestSubmit(submitter?.isConnected ? submitter : undefined);
}

/** It does not fit on this phone: without a line the page stays as it is, or the browser would leave it. */
async function unkept(form, submitter) {
  if (await reached(me.actor)) return plainly(form, submitter);
  release(form);
  say(form, words.unkept, "wrong");
}

/** The form is the person's again. */
function release(form) {
  freeze(form, false);
  busy.delete(form);
  if (kept(form)) Object.assign(kept(form), { busy: false, done: false });
  return kept(form)?.keep();
}

// ---------------------------------------------------------------- freezing

/** Freeze a form and follow it; photos that cannot be kept are left out only when the person has `agreed` to each. */
async function take(form, submitter, agreed = new Set()) {
  clear(form);
  say(form, words.sending, "busy");
  const draft = kept(form);
  if (draft) draft.busy = true;
  if (!(await ready)) return plainly(form, submitter);
  await Promise.race([sleep(SHRINKING), Promise.all([...form.querySelectorAll("photo-shrink")].map((one) => one.working))]);
  const fields = fieldsOf(form, submitter);
  const pairs = [...fields].filter(([, value]) => typeof value === "string");
  const { photos, left } = await stored([...fields].filter(([, value]) => value.name), agreed);
  if (left.length) return ask(form, submitter, left, agreed);
  const item = await finish({
    url: submitter?.getAttribute("formaction") ?? given(form, "action") ?? location.href,
    pairs, photos, typed_words: spoken(form, new Set(pairs.map(([name]) => name))), title: titleOf(form, submitter), kind: form.dataset.kind ?? kindOf(form), after: form.dataset.after ?? null,
    version: pairs.find(([name]) => name === "version")?.[1] ?? null,
    draft: draft?.snapshot() ?? null, replaces: refused.get(form) ?? null,
  });
  await follow(form, item);
}

const fileOf = ({ name, size, lastModified }) => `${name} ${size} ${lastModified}`;

/** Files as {photos: entries of a manifest, left: [{file, full}…] that this phone could not keep}. */
async function stored(files, agreed) {
  const photos = [];
  const left = [];
  for (const [field, value] of files) {
    try {
      photos.push({ ...(await keepPhoto(value)), field, name: value.name });
    } catch (error) {
      if (!agreed.has(fileOf(value))) left.push({ file: fileOf(value), full: error.name !== "NotReadableError" });
    }
  }
  return { photos, left };
}

/** Whether it goes without the photos that could not be kept; until that is decided the form is theirs. */
async function ask(form, submitter, left, agreed) {
  await release(form);
  const go = (textContent, more) => {
    const onclick = () => {
      if (busy.has(form) || !form.reportValidity()) return;
      busy.add(form);
      take(form, submitter, new Set([...agreed, ...more])).catch(() => unkept(form, submitter));
    };
    return Object.assign(document.createElement("button"), { type: "button", className: "button", textContent, onclick });
  };
  const files = left.map(({ file }) => file);
  say(form, left.some(({ full }) => full) ? words.short : words.photo_missing, "wrong", go(words.without, files), go(words.tryAgain, []));
}

function fieldsOf(form, submitter) {
  const captured = form.elements.namedItem("captured_at");
  if (captured) captured.value = new Date().toISOString();
  const data = new FormData(form);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  data.delete("submission_key"); // the item has a key of its own
  return data;
}

const kindOf = (form) => new URL(given(form, "action") ?? "", location.href).pathname.split("/").filter((part) => part && !/^\d+$/.test(part)).at(-1) ?? "";
const titleOf = (form, submitter) => form.dataset.title ?? [document.querySelector("h1")?.textContent, submitter?.textContent].map((text) => text?.trim()).filter(Boolean).join(" · ");

// ---------------------------------------------------------------- following

/** Until the first answer, or until it says that it waits; then, on this page, until it is there. */
async function follow(form, item) {
  let news = await settled(item.id, PATIENCE);
  while (news.state === "queued" || news.state === "waiting" || news.state === "replaced") {
    if (news.by) item = { ...item, id: news.by };
    else if (waits(form, news)) return await instead(form, item);
    news = await settled(item.id, 2 ** 31 - 1);
  }
  await heard(form, news);
}

/** Say that it is kept. True when the page is left for what is done without a line. */
function waits(form, { code, item }) {
  freeze(form, true);
  const onwardTo = form.dataset.onward ? [link(form.dataset.onward, form.dataset.onwardWords)] : [];
  const why = ANSWERED.has(code) ? words.later : words.saved;
  say(form, me.actor ? why : `${why} ${words.open}`, "kept", ...onwardTo);
  form.dispatchEvent(new CustomEvent("outbox-saved", { bubbles: true, detail: { item } }));
  return Boolean(form.dataset.offline) && !ANSWERED.has(code);
}

/** What cannot be begun without a line is begun by the form kept here, which takes the place of this one. */
async function instead(form, item) {
  await discard(item.id);
  location.assign(form.dataset.offline);
}

async function heard(form, news) {
  const { state, code, item } = news;
  if (state === "acked") return await accompany(form, item);
  if (state === "sent") return leave(form, item);
  if (state === "refused") return await again(form, item.last_error.refused, () => refused.set(form, item.id));
  if (code === "sign_in") {
    freeze(form, true);
    return say(form, words.signIn, "kept", link(`/sign-in?next=${encodeURIComponent(item.page)}`, words.signInWords));
  }
  const list = item.last_error.refused.length ? item.last_error.refused : [{ sentence: item.last_error.sentence || words[code] || words.stopped }];
  return await again(form, list, () => asWas(form, item));
}

/** A mistake was said beside its field: the words are in the form again; a tap without any is over. */
async function asWas(form, item) {
  if (item.draft) return await back(item.id);
  if (item.typed_words?.length || item.manifest.length) return refused.set(form, item.id);
  return await discard(item.id);
}

/** The person is still at the form: what was typed is theirs again. */
async function again(form, list, act) {
  await act();
  release(form);
  show(form, list);
}

/** The words are there; on a good line the photos are too before the page is left. */
async function accompany(form, item) {
  const until = Date.now() + PATIENCE;
  for (let news = { item, state: "acked" }; news.state !== "sent" && item.manifest.length && Date.now() < until; ) {
    if (news.progress) say(form, progressWords(news.progress), "busy");
    news = await settled(item.id, until - Date.now());
  }
  leave(form, item);
}

const progressWords = (progress) => `${words.photo.replace(/\{(\w+)\}/g, (_, name) => progress[name])}, ${progress.percent} %`;

function leave(form, item) {
  const target = new URL(onward(item.ack), location.href);
  const elsewhere = [...typedIn].some((one) => one !== form && one.isConnected);
  if (target.origin !== location.origin) return;
  if (elsewhere && form.classList.contains("is-kept")) return say(form, words.received, "done", link(target.href, words.show));
  say(form, words.received, "done");
  if (target.pathname + target.search !== location.pathname + location.search) return location.assign(target);
  history.replaceState(history.state, "", target);
  return location.reload();
}

// ---------------------------------------------------------------- the page

addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const form of document.forms) {
    busy.delete(form);
    freeze(form, false);
    say(form, "", "done");
  }
});

const line = Object.assign(document.createElement("p"), { className: "draft__kept", role: "status" });
const notice = (text, ...more) => {
  line.replaceChildren(text, ...more.flatMap((one) => [" ", one]));
  if (!line.isConnected) document.getElementById("main").prepend(line);
};

/** On a page without a bar that counts: what still waits of somebody whom nobody knows. */
async function accompanied({ progress, state, item } = {}) {
  if ([...document.forms].some((form) => busy.has(form))) return; // said there
  const waiting = await items();
  const going = waiting.some((one) => one.state === "sending") ? words.sending : words.saved;
  if (waiting.length) return notice(progress ? progressWords(progress) : going, words.open);
  if (!line.isConnected || state !== "sent") return;
  notice(words.received);
  const shown = new URL(item.ack.location, location.href).pathname === location.pathname;
  if (shown && !typedIn.size) location.reload(); // its photos can be seen now
}

if (!me.actor) {
  changes.addEventListener("change", ({ detail }) => accompanied(detail).catch(() => {}));
  ready.then((can) => can && accompanied()).catch(() => {});
}

changes.addEventListener("outdated", () => notice(words.outdated, link(location.href, words.reload)), { once: true });
keeps.then((can) => can || addEventListener("input", ({ target }) => given(target.form ?? target, "method") && say(target.form, words.unkept, "kept"), { once: true }));

const here = new URL(location.href);
const said = here.searchParams.has("said");
here.searchParams.delete("said"); // said once: neither a reload nor a bookmark says it again
if (said) history.replaceState(history.state, "", here);
arrived(said).catch(() => {});
