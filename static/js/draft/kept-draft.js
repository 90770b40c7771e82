// <kept-draft> around a form: what is typed survives a reload and a lost line; without it the form
// posts by itself. The sentences come with the page, on the script that loads this module.

import { canonical, hex, pause, verdict } from "../rules/submission.js";
import { digest, provable, read, remove, send, sweep, write } from "./wire.js";

const words = document.getElementById("draft-words").dataset;
const FORTNIGHT = 14 * 86_400_000;
const TYPED = "input:not([type=hidden], [type=file], [type=password], [name=website]), textarea, select";
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const newKey = () => hex(crypto.getRandomValues(new Uint8Array(16)));

class KeptDraft extends HTMLElement {
  connectedCallback() {
    const form = (this.form = this.querySelector("form"));
    if (!form) return; // a step that is a link to a page of its own
    this.name = `${this.getAttribute("owner")}${new URL(form.action).pathname}#${form.id}`;
    this.key = form.elements.submission_key;
    this.captured = form.elements.captured_at ?? {};
    if (!this.hasAttribute("refilled")) this.restore(read(this.name));
    form.addEventListener("input", () => this.later());
    form.addEventListener("change", () => this.keep());
    form.addEventListener("invalid", (event) => this.incomplete(event), true);
    form.addEventListener("click", (event) => (this.clicked = event.target.closest("button"))); // Safari before 15.4
    form.addEventListener("submit", (event) => this.submit(event));
    addEventListener("pagehide", () => this.keep());
    addEventListener("pageshow", (event) => event.persisted && this.renew());
    addEventListener("online", () => this.waiting && this.attempt());
  }

  keep() {
    clearTimeout(this.timer);
    if (this.done) return;
    const typed = [...this.form.querySelectorAll(TYPED)].filter(changed)
      .map((field) => [field.name, isChoice(field) ? field.checked : field.value, field.value]);
    const photos = this.form.querySelector("[type=file]:not([capture])")?.files.length ?? 0;
    if (typed.length || photos)
      write(this.name, { at: Date.now(), key: this.key.value, captured: this.captured.value, posted: this.posted, typed, photos });
    else remove(this.name);
  }

