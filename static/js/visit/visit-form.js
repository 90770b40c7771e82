// <visit-form> around the form of a visit: one item at a time or all on a page, what is asked because
// of other answers, progress, and what is left before it is submitted. Nothing here waits for the line;
// without this script the same form is one long page.

import { say, show } from "../outbox/form.js";
import { asked, judged, missing, valuesOf } from "../rules/visit.js";
import { drawn } from "./visit-summary.js";
import { answerOf, forget, itemOf, recalled, remember, saveWords, today } from "./wire.js";

const PAUSE = 350; // ms in which a chosen answer is seen before it goes on
const QUIET = 5000; // ms after the last answer before the words are kept for another device
const make = (tag, properties, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};
const filled = (text, values) => text.replace(/\{(\w)\}/g, (_, name) => values[name]);

class VisitForm extends HTMLElement {
  connectedCallback() {
    this.words = JSON.parse(this.dataset.words);
    this.form = this.querySelector("form");
    if (!this.form) return;
    this.end = this.querySelector(".end");
    this.scale = [...this.querySelectorAll("#scale [data-level]")].map(({ dataset: { level, anchor, from } }) => ({ level: Number(level), anchor: Number(anchor), from: Number(from) }));
    this.items = [...this.querySelectorAll(".item")].map(itemOf);
    this.answers = Object.fromEntries(this.items.map((item) => [item.key, answerOf(item)]));
    this.name();
    this.furnish();
    this.listen();
    this.recall();
    customElements.whenDefined("kept-draft").then(() => this.draft?.restored).then(() => this.again());
  }

  get draft() {
    return this.querySelector("kept-draft");
  }

  /** Controls that a mistake may stand beside need a name of their own; boxes can take the focus. */
  name() {
    for (const { box, fields } of this.items) {
      box.tabIndex = -1;
      for (const [n, field] of fields.entries()) field.id ||= `${box.id}-${n}`;
    }
  }

  furnish() {
    const button = (className, textContent, onclick) => make("button", { type: "button", className: `button ${className}`, textContent, onclick });
    this.bar = make("progress", { max: 1, value: 0 });
    this.bar.setAttribute("aria-label", filled(this.words.progress, { n: "", m: "" }).trim());
    this.count = make("span", { className: "small number" });
    this.mode = button("button--quiet", "", () => this.turn(!this.one));
    this.onward = make("input", { type: "checkbox", className: "check__box", checked: recalled("onward") === "1" });
    this.onward.onchange = () => remember("onward", this.onward.checked ? "1" : "");
    this.tools = make("div", { className: "tools" }, this.bar, this.count, this.mode);
    this.form.querySelector(".asks").before(this.tools);
    this.back = button("", this.words.back, () => this.step(-1));
    this.next = button("button--primary", this.words.next, () => this.step(1));
    this.place = make("span", { className: "number" });
    this.live = make("p", { className: "visually-hidden", role: "status" });
    this.append(make("div", { className: "thumb" }, this.back, this.place, this.next), this.live);
    this.sums = this.querySelector(".end__sums");
    this.sums.hidden = false;
    this.keeper = this.querySelector(".keep");
    this.keeper.hidden = false;
    this.began = this.form.elements.began_at;
    this.began.value ||= recalled(`began:${this.visit}`) ?? "";
    this.keeper.after(make("label", { className: "check small onward" }, this.onward, make("span", { textContent: this.words.tap })));
    this.classList.add("is-on");
  }

  listen() {
    this.form.addEventListener("input", (event) => this.changed(event));
    this.form.addEventListener("change", (event) => this.changed(event));
    this.form.addEventListener("click", (event) => this.tapped(event));
    this.form.addEventListener("keydown", (event) => this.pressed(event));
    this.form.addEventListener("formdata", ({ formData }) => lean(formData, this.items));
    this.keeper.addEventListener("click", (event) => this.keep(event));
    this.form.addEventListener("draft-restored", () => this.later());
    this.form.addEventListener("submit", (event) => event.submitter?.formNoValidate || forget(`began:${this.visit}`));
    this.addEventListener("outbox-saved", () => this.classList.add("is-saved"));
    document.addEventListener("visibilitychange", () => document.hidden && this.unsaved && this.save());
    addEventListener("pageshow", (event) => event.persisted && this.look());
    const newly = ({ oldValue, target }) => oldValue === null && target.hasAttribute("aria-invalid");
    new MutationObserver((all) => all.some(newly) && this.mistaken()).observe(this.form, { subtree: true, attributeFilter: ["aria-invalid"], attributeOldValue: true });
  }

