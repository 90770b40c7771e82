// <kept-draft> around a form: what is typed and photographed survives a reload, a crash, an empty
// battery. Sending is the outbox's; without it the form posts by itself and the draft stays until
// the page after it says that it arrived. The sentences come with the page, on the script of this module.

import { show, spoken } from "../outbox/form.js";
import { bequeath, device, draft, dropDraft, elsewhere, inherited, keepDraft, photo, putAside, takeOver } from "./wire.js";

const words = document.getElementById("draft-words").dataset;
const QUIET = 400; // ms after the first key that is not kept
const TYPED = "input:not([type=hidden], [type=file], [type=password], [name=website]), textarea, select";
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const clock = (at) => new Date(at).toLocaleTimeString([], { timeStyle: "short" });

class KeptDraft extends HTMLElement {
  connectedCallback() {
    const form = (this.form = this.querySelector("form"));
    if (!form) return; // a step that is a link to a page of its own
    this.name = `${this.getAttribute("owner")}${new URL(form.action).pathname}#${form.id}`;
    this.key = form.elements.submission_key;
    this.captured = form.elements.captured_at ?? {};
    this.stands = this.hasAttribute("there") && !this.hasAttribute("refilled") ? this.bared() : null;
    this.restored = this.recall().catch(() => {});
    form.addEventListener("input", () => this.later());
    form.addEventListener("change", () => this.keep());
    form.addEventListener("photo-kept", () => this.keep());
    form.addEventListener("invalid", (event) => this.incomplete(event), true);
    form.addEventListener("submit", (event) => this.submit(event));
    addEventListener("pagehide", () => this.timer && this.keep(true));
    addEventListener("pageshow", (event) => event.persisted && this.renew());
    elsewhere(this.name, () => this.told());
  }

  // ------------------------------------------------------------ kept as typed

  snapshot() {
    const typed = [...this.form.querySelectorAll(TYPED)].filter(changed)
      .map((field) => [field.name, isChoice(field) ? field.checked : field.value, field.value]);
    const photos = [...this.form.querySelectorAll("photo-shrink")].flatMap((one) => one.manifest ?? []).filter(({ sha256 }) => sha256);
    return { name: this.name, typed, photos, from: this.from, step: this.step };
  }

