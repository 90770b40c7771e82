// <checklist-editor> in the form of a checklist: rows come, go and move where they stand. Without it
// the same form works by its places and boxes. The server reads the order from the places.

import { keyOf, readOptions } from "../rules/checklist.js";
import { Condition } from "./condition.js";

const STEP = 10;

class ChecklistEditor extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector(".entries");
    this.live = this.querySelector("[data-live]");
    this.classList.add("is-on");
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("keydown", (event) => this.typed(event));
    this.addEventListener("change", ({ target }) => this.changed(target));
    this.addEventListener("toggle", ({ target }) => target.open && this.opened(target), true);
    this.list.addEventListener("pointerdown", (event) => this.drag(event));
    this.closest("form").addEventListener("formdata", ({ formData }) => lean(formData));
    this.closest("form").addEventListener("draft-names", ({ detail }) => this.expect(detail));
    this.querySelectorAll(".entry__more[open]").forEach((one) => this.opened(one));
    this.count();
    const [first, second] = this.items;
    if (first && !second && !this.field(first, "label").value) this.focusOn(first);
  }

  // ---------------------------------------------------------------- rows

  get rows() {
    return [...this.list.children];
  }

  get items() {
    return this.rows.filter((row) => row.dataset.row === "items" && !row.classList.contains("is-removed"));
  }

  field(row, name) {
    return row.querySelector(`[name="${row.dataset.row}-${row.dataset.name}-${name}"]`);
  }

  called(row) {
    const { value, placeholder } = this.field(row, row.dataset.row === "items" ? "label" : "title");
    const words = value.trim() || placeholder;
    return words.length > 60 ? `${words.slice(0, 60)}…` : words || this.dataset.unnamed;
  }

  fresh(prefix, name) {
    const html = this.querySelector(`template[data-new="${prefix}"]`).innerHTML;
    const used = this.rows.filter((row) => row.dataset.row === prefix).map((row) => Number(row.dataset.name) || 0);
    const made = document.createElement("template");
    made.innerHTML = html.replaceAll("~N~", name ?? Math.max(-1, ...used) + 1);
    return made.content.firstElementChild;
  }

  add(prefix, after = this.list.lastElementChild) {
    const row = this.fresh(prefix);
    const above = this.itemAbove(after);
    if (after) after.after(row);
    else this.list.append(row);
    if (prefix === "items") {
      const kind = above && this.field(above, "kind").value;
      if (kind === "level" || kind === "pass_fail") this.field(row, "kind").value = kind; // others need more
      if (!above) this.field(row, "requirement").value = "";
    }
    this.placed();
    this.focusOn(row);
    if (prefix === "items") this.say(this.dataset.added.replace("{n}", this.items.indexOf(row) + 1));
    return row;
  }

  itemAbove(row) {
    while (row && (row.dataset.row !== "items" || row.classList.contains("is-removed"))) row = row.previousElementSibling;
    return row;
  }

  copy(row) {
    const made = this.fresh("items");
    for (const field of made.querySelectorAll("[name]")) {
      const source = this.field(row, field.name.replace(/^items-[^-]+-/, ""));
      if (!source || source.type === "file") continue;
      if (field.type === "checkbox") field.checked = source.checked;
      else field.value = source.value;
    }
    this.field(made, "key").value = "";
    const picture = row.querySelector(".entry__picture img");
    if (picture) made.querySelector(".entry__picture .field__label").after(picture.cloneNode());
    row.after(made);
    this.retell(made);
    this.placed();
    this.focusOn(made);
    this.field(made, "label").select();
    this.say(this.dataset.added.replace("{n}", this.items.indexOf(made) + 1));
  }

  remove(row, gone) {
    row.classList.toggle("is-removed", gone);
    this.field(row, "remove").checked = gone;
    const said = this.dataset[gone ? "removed" : "back"].replace("{what}", this.called(row));
    row.querySelector(".entry__gone > span").textContent = said;
    this.placed();
    this.say(said);
    if (gone) row.querySelector("[data-do=undo]").focus();
    else this.focusOn(row);
  }

  focusOn(row) {
    const field = this.field(row, row.dataset.row === "items" ? "label" : "title");
    field.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // ---------------------------------------------------------------- places

  // The moved row stays in the page and its neighbours pass it: so the focus and a grip stay.
  move(row, up) {
    if (row.dataset.row === "sections") return this.moveSection(row, up);
    const other = this.beside(row, up);
    if (!other) return;
    if (up) row.after(other);
    else row.before(other);
    this.moved(row);
  }

  beside(row, up) {
    const next = (one) => (up ? one.previousElementSibling : one.nextElementSibling);
    let other = next(row);
    while (other?.classList.contains("is-removed")) other = next(other);
    return other;
  }

  // A heading takes its items with it, past the section before or after.
  moveSection(row, up) {
    const rows = this.rows;
    const heads = rows.filter((one) => one.dataset.row === "sections");
    const other = heads[heads.indexOf(row) + (up ? -1 : 1)];
    const of = (head) => rows.slice(rows.indexOf(head), rows.indexOf(heads[heads.indexOf(head) + 1]) >>> 0);
    if (!other) {
      const first = up && rows[0] !== row ? rows.slice(0, rows.indexOf(row)) : [];
      if (first.length) of(row).at(-1).after(...first);
    } else if (up) of(row).at(-1).after(...of(other));
    else row.before(...of(other));
    this.moved(row);
  }

  moved(row) {
    this.placed();
    row.scrollIntoView({ block: "nearest" });
    const head = row.dataset.row === "items" ? this.headOf(row) : null;
    const where = head ? this.dataset.in.replace("{section}", this.called(head)) : "";
    const all = this.rows.filter((one) => one.dataset.row === row.dataset.row && !one.classList.contains("is-removed"));
    this.say(this.dataset.place.replace("{what}", this.called(row)).replace("{n}", all.indexOf(row) + 1)
      .replace("{all}", all.length).replace("{where}", where));
  }

  headOf(row) {
    while (row && (row.dataset.row !== "sections" || row.classList.contains("is-removed"))) row = row.previousElementSibling;
    return row;
  }

  placed() {
    this.rows.forEach((row, n) => (this.field(row, "position").value = (n + 1) * STEP));
    this.count();
    this.dispatchEvent(new Event("input", { bubbles: true })); // the draft is kept
  }

  count() {
    const items = this.items;
    items.forEach((row, n) => row.querySelectorAll("[data-number]").forEach((one) => (one.textContent = n + 1)));
    this.querySelector("[data-count]").textContent = items.length === 1 ? this.dataset.one : this.dataset.many.replace("{n}", items.length);
  }

  drag(event) {
    const grip = event.target.closest(".entry__grip");
    if (!grip || event.button) return;
    event.preventDefault();
    const row = grip.closest(".entry");
    const follow = ({ clientX, clientY }) => this.follow(row, clientX, clientY);
    const drop = () => {
      for (const name of ["pointerup", "pointercancel"]) removeEventListener(name, drop);
      removeEventListener("pointermove", follow);
      row.classList.remove("is-dragged");
      this.moved(row);
    };
    row.classList.add("is-dragged");
    grip.setPointerCapture(event.pointerId);
    addEventListener("pointermove", follow);
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, drop);
  }

  follow(row, x, y) {
    const edge = 60;
    if (y < edge) scrollBy(0, -20);
    else if (y > innerHeight - edge) scrollBy(0, 20);
    const over = document.elementsFromPoint(x, y).find((one) => one.matches?.(".entry") && one !== row);
    if (!over || over.parentElement !== this.list) return;
    const rows = this.rows;
    const [from, to] = [rows.indexOf(row), rows.indexOf(over)];
    const { top, height } = over.getBoundingClientRect();
    const past = from < to ? y > top + height / 2 : y < top + height / 2;
    if (!past) return;
    if (from < to) row.before(...rows.slice(from + 1, to + 1));
    else row.after(...rows.slice(to, from));
  }

  // ---------------------------------------------------------------- what people do

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.add) {
      event.preventDefault();
      event.stopPropagation();
      this.add(button.dataset.add);
      return;
    }
    const row = button.closest(".entry");
    const act = { up: () => this.move(row, true), down: () => this.move(row, false), copy: () => this.copy(row), remove: () => this.remove(row, true), undo: () => this.remove(row, false) };
    act[button.dataset.do]?.();
  }

  typed(event) {
    const row = event.target.closest(".entry");
    if (!row || event.isComposing) return;
    const arrow = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (arrow && event.altKey) {
      event.preventDefault();
      this.move(row, event.key === "ArrowUp");
    } else if (event.key === "Enter" && !event.shiftKey && this.goesOn(row, event.target)) {
      event.preventDefault();
      this.next(row);
    }
  }

  /** Where Enter is no part of what is written, it goes on; it would send the whole form else. */
  goesOn(row, target) {
    if (target === this.field(row, "label") || target.localName === "select") return true;
    return target.localName === "input" && !["checkbox", "file"].includes(target.type);
  }

  next(row) {
    if (row.dataset.row === "items" && !this.field(row, "label").value.trim()) return;
    const following = this.beside(row, false);
    const empty = following?.dataset.row === "items" && !this.field(following, "label").value.trim();
    if (empty) this.focusOn(following);
    else this.add("items", row);
  }

  changed(target) {
    const row = target.closest(".entry");
    if (!row) return;
    if (row.dataset.row === "items") this.retell(row);
  }

  // ---------------------------------------------------------------- names and conditions

  name(row) {
    const field = this.field(row, "key");
    const label = this.field(row, "label").value.trim();
    if (!field.value && label) field.value = keyOf(label, this.keys());
    return field.value;
  }

  keys() {
    return this.rows.filter((row) => row.dataset.row === "items").map((row) => this.field(row, "key").value).filter(Boolean);
  }

  /** What a condition can be about: every other item, in order. */
  askable(row) {
    return this.items.filter((one) => one !== row && this.field(one, "kind").value !== "note" && this.name(one)).map((one) => ({
      key: this.field(one, "key").value,
      label: this.called(one),
      kind: this.field(one, "kind").value,
      options: readOptions(this.field(one, "options").value),
    }));
  }

  opened(more) {
    const row = more.closest(".entry");
    const place = row?.querySelector("[data-only]");
    if (!place) return;
    place.condition ??= new Condition(place, this.field(row, "relevant"), this.dataset);
    place.condition.show(this.askable(row));
  }

  retell(row) {
    const { dataset } = this;
    const has = (name) => this.field(row, name)?.value.trim();
    const weight = this.field(row, "weight").value;
    const said = [
      this.field(row, "critical").checked && dataset.critical,
      weight !== "1" && `${dataset.weight} ${weight}`,
      !this.field(row, "required").checked && dataset.optional,
      this.field(row, "photo_below").checked && dataset.photo,
      has("hint") && dataset.hint,
      (has("pictured") || this.field(row, "picture")?.files.length) && dataset.picture,
      has("relevant") && dataset.relevant,
      has("constraint") && dataset.constraint,
    ];
    row.querySelector("[data-said]").textContent = said.filter(Boolean).join(" · ");
  }

  // ---------------------------------------------------------------- a draft kept in this browser

  /** Rows that were added before the page was lost, so that what was typed has its fields again. */
  expect(names) {
    const gone = new Set(names.map((name) => /^(items|sections)-([^-]+)-/.exec(name)?.slice(1, 3).join("-")).filter(Boolean));
    for (const row of this.rows) gone.delete(`${row.dataset.row}-${row.dataset.name}`);
    for (const name of gone) this.list.append(this.fresh(...name.split("-")));
    queueMicrotask(() => this.restored());
  }

  restored() {
    const place = (row) => Number(this.field(row, "position").value);
    this.list.append(...this.rows.sort((one, other) => place(one) - place(other)));
    for (const row of this.rows) {
      row.classList.toggle("is-removed", this.field(row, "remove").checked);
      if (row.dataset.row === "items") this.retell(row);
    }
    this.count();
  }

  say(text) {
    this.live.textContent = text;
  }
}

/** What is empty need not travel: two hundred items have 4,000 fields. */
function lean(data) {
  for (const name of new Set(data.keys())) {
    const full = data.getAll(name).filter((value) => (typeof value === "string" ? value : value.name));
    data.delete(name);
    for (const value of full) data.append(name, value);
  }
}

customElements.define("checklist-editor", ChecklistEditor);