  /** Where this phone was when it was put away. */
  recall(at = (this.was = recalled(`at:${this.visit}`))) {
    this.one = recalled("mode") !== "all";
    this.look();
    const wrong = this.items.find(({ box }) => box.classList.contains("field--wrong"));
    const first = this.steps().find((step) => step === at) ?? this.steps()[0];
    this.turn(this.one, wrong?.key ?? first);
  }

  /** A draft came back: answers, and with them what is asked. */
  again() {
    for (const item of this.items) this.answers[item.key] = answerOf(item);
    this.look();
    if (this.moved) return;
    this.recall(this.draft?.step ?? this.was);
  }

  later() {
    this.unsaved = true;
    clearTimeout(this.restoring);
    this.restoring = setTimeout(() => this.again());
  }

  // ------------------------------------------------------------ answers

  changed({ target, type }) {
    const box = target.closest(".item");
    const item = this.items.find((one) => one.box === box);
    if (!item || (type === "change" && target.type !== "file")) return; // the same was heard as input
    this.answers[item.key] = answerOf(item);
    box.classList.remove("field--wrong");
    for (const said of box.querySelectorAll(".field__error")) said.remove();
    for (const one of box.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    this.touched();
    this.look();
  }

  /** When it was begun by this phone's clock; and a little later the words are kept for another device. */
  touched() {
    if (!this.began.value) remember(`began:${this.visit}`, (this.began.value = new Date().toISOString()));
    this.unsaved = true;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.save(), QUIET);
  }

  /** Follow every answer: what is asked, what is a finding, how far it is. */
  look() {
    const shown = asked(this.items, this.answers, today());
    const values = valuesOf(this.answers, shown, today());
    for (const item of this.items) this.mark(item, shown.has(item.key), values);
    for (const part of this.querySelectorAll(".asks")) part.hidden = !part.querySelector(".item:not([hidden])");
    this.showProgress();
    this.sum();
  }

  /** The summary is drawn when it is there to be seen: at its step, or on the long page after a pause. */
  sum() {
    clearTimeout(this.summing);
    const draw = () => this.sums.replaceChildren(...drawn(this));
    if (this.at === "end") draw();
    else if (!this.one) this.summing = setTimeout(draw, QUIET / 10);
  }

  mark(item, isAsked, values) {
    const { box, key } = item;
    item.asked = isAsked;
    box.hidden = !isAsked;
    if ("disabled" in box) box.disabled = !isAsked;
    Object.assign(item, judged(item, this.answers[key], values));
    item.missing = isAsked ? missing(item, this.answers[key], item.verdict) : "";
    box.classList.toggle("is-bad", item.verdict === "not_met");
    const out = box.querySelector(".item__out");
    if (out && out.hidden === item.outside) {
      out.hidden = !item.outside;
      if (item.outside) this.live.textContent = out.textContent;
    }
    for (const { label, tree } of item.options) {
      label.hidden = !asked([{ key, tree, section: null }], { ...this.answers }, today()).has(key);
      label.firstChild.disabled = label.hidden;
    }
  }

  get answerable() {
    return this.items.filter(({ asked, kind }) => asked && kind !== "note");
  }

  showProgress() {
    const all = this.answerable;
    const done = all.filter(({ verdict }) => verdict !== "open").length;
    this.bar.max = all.length || 1;
    this.bar.value = done;
    this.count.textContent = filled(this.words.progress, { n: done, m: all.length });
    this.showPlace();
  }

  // ------------------------------------------------------------ going through

  steps() {
    return [...this.items.filter(({ asked }) => asked).map(({ key }) => key), "end"];
  }

  box(step) {
    return step === "end" ? this.end : this.items.find(({ key }) => key === step).box;
  }

