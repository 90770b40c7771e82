// <outbox-list>: everything of mine that waits on this phone, where each stands and what can be done
// about it; below, what was received. All of it comes from the phone and works without a line.

import * as box from "../outbox/box.js";
import { room } from "../rules/waiting.js";
import { device, dropDraft, others, waiting } from "./kept.js";
import { clock, count, say, size } from "./said.js";
import { list, move, restand, row, stands } from "./things.js";
import { unsent } from "./unsent.js";
import { askToKeep, lastContract, save, space, told } from "./wire.js";

const SOON = 150;
const EVERY = 20_000; // ms: "next try 14:05" passes
const SIGN_IN = "/sign-in?next=/outbox";

class OutboxList extends HTMLElement {
  async connectedCallback() {
    this.rows = new Map();
    this.dialog = this.part("deleting");
    const later = () => {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.draw(), SOON);
    };
    box.changes.addEventListener("change", ({ detail }) => (detail?.progress ? this.progress(detail) : later()));
    box.changes.addEventListener("draft", later);
    addEventListener("outbox-told", () => this.elsewhere());
    setInterval(later, EVERY);
    this.part("send").onclick = () => this.sendAll();
    this.part("export").onclick = () => this.export();
    this.part("ask").onclick = () => askToKeep(true).then(() => this.sayRoom(true));
    this.part("work").hidden = !lastContract();
    this.part("work").href = `/c/${lastContract()}/my-work`;
    await this.draw();
    await this.sayRoom();
    this.elsewhere();
  }

  part(name) {
    return this.querySelector(`[data-part=${name}]`);
  }

  async draw() {
    const { drafts, items, none } = await waiting();
    this.part("nothing").hidden = !none;
    if (none) return;
    this.things = [...drafts, ...items];
    this.fill(this.part("things"), this.things, (thing) => this.moves(thing));
    this.part("empty").hidden = this.things.length > 0;
    this.part("sum").textContent = this.things.length ? count(this, "sum", this.things.length) : "";
    this.part("send").hidden = !items.some(({ state }) => state === "queued");
    this.part("export").hidden = !this.things.length;
    this.sayOthers(await others());
    const receipts = await box.receipts();
    this.part("receipts").hidden = !receipts.length;
    this.part("received").textContent = receipts.length;
    this.fill(this.part("receipt-list"), receipts, (one) => this.opened(one));
  }

  /** Show one row for each thing, in order; rows stay as long as their thing, so that nothing folds. */
  fill(list, things, moves) {
    const wanted = things.map((thing) => {
      const key = `${list.dataset.part}/${thing.id}`;
      if (!this.rows.has(key)) this.rows.set(key, row(this, thing));
      const made = this.rows.get(key);
      restand(this, made, thing);
      this.offer(made, thing, moves);
      return made;
    });
    for (const [n, made] of wanted.entries()) if (list.children[n] !== made) list.insertBefore(made, list.children[n] ?? null);
    while (list.children.length > wanted.length) list.lastElementChild.remove();
  }

  /** The moves change with the state alone: a button under the finger must not be replaced. */
  offer(made, thing, moves) {
    const state = `${thing.state} ${thing.last_error?.code ?? ""}`;
    if (made.dataset.offered === state) return;
    made.dataset.offered = state;
    made.querySelector("[data-part=moves]").replaceChildren(...moves(thing));
  }

  progress({ id, item, progress }) {
    const made = this.rows.get(`things/${id}`);
    if (made && item) restand(this, made, { ...item, state: "sending", progress });
  }

  // -------------------------------------------------------------- what can be done

  moves(thing) {
    const act = (name, kind, what) => move(say(this, name), kind, what);
    const gone = thing.state === "sending" ? [] : [act("delete", "quiet", () => this.ask(thing))];
    return [...(MOVES[thing.state]?.(thing, act) ?? []), ...(thing.state === "refused" ? [] : gone)];
  }

  opened({ ack, page }) {
    return [move(say(this, "open"), "quiet", ack?.location ?? page)];
  }

  async sendAll() {
    for (const { id, state } of this.things) if (state === "queued") await box.again(id);
    await box.send();
  }

  /** Only a person deletes, with the text before their eyes. */
  ask(thing) {
    this.dialog.querySelector("[data-part=doomed]").replaceChildren(Object.assign(document.createElement("strong"), { textContent: thing.title ?? "", dir: "auto" }), list(thing));
    this.dialog.onclose = async () => {
      if (this.dialog.returnValue !== "delete") return;
      await (thing.state === "draft" ? dropDraft(thing) : box.discard(thing.id));
      await this.draw();
      this.part("head").focus();
    };
    this.dialog.returnValue = "";
    this.dialog.showModal();
  }

  async export() {
    const said = (thing) => Object.values(stands(this, thing)).slice(1).join("");
    save(await unsent(this.things, said, say(this, "file", { time: clock(Date.now()) })), "tandem-unsent.zip");
  }

  // -------------------------------------------------------------- this phone and others

  sayOthers(number) {
    this.part("others").hidden = !number;
    this.part("others").textContent = count(this, box.me.actor ? "others" : "somebody", number);
    this.part("sign-in").hidden = !number || Boolean(box.me.actor);
  }

  async sayRoom(asked = false) {
    const found = await space();
    if (!found) return;
    const about = room(found);
    this.part("ask").hidden = found.kept || asked;
    this.part("room").textContent = `${say(this, found.kept ? "kept" : "not-kept")} ${say(this, "room", { used: size(about.used), free: size(about.free) })}`;
    this.part("short").hidden = !about.short;
  }

  async elsewhere() {
    const here = await device().catch(() => "");
    const said = told(box.me.actor).map((one) => {
      const holes = { device: one.device || say(this, "a-phone"), time: clock(one.reported_at), drafts: one.drafts, n: one.unsent };
      return Object.assign(document.createElement("li"), { textContent: say(this, one.lost ? "lost" : "elsewhere", holes) });
    });
    this.part("elsewhere").hidden = !here || !said.length;
    this.part("elsewhere-list").replaceChildren(...said);
  }
}

const again = (thing, act, name, kind) => act(name, kind, () => box.again(thing.id).then(() => box.send()));
const reopen = async ({ id, page, draft }) => {
  if (draft) await box.back(id); // a form that keeps no draft leaves the thing here, or its words were lost
  location.assign(page);
};
const NEEDS = {
  sign_in: (thing, act) => [act("sign-in", "", SIGN_IN)],
  photo_missing: (thing, act) => [act("without", "", () => box.withoutMissing(thing.id)), again(thing, act, "keep-waiting", "")],
};
const MOVES = {
  draft: (thing, act) => [act("go-on", "", thing.page)],
  queued: (thing, act) => [again(thing, act, "send-now", ""), act("page", "quiet", thing.page)],
  sending: (thing, act) => [act("page", "quiet", thing.page)],
  needs_you: (thing, act) => NEEDS[thing.last_error?.code]?.(thing, act) ?? [act("form-again", "", () => reopen(thing))],
  refused: (thing, act) => [act("open", "", thing.page), act("put-away", "quiet", () => box.discard(thing.id))],
};

customElements.define("outbox-list", OutboxList);
