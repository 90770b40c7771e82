// <basement-prepare list>: takes today's work along, shows how far it is, can be stopped and gone on
// with, says how much and how old it is, and proves that it opens. Words come as data attributes.

import { ago, measured, standing } from "../rules/shell.js";
import { prepare, prove, state, takeReader } from "./preparing.js";
import { worker } from "./wire.js";

const language = document.documentElement.lang;
const fill = (words, given) => words.replace(/\{(\w+)\}/g, (_, name) => given[name]);
const number = (value) => value.toLocaleString(language);

/** How much, as people read it: "4.1 MB". */
export function size(bytes) {
  const [value, unit] = measured(bytes);
  return value.toLocaleString(language, { style: "unit", unit, unitDisplay: "short" });
}

/** How long ago: "12 minutes ago". */
export const age = (moment) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(...ago(moment, Date.now()));

class BasementPrepare extends HTMLElement {
  async connectedCallback() {
    const able = "serviceWorker" in navigator && "caches" in globalThis;
    this.part("unable").hidden = able;
    if (!able) return;
    this.button = this.part("begin");
    this.button.hidden = false;
    this.button.addEventListener("click", () => (this.stopping ? this.stopping.abort() : this.begin()));
    await this.show(await state());
  }

  cannot() {
    this.part("unable").hidden = false;
    this.stopping.abort();
  }

  part(name) {
    return this.querySelector(`[data-part=${name}]`);
  }

  say(name, text) {
    this.part(name).textContent = text;
    this.part(name).hidden = !text;
  }

  async begin() {
    this.stopping = new AbortController();
    this.label(this.dataset.stop);
    this.say("trouble", "");
    this.part("nothing").hidden = true;
    this.progress({ done: 0, of: 0, bytes: 0 });
    try {
      await this.persist();
      await worker().catch(() => this.cannot());
      await prepare(this.getAttribute("list"), (far) => this.progress(far), this.stopping.signal);
      await takeReader(this.getAttribute("reader"));
    } catch (error) {
      this.say("trouble", this.stopping.signal.aborted ? this.dataset.stopped : this.why(error));
    }
    this.stopping = null;
    this.part("progress").hidden = true;
    await this.show(await state());
  }

  why({ message }) {
    return message === "401" ? this.dataset.signedOut : this.dataset.lost;
  }

  progress({ done, of, bytes }) {
    const bar = this.part("bar");
    this.part("progress").hidden = false;
    if (of) Object.assign(bar, { max: of, value: done });
    else bar.removeAttribute("value");
    this.part("far").textContent = of ? fill(this.dataset.far, { n: number(done), m: number(of), size: size(bytes) }) : this.dataset.begins;
  }

  label(words) {
    this.button.querySelector("span").textContent = words;
  }

  async show(now) {
    const how = standing(now, Date.now());
    this.label(this.dataset[{ never: "prepare", unfinished: "goOn" }[how] ?? "again"]);
    this.part("nothing").hidden = how !== "never";
    this.part("there").hidden = !now?.done;
    if (!now?.done) return;
    const { pages, left_out: stops, codes_left_out: codes, tags } = now.list;
    this.say("summary", fill(this.dataset.summary, { pages: number(pages.length), size: size(now.bytes), age: age(now.done) }));
    this.say("codes", fill(this.dataset.codes, { n: number(Object.keys(tags).length) }) + (codes ? ` ${this.dataset.codesMore}` : ""));
    this.say("left-out", stops ? fill(this.dataset.leftOut, { n: number(stops) }) : "");
    this.say("stale", how === "stale" ? this.dataset.stale : "");
    await this.prove(now);
  }

  async prove(now) {
    const { opened, of, closed } = await prove(now);
    this.say("proof", fill(this.dataset.proof, { n: number(opened), m: number(of) }));
    this.part("proof").parentElement.classList.toggle("is-short", opened < of);
    this.say("closed", closed.length ? `${this.dataset.closed} ${closed.join(" · ")}` : "");
    const list = this.part("pages");
    list.replaceChildren(...now.list.pages.map(({ url, title }) => {
      const row = document.createElement("li");
      row.append(Object.assign(document.createElement("a"), { href: url, textContent: title, dir: "auto" }));
      return row;
    }));
    this.part("count").textContent = number(now.list.pages.length);
  }

  /** Ask that the browser does not clear it when the phone is full, and say what it answered. */
  async persist() {
    const { storage } = navigator;
    const promised = (await storage?.persisted?.()) || (await storage?.persist?.());
    this.say("persist", promised ? this.dataset.promised : this.dataset.notPromised);
  }
}

customElements.define("basement-prepare", BasementPrepare);
