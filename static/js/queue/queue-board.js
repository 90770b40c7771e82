// <queue-board> around the rows: a cursor, a selection, and keys that use them. Everything the keys
// do can be done without them; what others do with rows they are told by the event "queue-rows".

import { between, counted, stage } from "../rules/queue.js";

const ROWS = "tr[data-number]";
const OFF = "tandem-keys-off";
const CURSOR = "tandem-queue-cursor"; // where one was, for whoever comes back from a row
const tried = (act) => { try { return act(); } catch { return undefined; } };
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const TICK = 5000;

class QueueBoard extends HTMLElement {
  connectedCallback() {
    this.help = document.getElementById("keys");
    this.search = document.querySelector(".search input[type=search]");
    this.says = new Map(); // what is said of a row, by its number
    this.setUpHelp();
    this.setUpPicking();
    this.mark(this.row(tried(() => sessionStorage.getItem(CURSOR))));
    addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusin", (event) => this.mark(event.target.closest?.(ROWS)));
    setInterval(() => this.watch(), TICK);
    const asked = document.getElementById(location.hash.slice(1));
    if (asked?.matches("details")) asked.open = true; // the columns, after one was chosen
    addEventListener("click", (event) => this.close((one) => !one.contains(event.target)));
    this.count();
    this.watch();
  }

  // ---- rows and the cursor

  get rows() {
    return [...this.querySelectorAll(ROWS)].filter((row) => !row.hasAttribute("data-gone"));
  }

  row(number) {
    return this.querySelector(`tr[data-number="${number}"]`);
  }

  get current() {
    return this.querySelector("tr.is-current");
  }

  mark(row) {
    if (!row || row === this.current) return;
    this.current?.classList.remove("is-current");
    row.classList.add("is-current");
    tried(() => sessionStorage.setItem(CURSOR, row.dataset.number));
  }

