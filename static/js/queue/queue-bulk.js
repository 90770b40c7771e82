// <queue-bulk> around the form of many rows: it is sent in the background, every row says what
// became of it where it stands, and refused rows stay chosen. A lost line loses nothing: the same
// form can be sent again and is applied once.

import { canonical, hex, verdict } from "../rules/submission.js";
import { digest, provable, send } from "../draft/wire.js";
import { ask } from "./wire.js";

class QueueBulk extends HTMLElement {
  connectedCallback() {
    this.board = this.closest("queue-board");
    this.form = this.querySelector("form");
    this.key = this.form.elements.submission_key;
    this.line = this.querySelector("[data-said]");
    if (provable) this.form.addEventListener("submit", (event) => this.submit(event));
    this.form.addEventListener("change", () => this.another());
    this.querySelector("#bulk-merge")?.addEventListener("toggle", ({ target }) => target.open && this.suggest());
  }

  /** Other content is another submission. */
  another() {
    this.key.value = hex(crypto.getRandomValues(new Uint8Array(16)));
  }

  /** What stays is the oldest, if nobody says otherwise. */
  suggest() {
    const field = this.form.elements.master;
    const numbers = this.board.chosen.map((row) => Number(row.dataset.number));
    if (!field.value && numbers.length > 1) field.value = Math.min(...numbers);
  }

  async submit(event) {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.board.unsay();
    this.say(this.dataset.sending);
    const form = new URLSearchParams(new FormData(this.form));
    form.set("what", event.submitter?.value ?? "merge");
    const answer = await this.sent(form);
    this.busy = false;
    await this.heard(verdict({ ...answer, key: this.key.value }));
  }

  // Hazard: form.action is not the address here: the rows' fields are called "action".
  async sent(form) {
    try {
      const sha256 = hex(await digest(new TextEncoder().encode(canonical([...form]))));
      return { sha256, ...(await send(this.form.getAttribute("action"), form, this.key.value, () => {})) };
    } catch {
      return {}; // no line
    }
  }

  async heard({ kind, location, list, sentence }) {
    if (kind === "lost" || kind === "stopped") return this.say(sentence ?? this.dataset.lost);
    if (kind === "mistakes") return this.say(list.map((one) => one.sentence).join(" "));
    this.another();
    this.board.close();
    const { results } = await ask(location).catch(() => ({}));
    if (!results) return window.location.assign(location);
    this.show(results);
    this.dispatchEvent(new CustomEvent("queue-rows", { bubbles: true, detail: results.map((one) => one.number) }));
  }

  show(results) {
    const refused = results.filter((one) => !one.done);
    for (const { number, done, said } of results) {
      const box = this.board.box(this.board.row(number));
      if (done && box) box.checked = box.defaultChecked = false;
      if (said || !done) this.board.say(number, said, done ? "done" : "refused");
    }
    this.board.count();
    const done = results.length - refused.length;
    this.say([done && this.dataset.done.replace("{n}", done), refused.length && this.dataset.refused.replace("{n}", refused.length)].filter(Boolean).join(" "));
    this.form.elements.master.value = this.form.elements.assignee.value = this.form.elements.priority.value = "";
    (this.board.row(refused[0]?.number) ?? this.board.current)?.querySelector("a").focus();
  }

  say(text) {
    this.line.textContent = text;
    this.board.count();
  }
}

customElements.define("queue-bulk", QueueBulk);