  keep(leaving = false) {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.done || this.busy) return;
    const { typed, photos } = this.snapshot();
    if (!typed.length && !photos.length) return this.wrote || this.from ? this.drop() : undefined;
    this.wrote = true;
    const typed_words = spoken(this.form, new Set(typed.map(([name]) => name)));
    const draft = { at: Date.now(), key: this.key.value, captured: this.captured.value, typed, typed_words, photos, step: this.step };
    if (leaving) bequeath(this.name, draft);
    return keepDraft(this.name, draft).then(() => this.own(), () => {});
  }

  /** While somebody types on and on as well: no more than a moment of it can be lost. */
  later() {
    this.timer ??= setTimeout(() => this.keep(), QUIET);
  }

  /** Where in the form somebody is; kept with what is typed there, once something is. */
  at(step) {
    if (this.step === step) return;
    this.step = step;
    if (this.wrote || this.from) this.later();
  }

  /** The row it went on from is ours now, unless another tab still writes it. */
  own() {
    if (!this.from) return;
    takeOver(this.from).catch(() => {});
    this.from = null;
  }

  drop() {
    const from = this.from;
    this.from = null;
    return dropDraft(this.name, from).catch(() => {});
  }

  // ------------------------------------------------------------ and back again

  /** What the server sent may have been kept by some device, {at, on, by}: it counts as typed, as a draft of its own. */
  bared() {
    bare([...this.form.querySelectorAll(TYPED)]);
    return { ...JSON.parse(this.getAttribute("there")), typed: this.snapshot().typed, photos: [] };
  }

  /** A draft of this phone takes the place of what the server sent; words of another device are offered beside it. */
  instead(found) {
    const { stands } = this;
    const was = new Set(stands.typed.map((one) => JSON.stringify(one)));
    const since = this.snapshot().typed.filter((one) => !was.has(JSON.stringify(one)));
    for (const field of this.form.querySelectorAll(TYPED)) if (changed(field)) emptied(field);
    this.lay(since);
    this.undecided = Boolean(stands.at) && stands.by !== device() && JSON.stringify(stands.typed) !== JSON.stringify(found.typed);
    return this.undecided ? { ...found, others: [...found.others, stands] } : found;
  }

  async recall() {
    const old = inherited(this.name);
    if (this.hasAttribute("refilled")) return;
    const stored = await draft(this.name).catch(() => null);
    const found = old && old.at > (stored?.at ?? 0) ? { ...old, others: stored?.others ?? [] } : stored;
    if (!found) return;
    this.from = stored && { name: stored.name, at: stored.at };
    await this.restore(this.stands ? this.instead(found) : found);
  }

  lay(typed) {
    for (const [name, value, choice] of typed) {
      const field = [...this.form.querySelectorAll(TYPED)].find((one) => one.name === name && (!isChoice(one) || one.value === choice));
      if (!field || changed(field)) continue;
      field[isChoice(field) ? "checked" : "value"] = value;
      field.dispatchEvent(new CustomEvent("draft-restored", { bubbles: true }));
      field.closest("details")?.setAttribute("open", "");
    }
  }

  async restore(found) {
    this.form.dispatchEvent(new CustomEvent("draft-names", { detail: found.typed.map(([name]) => name) })); // rows come first
    this.lay(found.typed);
    this.step = found.step ?? this.step;
    if (found.key) this.key.value = found.key; // if it did arrive, it is found again
    if (found.captured) this.captured.value = found.captured;
    const lost = await this.restorePhotos(found.photos ?? []);
    this.offer(found, lost);
  }

  async restorePhotos(entries) {
    if (!entries.length) return 0;
    await customElements.whenDefined("photo-shrink");
    let lost = 0;
    for (const shrink of this.form.querySelectorAll("photo-shrink")) {
      const pairs = [];
      for (const { sha256, bytes, type, field, name } of entries.filter(({ field }) => field === shrink.input?.name)) {
        const blob = await photo(sha256).catch(() => null);
        if (blob) pairs.push([new File([blob], name, { type }), { sha256, bytes, type }]);
        else lost += 1;
      }
      if (pairs.length && !shrink.chosen?.length) shrink.restore(pairs);
    }
    return lost;
  }

  offer({ at, others }, lost) {
    this.note?.remove();
    const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });
    this.note = make("p", { className: "draft__kept", textContent: `${words.kept.replace("{time}", clock(at))} ${lost ? words.photos : ""} ` });
    this.note.append(button(words.discard, () => this.discard()));
    const said = ({ at: then, on }) => (on === undefined ? words.other : words.device.replace("{device}", on)).replace("{time}", clock(then));
    for (const other of others ?? []) this.note.append(" ", button(said(other), () => this.exchange(other)));
    if (this.undecided) this.note.append(" ", button(words.mine, () => this.decide({ at, others: others.filter((one) => one !== this.stands) })));
    this.form.prepend(this.note);
  }

  /** Between these words and those of another device: these it is. */
  decide(found) {
    this.undecided = false;
    this.offer(found, 0);
    this.form.dispatchEvent(new CustomEvent("draft-restored"));
  }

  /** The words of another tab or device in the place of these; these are kept as they are. */
  async exchange(other) {
    await this.keep();
    const { others, ...mine } = (await draft(this.name)) ?? {};
    if (mine.name) await putAside(this.name, mine);
    this.form.reset();
    this.from = null;
    this.undecided = false; // only now: until here the words of before would be saved over theirs
    await this.restore({ ...other, others: [mine, ...(others ?? [])].filter((one) => one.name && one.name !== other.name) });
    await this.keep();
  }

  told() {
    if (this.warned || this.done) return;
    this.warned = true;
    this.form.prepend(make("p", { className: "draft__kept", role: "status", textContent: words.elsewhere }));
  }

  discard() {
    this.form.reset();
    this.note.remove();
    this.drop();
    this.undecided = false;
    if (this.stands) this.lay(this.stands.typed);
    this.renew();
  }

  renew() {
    inherited(this.name); // the page was not left after all
    this.done = this.busy = false;
    this.captured.value = "";
  }

  // ------------------------------------------------------------ sending is the outbox's

  incomplete(event) {
    event.preventDefault();
    if (event.target === this.form.querySelector(":invalid:not(fieldset)"))
      show(this.form, [{ field: event.target.name, sentence: this.getAttribute("missing") ?? words.missing }]);
  }

  submit(event) {
    if (event.submitter?.formNoValidate) return this.askBack();
    this.captured.value ||= new Date().toISOString();
    this.keep();
  }

  askBack() { // one row more: the page comes back with everything typed, nothing is sent for good
    this.done = true;
    this.drop();
  }
}

function changed(field) {
  if (isChoice(field)) return field.checked !== field.defaultChecked;
  if (field.options && !field.multiple) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
  if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return field.value !== field.defaultValue;
}

/** Nothing is the default of every field; what stands in them stays. */
function bare(fields) {
  const typed = fields.filter(({ name }) => name !== "kept");
  const were = typed.map((field) => (isChoice(field) ? field.checked : field.options ? field.selectedIndex : field.value));
  for (const field of typed)
    if (isChoice(field)) field.defaultChecked = field.type === "radio" && field.value === "";
    else if (field.options) for (const option of field.options) option.defaultSelected = false;
    else field.defaultValue = "";
  for (const [n, field] of typed.entries()) field[isChoice(field) ? "checked" : field.options ? "selectedIndex" : "value"] = were[n];
}

function emptied(field) {
  if (isChoice(field)) field.checked = field.defaultChecked;
  else if (field.options) field.selectedIndex = 0;
  else field.value = field.defaultValue;
  field.dispatchEvent(new CustomEvent("draft-restored", { bubbles: true }));
}

customElements.define("kept-draft", KeptDraft);