  turn(one, to = this.at) {
    this.one = one;
    remember("mode", one ? "one" : "all");
    this.classList.toggle("is-one", one);
    this.next.classList.toggle("button--primary", one);
    this.mode.textContent = one ? this.words.all : this.words.one;
    this.at = to;
    this.here();
    if (!one && to !== this.steps()[0]) this.box(to).scrollIntoView({ block: "center" });
  }

  here() {
    for (const box of this.querySelectorAll(".is-here, .has-here")) box.classList.remove("is-here", "has-here");
    const box = this.box(this.at);
    box.classList.add("is-here");
    box.closest(".asks")?.classList.add("has-here");
    remember(`at:${this.visit}`, this.at);
    this.draft?.at?.(this.at); // none where a checklist is tried
    this.showPlace();
    this.sum();
  }

  showPlace() {
    const steps = this.steps();
    const n = steps.indexOf(this.at);
    this.back.hidden = !this.one || n <= 0;
    this.next.hidden = this.at === "end" && this.one;
    this.next.textContent = this.one && n < steps.length - 2 ? this.words.next : this.words.sum;
    this.place.textContent = this.one && this.at !== "end" ? filled(this.words.step, { n: n + 1, m: steps.length - 1 }) : "";
  }

  step(by) {
    if (!this.one) return this.go("end");
    const steps = this.steps();
    this.go(steps[Math.max(0, Math.min(steps.length - 1, steps.indexOf(this.at) + by))]);
  }

  /** Show a step and put the focus there, on `control` where one is meant. */
  go(step, control = null) {
    this.at = step;
    this.moved = true;
    this.here();
    const box = this.box(step);
    const to = control ?? (step === "end" ? box.querySelector("h2") : box);
    to.focus({ preventScroll: true });
    if (this.one && !control) scrollTo({ top: this.tools.getBoundingClientRect().top + scrollY - 8 });
    else box.scrollIntoView({ block: step === "end" ? "start" : "center" });
    this.live.textContent = `${this.place.textContent} ${this.count.textContent}`;
  }

  tapped(event) {
    if (!this.one || !this.onward.checked || !event.detail || event.target.type !== "radio") return;
    const item = this.items.find(({ key }) => key === this.at);
    if (event.target.name !== `a-${this.at}`) return;
    setTimeout(() => this.at === item.key && item.verdict === "met" && this.step(1), PAUSE);
  }

  pressed(event) {
    if (event.key !== "Enter" || !event.target.matches("input:not([type=checkbox], [type=radio], [type=file])")) return;
    event.preventDefault(); // a phone's "go" must not submit the inspection
    if (this.one && event.target.closest(".item")) this.step(1);
  }

  mistaken() {
    const first = this.form.querySelector("[aria-invalid]");
    const item = first && this.items.find(({ box }) => box.contains(first));
    if (item) this.go(item.key, first);
  }

  // ------------------------------------------------------------ kept

  get visit() {
    return this.getAttribute("visit");
  }

  /** Of a visit that was begun there, the words go along for another device; its photos wait here. */
  async save() {
    clearTimeout(this.quiet);
    if (!this.keeper.form || this.keeper.type !== "submit" || this.draft.busy || this.draft.done || this.draft.undecided) return null;
    this.unsaved = false;
    return await saveWords(this.keeper.formAction, new FormData(this.form));
  }

  /** Kept on this phone whatever the line does. */
  async keep(event) {
    event.preventDefault();
    say(this.form, this.words.keeping, "busy");
    await this.draft.keep();
    const there = await this.save();
    if (there?.location) return location.assign(there.location);
    if (there?.refused) return show(this.form, there.refused);
    say(this.form, this.words.here, "kept", make("a", { href: this.form.dataset.onward, textContent: this.form.dataset.onwardWords }));
  }
}

/** What is empty need not travel: a form of 200 items has 1,500 fields. What is put right joins nothing. */
function lean(data, items) {
  for (const { key } of items) if (data.get(`fixed-${key}`) === "1") data.delete(`joins-${key}`);
  for (const name of new Set(data.keys())) {
    const full = data.getAll(name).filter((value) => (typeof value === "string" ? value : value.name));
    data.delete(name);
    for (const value of full) data.append(name, value);
  }
}

customElements.define("visit-form", VisitForm);
