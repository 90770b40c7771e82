// <round-waiting data-base> on the page of a round: what waits on this phone is marked, leads straight
// to its form where no signal is, and is signed for together with what is there already.

import { changes, items, reach, receipts } from "../outbox/box.js";
import { roomOf, signable } from "../rules/round.js";

class RoundWaiting extends HTMLElement {
  connectedCallback() {
    this.stops = [...document.querySelectorAll(".stop[data-blank]")];
    this.form = document.querySelector("form:has([name=submissions])");
    this.more = document.querySelector(".progressed [data-part=more]");
    changes.addEventListener("change", () => this.later());
    this.show().catch(() => {}); // a browser that keeps nothing has nothing waiting
    reach().then((there) => there || this.offline());
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show().catch(() => {}), 100);
  }

  async show() {
    const [waiting, sent] = await Promise.all([items(), receipts()]);
    const here = (all) => all.filter(({ url }) => url.startsWith(`${this.dataset.base}/`) && roomOf(url));
    for (const stop of this.stops) this.mark(stop, here(waiting), here(sent));
    const more = this.stops.filter((stop) => stop.classList.contains("is-saved")).length;
    if (this.more) this.more.textContent = more ? ` · ${this.dataset.more.replace("{n}", more)}` : "";
    if (this.form) this.sign([...here(waiting), ...here(sent)]);
  }

  mark(stop, waiting, sent) {
    const room = roomOf(stop.dataset.blank);
    const is = (all) => all.some(({ url }) => roomOf(url) === room);
    const word = is(waiting) ? this.dataset.saved : is(sent) ? this.dataset.sent : "";
    stop.said ??= stop.querySelector(".stop__marks").appendChild(Object.assign(document.createElement("strong"), { className: "stop__saved" }));
    stop.said.textContent = word;
    stop.classList.toggle("is-saved", Boolean(word));
  }

  sign(all) {
    const { submissions, visits } = this.form.elements;
    const named = visits.value.split(",").filter(Boolean);
    const keys = signable(all, named, Date.now());
    submissions.value = keys.join(",");
    const card = this.form.closest("section");
    const said = card.querySelector("[data-part=waiting]");
    said.hidden = !keys.length;
    said.textContent = this.dataset.signs.replace("{n}", keys.length);
    card.hidden = !keys.length && !named.length;
    const button = this.form.querySelector(".button--primary span");
    this.words ??= button.textContent;
    const count = keys.length + named.length;
    button.textContent = count === 1 ? this.dataset.one : keys.length ? this.dataset.all.replace("{n}", count) : this.words;
  }

  /** Without signal nothing can be begun there: a room leads to the form that is kept here. */
  offline() {
    for (const stop of this.stops) stop.href = stop.dataset.blank;
  }
}

customElements.define("round-waiting", RoundWaiting);
