// <sign-out> around the sign-out form: it asks what becomes of what still waits on this phone, and
// leaves nothing of the person's pages behind.

import * as box from "../outbox/box.js";
import { dropDraft, waiting } from "./kept.js";
import { count, say } from "./said.js";
import { list } from "./things.js";
import { leave, signedOut } from "./wire.js";

class SignOut extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.dialog = document.body.appendChild(this.querySelector("dialog")); // a menu has rules of its own
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.ask();
    });
    this.dialog.addEventListener("click", ({ target }) => this[target.closest("[data-do]")?.dataset.do]?.());
    box.changes.addEventListener("change", ({ detail }) => this.dialog.open && !detail?.progress && this.draw());
  }

  part(name) {
    return this.dialog.querySelector(`[data-part=${name}]`);
  }

  async ask() {
    if (!(await this.draw())) return await this.leave();
    this.say("");
    this.dialog.showModal();
  }

  /** Show what is still here; how many things. */
  async draw() {
    const { drafts, items } = await waiting().catch(() => ({ drafts: [], items: [] }));
    this.things = [...items, ...drafts];
    this.part("title").textContent = count(this, "still", this.things.length);
    this.part("things").replaceChildren(...this.things.map((thing) => this.shown(thing)));
    return this.things.length;
  }

  shown(thing) {
    const made = document.createElement("li");
    const title = thing.title || say(this, thing.state === "draft" ? "began" : "finished");
    made.append(Object.assign(document.createElement("strong"), { textContent: title, dir: "auto" }), list(thing));
    return made;
  }

  say(name) {
    this.part("said").textContent = name && say(this, name);
  }

  async send() {
    this.say("sending");
    for (const { id, state } of this.things) if (state === "queued") await box.again(id);
    await box.send();
    if (!(await this.draw())) return await this.leave();
    return this.say(this.things.some(({ state }) => state === "queued" || state === "sending") ? "not-yet" : "not-all");
  }

  keep() {
    return this.leave();
  }

  async delete() {
    for (const thing of this.things) await (thing.state === "draft" ? dropDraft(thing) : box.discard(thing.id));
    await this.leave();
  }

  stay() {
    this.dialog.close();
  }

  async leave() {
    const address = await leave(this.form);
    if (address) {
      await signedOut();
      return location.assign(address);
    }
    if (!this.dialog.open) this.dialog.showModal();
    return this.say("no-line");
  }
}

customElements.define("sign-out", SignOut);
