// <queue-follow since from> in <queue-board>: what others do to the rows is seen without a reload.
// Rows are replaced in place, what left says so, what is new is announced and waits to be asked for.

import { counted, filterOf, wait } from "../rules/queue.js";
import { look } from "./wire.js";

class QueueFollow extends HTMLElement {
  connectedCallback() {
    this.board = this.closest("queue-board");
    this.since = this.getAttribute("since");
    this.failures = 0;
    this.fresh = new Set();
    this.board.addEventListener("queue-rows", ({ detail }) => this.look(detail));
    addEventListener("online", () => this.look());
    document.addEventListener("visibilitychange", () => this.look());
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), wait(this.failures));
  }

  /** Ask what changed, and for `rows` anew besides. One look at a time. */
  async look(rows = []) {
    if (document.hidden && !rows.length) return;
    if (this.looking) return this.looking.then(() => rows.length && this.look(rows));
    this.looking = this.ask(rows);
    await this.looking;
    this.looking = undefined;
    this.later();
  }

  async ask(rows) {
    try {
      const news = await look(this.getAttribute("from"), this.since, rows);
      if (this.failures) this.say(this.dataset.back);
      this.failures = 0;
      if (news) this.take(news);
    } catch {
      if (!this.failures++) this.say(this.dataset.lost);
    }
  }

  take({ reload, head, rows = "", said = {}, gone = [], counts }) {
    if (reload) return this.announce(this.board.rows.map((row) => row.dataset.number));
    this.since = head;
    const fresh = document.createElement("template");
    fresh.innerHTML = rows; // our own page's rows, escaped by the server
    for (const row of fresh.content.querySelectorAll("tr[data-number]")) this.put(row, said);
    for (const number of gone) this.board.leave(number, this.moved(said[number]));
    if (counts) this.recount(counts);
  }

  put(row, said) {
    const { number, court } = row.dataset;
    const shown = this.board.row(number);
    if (!shown || shown.hasAttribute("data-gone")) return this.announce([number]);
    const side = shown.closest("[data-side]")?.dataset.side;
    if (side && side !== court) this.board.leave(number, this.moved(said[number]));
    else this.board.replace(document.importNode(row, true));
  }

  moved(said) {
    return said ? `${this.dataset.moved} – ${said}` : this.dataset.moved;
  }

  announce(numbers) {
    for (const number of numbers) this.fresh.add(number);
    this.querySelector("[data-new]").textContent = counted(this.fresh.size, this.dataset.one, this.dataset.many);
    this.querySelector(".follow__new").hidden = false;
  }

  recount(counts) {
    const put = (place, key) => key && place && (place.textContent = counts[key] ?? "0");
    for (const place of this.board.querySelectorAll("[data-count]")) put(place, place.dataset.count);
    for (const link of document.querySelectorAll(".count-link, .split__side")) {
      const place = link.querySelector(".count, b");
      if (place.textContent) put(place, filterOf(location.search, new URL(link.href).search));
    }
  }

  say(text) {
    this.querySelector("[data-said]").textContent = text;
  }
}

customElements.define("queue-follow", QueueFollow);
