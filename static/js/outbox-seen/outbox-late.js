// <outbox-late> above a page: what has waited on this phone for a day, what is known to be lost, and
// that nobody is signed in any more. Its sentences come with it; each is shown when it is true.

import * as box from "../outbox/box.js";
import { clock, count } from "./said.js";
import { losses, putAway } from "./wire.js";

const DAY = 86_400_000;

class OutboxLate extends HTMLElement {
  connectedCallback() {
    addEventListener("outbox-counted", ({ detail }) => this.counted(detail.items));
    addEventListener("outbox-told", () => this.lost());
    addEventListener("outbox-shut-out", () => this.show("out"));
    this.lost();
  }

  counted(items) {
    const old = items.filter(({ state, device_time }) => state !== "refused" && Date.now() - Date.parse(device_time) > DAY);
    this.show("old", old.length && count(this, "old", old.length));
  }

  lost() {
    const found = losses(box.me.actor);
    const said = found.map((one) => count(this, "lost", one.unsent, { time: clock(one.reported_at) })).join(" ");
    this.show("lost", said);
    this.querySelector("[data-put-away]").onclick = () => {
      putAway(found);
      this.lost();
    };
  }

  /** Show or hide one of the sentences; `text` where it is not whole as it stands. */
  show(name, text = true) {
    const part = this.querySelector(`[data-part=${name}]`);
    if (typeof text === "string") part.querySelector("p").textContent = text;
    part.hidden = !text;
  }
}

customElements.define("outbox-late", OutboxLate);
