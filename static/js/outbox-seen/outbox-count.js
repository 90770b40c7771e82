// <outbox-count> in the header: how many things wait on this phone, also in the title and on the
// app's icon; tells the office. Hidden when nothing waits.

import * as box from "../outbox/box.js";
import { report as reportOf } from "../rules/waiting.js";
import { device, waiting } from "./kept.js";
import "./outbox-late.js";
import { count } from "./said.js";
import "./sign-out.js";
import { askToKeep, badge, purge, report, reportIn, signedIn } from "./wire.js";

const SOON = 300; // ms in which several changes are one
const CONTACT = 60_000; // ms between two looks whether the person is still signed in
const news = (name, detail) => dispatchEvent(new CustomEvent(`outbox-${name}`, { detail }));

class OutboxCount extends HTMLElement {
  connectedCallback() {
    this.title = document.title;
    const later = () => {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.draw(), SOON);
    };
    box.changes.addEventListener("change", (event) => {
      if (event.detail?.progress) return;
      if (box.me.actor && event.detail?.state === "queued") askToKeep(); // now they know what it is for
      later();
    });
    box.changes.addEventListener("draft", later);
    addEventListener("online", () => this.contact());
    document.addEventListener("visibilitychange", () => document.hidden || this.contact());
    this.draw();
  }

  async draw() {
    const { items, drafts, none } = await waiting().catch(() => ({ items: [], drafts: [], none: true }));
    if (none) return;
    this.hidden = !items.length;
    this.querySelector("span").textContent = count(this, "waiting", items.length);
    document.title = items.length ? `(${items.length}) ${this.title}` : this.title;
    badge(items.length);
    news("counted", { items });
    if (box.me.actor) this.tell(reportOf(items, drafts, Date.now()));
  }

  async tell(said) {
    const key = await device();
    const text = JSON.stringify([key, said.unsent, said.drafts, said.held.map((one) => one.split(";").slice(0, 2))]);
    const wait = reportIn(text, box.me.actor);
    clearTimeout(this.telling);
    if (wait) this.telling = setTimeout(() => this.draw(), wait);
    if (wait !== 0 || !key) return;
    const answer = await report(text, { key, build: box.me.build, ...said }, box.me.actor);
    if (answer?.gone) await this.shutOut();
    else if (answer) news("told", answer);
  }

  /** Somebody who was signed out elsewhere, or sent away, keeps no pages of ours. */
  async contact() {
    if (!box.me.actor || Date.now() - (this.asked ?? 0) < CONTACT) return;
    this.asked = Date.now();
    const answer = await box.reach();
    if (answer && answer.actor !== box.me.actor) await this.shutOut();
  }

  async shutOut() {
    await purge();
    news("shut-out");
  }
}

const { actor, contract } = document.documentElement.dataset;
if (actor !== undefined && !document.querySelector("outbox-list")) await signedIn(actor, contract); // a page that is kept knows nobody
customElements.define("outbox-count", OutboxCount);
