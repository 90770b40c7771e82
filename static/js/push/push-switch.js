// <push-switch address="/me/push" states="off on lost denied"> around words and a button: notices on
// this phone, asked for by a tap. data-<state> are the sentences, data-turn-<state> the button's
// words; shown in the named states alone. With [data-later], "off" can be put away for good; with
// about="<tag>" notices with that tag lead back to this page.

import { forget, lead } from "./receipts.js";
import { decide, decided, permitted, state, subscribe, unsubscribe } from "./wire.js";

const ASKED_FOR = ["off", "lost", "failed"];

class PushSwitch extends HTMLElement {
  async connectedCallback() {
    this.address = this.getAttribute("address");
    this.button = this.querySelector("[data-turn]");
    this.said = this.querySelector("[data-said]");
    this.later = this.querySelector("[data-later]");
    this.button.addEventListener("click", () => this.#turn());
    this.later?.addEventListener("click", () => this.#putAway());
    const found = await state(this.address);
    this.#show(found === "renew" ? await this.#renewed() : found);
    if (found === "off" && this.later && (await decided("later", this.address))) this.hidden = true;
  }

  async #renewed() {
    return subscribe(this.address).then((refusal) => (refusal ? "lost" : "on"), () => "lost");
  }

  // Hazard: the permission must be the first thing asked after a tap; Safari forgets the tap at the
  // first answer of anything else.
  async #turn() {
    const turningOn = ASKED_FOR.includes(this.dataset.state);
    const allowed = turningOn ? permitted() : true;
    this.#busy(true);
    try {
      if (!(await allowed)) return this.#show(Notification.permission === "denied" ? "denied" : "off");
      const refusal = turningOn ? await subscribe(this.address) : await unsubscribe(this.address);
      if (!refusal) await this.#remember(turningOn).catch(() => {}); // then a notice leads to our first page
      this.#show(refusal ? "failed" : turningOn ? "on" : "off", refusal);
    } catch {
      this.#show(turningOn ? "failed" : "on", this.dataset.failed);
    } finally {
      this.#busy(false);
    }
  }

  async #remember(on) {
    const tag = this.getAttribute("about");
    if (tag) await (on ? lead(tag, location.pathname) : forget(tag));
  }

  async #putAway() {
    await decide("later", this.address);
    this.hidden = true;
  }

  #busy(on) {
    this.button.disabled = on;
    if (on) this.said.textContent = this.dataset.busy;
  }

  #show(found, sentence) {
    this.dataset.state = found;
    this.said.textContent = sentence || this.dataset[found] || "";
    const turn = this.dataset[`turn${found[0].toUpperCase()}${found.slice(1)}`];
    this.button.hidden = !turn;
    this.button.textContent = turn ?? "";
    this.querySelector("[data-explained]").hidden = found === "lost"; // one thing at a time
    if (this.later) this.later.hidden = found !== "off";
    this.hidden = !["failed", ...this.getAttribute("states").split(" ")].includes(found);
  }
}

customElements.define("push-switch", PushSwitch);