  /** To the next row that is still part of the list. */
  go(by) {
    const all = [...this.querySelectorAll(ROWS)];
    const ahead = by > 0 ? all : all.reverse();
    const later = ahead.slice(ahead.indexOf(this.current) + 1);
    const row = later.find((one) => !one.hasAttribute("data-gone"));
    if (!row) return this.current?.querySelector("a").focus();
    row.querySelector("a").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // ---- the selection

  setUpPicking() {
    this.addEventListener("click", (event) => {
      if (event.target.name === "action") this.toggled(event.target.closest(ROWS), event.shiftKey);
    });
    this.addEventListener("change", () => this.count());
    this.querySelector("[data-clear]")?.addEventListener("click", () => this.clear());
  }

  box(row) {
    return row?.querySelector("[name=action]");
  }

  get chosen() {
    return [...this.querySelectorAll("[name=action]:checked")].map((box) => box.closest(ROWS));
  }

  toggle(ranging) {
    const box = this.box(this.current);
    if (!box) return;
    box.checked = ranging || !box.checked;
    this.toggled(this.current, ranging);
  }

  toggled(row, ranging) {
    const on = this.box(row).checked;
    if (ranging && this.anchor)
      for (const one of between(this.rows, this.row(this.anchor), row)) this.box(one).checked = on;
    this.anchor = row.dataset.number;
    this.count();
  }

  clear() {
    for (const row of this.chosen) this.box(row).checked = false;
    this.count();
  }

  count() {
    const { length } = this.chosen;
    const bar = this.querySelector(".bulk");
    if (!bar) return;
    this.classList.toggle("is-choosing", length > 0);
    bar.hidden = !length && !bar.querySelector("[data-said]").textContent;
    for (const part of bar.querySelectorAll(".bulk__count, .bulk__moves, [data-clear]")) part.hidden = !length;
    bar.querySelector("[data-chosen]").textContent = counted(length, this.dataset.one, this.dataset.many);
    for (const row of this.rows) row.classList.toggle("is-chosen", this.box(row)?.checked ?? false);
  }

  // ---- what is said of rows, and rows that come anew

  /** Say something in the row itself; it stays when the row is replaced, until the next look. */
  say(number, text, kind) {
    this.says.set(String(number), { text, kind });
    this.repeat(this.row(number));
  }

  unsay() {
    for (const number of this.says.keys()) if (!this.row(number)?.hasAttribute("data-gone")) this.says.delete(number);
    for (const line of this.querySelectorAll("tr:not([data-gone]) .row-said")) line.remove();
  }

  repeat(row) {
    const said = this.says.get(row?.dataset.number);
    if (!said) return;
    const line = row.querySelector(".row-said") ?? row.querySelector(".queue__what").appendChild(document.createElement("p"));
    line.className = `row-said row-said--${said.kind}`;
    line.textContent = said.text;
  }

  /** Put a newer row in the place of the one that is shown; cursor, choice and scroll stay. */
  replace(fresh) {
    const old = this.row(fresh.dataset.number);
    const focused = old.contains(document.activeElement) && document.activeElement.matches("[name=action]") ? "[name=action]" : "a";
    const had = old.contains(document.activeElement);
    if (this.box(fresh)) this.box(fresh).checked = this.box(old)?.checked ?? false;
    fresh.classList.toggle("is-current", old === this.current);
    old.replaceWith(fresh);
    this.repeat(fresh);
    if (had) fresh.querySelector(focused)?.focus({ preventScroll: true });
    this.count();
  }

  /** The row is no longer part of this list: it says so and waits for the next look. */
  leave(number, text) {
    const row = this.row(number);
    if (!row || row.hasAttribute("data-gone")) return;
    this.say(number, text, "gone");
    row.setAttribute("data-gone", "");
    const box = this.box(row);
    if (box) Object.assign(box, { checked: false, disabled: true });
    this.count();
  }

  /** Colours follow the facts that came with the row; when time runs out its words are asked for. */
  watch() {
    const late = [];
    for (const clock of this.querySelectorAll("[data-due]")) {
      const { due, warn } = clock.dataset;
      const now = stage(Date.now(), Date.parse(due), warn ? Date.parse(warn) : undefined);
      if (!now || clock.classList.contains(`clock--${now}`)) continue;
      clock.classList.remove("clock--warned");
      clock.classList.add(`clock--${now}`);
      late.push(clock.closest(ROWS).dataset.number);
    }
    if (late.length) this.dispatchEvent(new CustomEvent("queue-rows", { detail: late }));
  }

  // ---- keys

  get usesKeys() {
    return !tried(() => localStorage.getItem(OFF));
  }

  setUpHelp() {
    const open = document.querySelector("[data-help]");
    open.hidden = false;
    open.addEventListener("click", () => this.help.showModal());
    const box = this.help.querySelector("[data-keys]");
    box.checked = this.usesKeys;
    box.addEventListener("change", () => tried(() => localStorage.setItem(OFF, box.checked ? "" : "1")));
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    if (event.key === "Escape") return this.escape(event);
    if (event.target.closest?.(TYPING) || !this.usesKeys) return;
    const act = this.keys[event.shiftKey && event.key === "X" ? "X" : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  keys = {
    j: () => this.go(1),
    k: () => this.go(-1),
    x: () => this.toggle(false),
    X: () => this.toggle(true),
    e: () => this.current?.querySelector("a").click(),
    c: () => this.press("[value=acknowledge]"),
    a: () => this.tool("bulk-assign"),
    p: () => this.tool("bulk-prioritise"),
    m: () => this.tool("bulk-merge"),
    "/": () => this.search.select(),
    "?": () => this.help.showModal(),
  };

  /** With nothing chosen, a key is about the row one is on. */
  choose() {
    if (!this.chosen.length && this.box(this.current)) this.toggle(false);
    return this.chosen.length > 0;
  }

  press(button) {
    if (this.choose()) this.querySelector(`.bulk ${button}`).click();
  }

  tool(id) {
    if (!this.choose()) return;
    const tool = document.getElementById(id);
    tool.open = true;
    tool.querySelector("select, input").focus();
  }

  close(which = () => true) {
    const open = [...this.querySelectorAll("details.tool[open]")].filter(which);
    for (const one of open) one.open = false;
    return open.length > 0;
  }

  escape(event) {
    const typing = event.target.closest?.(TYPING);
    if (this.close() || typing) {
      if (typing) event.target.blur();
      return this.current?.querySelector("a").focus({ preventScroll: true });
    }
    this.clear();
  }
}

customElements.define("queue-board", QueueBoard);
