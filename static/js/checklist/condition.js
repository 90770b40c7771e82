// "Only if [item] [is] [value]" in front of the field that holds the condition in full.

import { readCondition, writeCondition } from "../rules/checklist.js";

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const option = (value, label) => make("option", { value, textContent: label });
const LEVELS = ["5", "4", "3", "2", "1"];

export class Condition {
  constructor(place, field, words) {
    this.place = place;
    this.field = field;
    this.words = words;
    this.full = field.closest(".field");
    this.row = make("div", { className: "entry__builder" });
    this.legend = make("span", { className: "field__label", textContent: this.full.querySelector("label").textContent });
    this.item = this.select(words.item);
    this.sign = this.select(words.sign);
    this.value = make("span", { className: "entry__value" });
    this.more = make("button", { type: "button", className: "button button--quiet", textContent: words.full });
    this.more.onclick = () => this.inFull(true);
    this.item.onchange = () => this.chosen();
    this.sign.onchange = () => this.write();
    this.row.append(this.legend, this.item, this.sign, this.value, this.more);
    place.prepend(this.row);
  }

  select(label) {
    const made = make("select", { className: "input" });
    made.setAttribute("aria-label", label);
    return made;
  }

  /** With the items there are now; what cannot be said in three choices stays as it is written. */
  show(items) {
    this.items = items;
    const now = this.field.value.trim() ? readCondition(this.field.value) : { name: "", sign: "=", value: "" };
    this.inFull(!now || (now.name && !items.some((one) => one.key === now.name)));
    if (!this.full.hidden) return;
    this.item.replaceChildren(option("", this.words.always), ...items.map((one) => option(one.key, one.label)));
    this.item.value = now.name;
    this.signs(now.sign === "!=" && now.value === "" ? "answered" : now.sign);
    this.values(now.value);
  }

  get about() {
    return this.items.find((one) => one.key === this.item.value);
  }

  inFull(full) {
    this.full.hidden = !full;
    this.row.hidden = full;
    if (full && document.activeElement === this.more) this.field.focus();
  }

  chosen() {
    this.signs(this.about?.kind === "level" ? "<=" : "=");
    this.values(this.about?.kind === "pass_fail" ? "fail" : "2");
    this.write();
  }

  signs(chosen) {
    const { words } = this;
    const ordered = ["level", "number", "count"].includes(this.about?.kind);
    const offered = [["=", words.is], ["!=", words.isnot], ...(ordered ? [["<=", words.most], [">=", words.least]] : []), ["answered", words.answered]];
    this.sign.replaceChildren(...offered.map((one) => option(...one)));
    this.sign.value = chosen;
    this.sign.hidden = !this.about;
  }

  values(chosen) {
    const { words, about } = this;
    const known = { pass_fail: [["pass", words.pass], ["fail", words.fail]], level: LEVELS.map((one) => [one, one]), choice: about?.options, choices: about?.options }[about?.kind];
    const control = known ? this.select(words.value) : make("input", { className: "input" });
    if (known) control.append(...known.map((one) => option(...one)));
    control.setAttribute("aria-label", words.value);
    control.value = chosen;
    if (known && control.selectedIndex < 0) control.selectedIndex = 0;
    control.oninput = control.onchange = () => this.write();
    this.value.replaceChildren(control);
    this.value.hidden = !about || this.sign.value === "answered";
  }

  write() {
    const { about, sign } = this;
    this.value.hidden = !about || sign.value === "answered";
    const said = sign.value === "answered" ? { sign: "!=", value: "" } : { sign: sign.value, value: this.value.firstChild.value };
    this.field.value = about ? writeCondition({ name: about.key, ...said }, about.kind) : "";
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