  later() {
    this.waiting = false; // other words are another submission: the person sends them
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 400);
  }

  restore(draft) {
    if (!draft) return;
    this.form.dispatchEvent(new CustomEvent("draft-names", { detail: draft.typed.map(([name]) => name) })); // rows come first
    for (const [name, value, choice] of draft.typed) {
      const field = [...this.form.querySelectorAll(TYPED)].find((one) => one.name === name && (!isChoice(one) || one.value === choice));
      if (!field || changed(field)) continue;
      field[isChoice(field) ? "checked" : "value"] = value;
      field.closest("details")?.setAttribute("open", "");
    }
    this.key.value = draft.key; // if it did arrive, it is found again
    this.captured.value = draft.captured;
    const time = new Date(draft.at).toLocaleTimeString([], { timeStyle: "short" });
    const discard = make("button", { type: "button", textContent: words.discard, onclick: () => this.discard() });
    this.offer = make("p", { className: "draft__kept", textContent: `${words.kept.replace("{time}", time)} ${draft.photos ? words.photos : ""} ` });
    this.offer.append(discard);
    this.form.prepend(this.offer);
  }

  discard() {
    this.form.reset();
    this.offer.remove();
    this.renew();
    this.keep();
  }

  renew() {
    this.done = this.busy = this.waiting = this.posted = false;
    this.key.value = newKey();
    this.captured.value = "";
  }

  incomplete(event) {
    event.preventDefault();
    if (event.target === this.form.querySelector(":invalid:not(fieldset)"))
      this.show([{ field: event.target.name, sentence: this.getAttribute("missing") ?? words.missing }]);
  }

  submit(event) {
    if ((event.submitter ?? this.clicked)?.formNoValidate) return this.askBack();
    if (this.busy || this.done) return event.preventDefault();
    this.captured.value ||= new Date().toISOString();
    this.posted = !provable;
    this.keep();
    if (this.posted) return;
    event.preventDefault();
    this.submitter = event.submitter ?? this.clicked;
    this.tries = 0;
    this.attempt();
  }

  askBack() { // one row more: the page comes back with everything typed, nothing is sent for good
    this.done = true;
    remove(this.name);
  }

  async attempt() {
    if (this.busy) return;
    this.busy = true;
    this.waiting = false;
    clearTimeout(this.again);
    this.clear();
    this.say(words.sending, "busy");
    const form = new FormData(this.form);
    if (this.submitter?.name) form.set(this.submitter.name, this.submitter.value);
    const key = this.key.value;
    let answer = {};
    try {
      const sha256 = hex(await digest(new TextEncoder().encode(canonical(await pairs(form)))));
      answer = await send(this.form.action, form, key, (percent) => this.say(`${words.sending} ${percent} %`, "busy"));
      Object.assign(answer, { sha256 });
    } catch { /* no line: the empty answer is a lost one */ }
    this.busy = false;
    this.heard(verdict({ ...answer, key }));
  }

  heard({ kind, location, list, renew, sentence }) {
    if (kind === "sent") return this.leave(location);
    if (renew) this.key.value = newKey();
    if (kind === "mistakes") return this.show(renew ? [...list, { sentence: words.again }] : list);
    this.say(sentence ?? words.lost, "wrong");
    this.waiting = kind === "lost";
    if (this.waiting) this.again = setTimeout(() => this.waiting && this.attempt(), 1000 * pause(++this.tries));
  }

  leave(location) {
    this.done = true;
    remove(this.name);
    this.say(words.sent, "done");
    const target = new URL(location, this.form.action);
    if (target.origin === window.location.origin) window.location.assign(target);
  }

  say(text, kind) {
    this.line ??= this.form.appendChild(make("p", { role: "status" }));
    this.line.className = `draft__said draft__said--${kind}`;
    this.line.textContent = text;
    if (text) this.line.scrollIntoView({ block: "nearest" });
  }

  show(list) {
    this.clear();
    this.say(list.filter((one) => !this.mark(one)).map((one) => one.sentence).join(" "), "wrong");
    const first = this.form.querySelector("[aria-invalid]");
    first?.focus({ preventScroll: true });
    first?.closest(".field").scrollIntoView({ block: "center" });
  }

  mark({ field, sentence }) {
    const control = [...this.form.querySelectorAll(`${TYPED}, [type=file]`)].find((one) => one.name === field);
    const box = control?.closest(".field");
    if (!box) return false;
    box.closest("details")?.setAttribute("open", "");
    box.classList.add("field--wrong");
    const said = make("p", { className: "field__error", id: `${control.id}-said`, textContent: sentence });
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", said.id);
    box.querySelector(".field__label").after(said);
    return true;
  }

  clear() {
    const all = (selector, act) => this.form.querySelectorAll(selector).forEach(act);
    all(".field__error", (said) => said.remove());
    all(".field--wrong", (box) => box.classList.remove("field--wrong"));
    all("[aria-invalid]", (one) => one.removeAttribute("aria-invalid"));
  }
}

function changed(field) {
  if (isChoice(field)) return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return field.value !== field.defaultValue;
}

async function pairs(form) {
  const found = [];
  for (const [name, value] of form)
    if (typeof value === "string") found.push([name, value.replace(/\r\n?/g, "\n")]); // as the line carries it
    else if (value.name) found.push([name, hex(await digest(await value.arrayBuffer()))]);
  return found;
}

const here = new URL(location.href);
const arrived = here.searchParams.has("said");
sweep(({ at = 0, posted }) => (arrived && posted) || Date.now() - at > FORTNIGHT);
here.searchParams.delete("said"); // said once: neither a reload nor a bookmark says it again
if (arrived) history.replaceState(history.state, "", here);
customElements.define("kept-draft", KeptDraft);
