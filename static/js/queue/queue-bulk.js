// <queue-bulk> around the form of many rows: it is sent in the background, every row says what
// became of it where it stands, and refused rows stay chosen. On a lost line it waits in the outbox.

import { discard, finish, ready, settled } from "../outbox/box.js";
import { ask } from "./wire.js";

const PATIENCE = 3000; // ms without an answer until it says that it waits

class QueueBulk extends HTMLElement {
  connectedCallback() {
    this.board = this.closest("queue-board");
    this.form = this.querySelector("form");
    this.line = this.querySelector("[data-said]");
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.querySelector("#bulk-merge")?.addEventListener("toggle", ({ target }) => target.open && this.suggest());
  }

  /** What stays is the oldest, if nobody says otherwise. */
  suggest() {
    const field = this.form.elements.master;
    const numbers = this.board.chosen.map((row) => Number(row.dataset.number));
    if (!field.value && numbers.length > 1) field.value = Math.min(...numbers);
  }

  async submit(event) {
    if (this.plain) return;
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    await this.send(event.submitter).catch(() => this.plainly(event.submitter));
    this.busy = false;
  }

  /** The store failed: the form goes as it would without any script. */
  plainly(submitter) {
    this.plain = true;
    this.form.requestSubmit(submitter);
  }

  async send(submitter) {
    if (!(await ready)) return this.plainly(submitter);
    this.board.unsay();
    this.say(this.dataset.sending);
    const form = new FormData(this.form);
    form.set("what", submitter?.value ?? "merge");
    form.delete("submission_key");
    // Hazard: form.action is not the address here: the rows' fields are called "action".
    const item = await finish({ url: this.form.getAttribute("action"), pairs: [...form], title: submitter?.textContent.trim() ?? "", kind: "bulk" });
    await this.heard(item.id, await settled(item.id, PATIENCE));
  }

  async heard(id, { state, code, item }) {
    if (state === "queued" || state === "waiting") return this.wait(id);
    if (state === "acked" || state === "sent") return await this.done(item.ack.location);
    if (code === "sign_in") return this.say(this.dataset.signIn); // kept until then
    await discard(id); // the rows are still chosen
    this.say(item.last_error.refused.map((one) => one.sentence).join(" ") || item.last_error.sentence);
  }

  /** Kept on this phone; the rows say what became of it when it is there. */
  wait(id) {
    this.say(this.dataset.lost);
    settled(id, 2 ** 31 - 1).then((news) => this.heard(id, news));
  }

  async done(location) {
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
