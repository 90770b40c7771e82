// <code-scanner>: the camera as a scanner. One code and off to its place; or one after the other on a
// round. What is not ours is said so and can be reported; without a camera the forms below remain.

import { grouped, scanned } from "../rules/code.js";
import { camera, felt, go, hasCamera, hasTorch, heard, listenable, lookedUp, reader, recalled, remember, torch } from "./wire.js";

const LOOK_EVERY = 120; // ms between two looks
const SAME = 4000; // ms in which the same code is still the one before
const make = (tag, properties, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};

class CodeScanner extends HTMLElement {
  connectedCallback() {
    if (!hasCamera || this.video) return;
    this.words = JSON.parse(this.dataset.words);
    this.hosts = JSON.parse(this.dataset.hosts);
    this.last = { text: "", at: 0 };
    this.furnish();
    addEventListener("pagehide", () => this.stop());
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
  }

  furnish() {
    const button = (words, onclick, className = "") => make("button", { type: "button", className: `button ${className}`, textContent: words, onclick });
    this.starter = button(this.words.start, () => this.start(), "button--primary button--wide");
    this.video = make("video", { playsInline: true, muted: true });
    this.video.setAttribute("aria-label", this.words.view);
    this.light = button(this.words.torch, () => this.shine());
    this.light.setAttribute("aria-pressed", "false");
    this.light.hidden = true;
    this.view = make("div", { className: "scanner__view", hidden: true }, this.video, make("div", { className: "scanner__row" }, this.light, button(this.words.stop, () => this.stop())));
    this.said = make("p", { className: "scanner__said", role: "status" });
    this.found = make("ul", { className: "scanner__found" });
    this.box = make("div", { className: "scanner stack stack--s" }, this.starter, this.view, this.said, this.choice("on", this.words.on), this.choice("sound", this.words.sound), this.found);
    this.prepend(this.box);
  }

  /** A choice that this phone keeps. */
  choice(name, words) {
    const box = make("input", { type: "checkbox", className: "check__box", checked: recalled(name) });
    box.onchange = () => {
      remember(name, box.checked);
      if (box.checked) listenable();
    };
    return make("label", { className: "check small" }, box, make("span", { textContent: words }));
  }

  async start() {
    if (recalled("sound")) listenable();
    this.say(this.words.opening);
    try {
      [this.reads, this.stream] = await Promise.all([reader(this.dataset.vendor), camera()]);
    } catch {
      return this.say(this.words.denied);
    }
    if (!this.reads) {
      this.stop();
      return this.say(this.words.unable);
    }
    this.video.srcObject = this.stream;
    await this.video.play();
    this.light.hidden = !hasTorch(this.stream);
    this.show(true);
    this.say(this.words.aim);
    this.look();
  }

  stop() {
    clearTimeout(this.again);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.show(false);
    this.say("");
  }

  show(on) {
    this.view.hidden = !on;
    this.starter.hidden = on;
  }

  shine() {
    const on = this.light.getAttribute("aria-pressed") !== "true";
    torch(this.stream, on).then(() => this.light.setAttribute("aria-pressed", String(on)), () => (this.light.hidden = true));
  }

  async look() {
    if (!this.stream) return;
    const seen = await this.reads.detect(this.video).catch(() => []);
    if (seen[0]?.rawValue) await this.see(seen[0].rawValue);
    if (this.stream) this.again = setTimeout(() => this.look(), LOOK_EVERY);
  }

  async see(text) {
    const now = Date.now();
    const again = text === this.last.text && now - this.last.at < SAME;
    this.last = { text, at: now };
    if (again) return;
    const is = scanned(text, this.hosts);
    felt(Boolean(is.code));
    if (recalled("sound")) heard(Boolean(is.code));
    if (is.foreign) return this.warn(text);
    this.say(`${grouped(is.code)} …`);
    const leads = await lookedUp(is.code);
    this.last.at = Date.now();
    if (recalled("on")) return this.list(is.code, leads);
    if (leads) return this.leave(leads.url);
    this.say(this.words.unknown.replace("{code}", grouped(is.code)));
  }

  leave(url) {
    this.stop();
    go(url);
  }

  list(code, leads) {
    const name = leads?.place || grouped(code);
    this.say(leads ? name : this.words.unknown.replace("{code}", name));
    if (!leads || [...this.found.querySelectorAll("a")].some((link) => link.dataset.code === code)) return;
    const link = make("a", { href: leads.url, textContent: name, dir: "auto" });
    link.dataset.code = code;
    this.found.prepend(make("li", {}, link));
  }

  warn(text) {
    this.stop();
    const form = this.querySelector("[name=found]")?.form;
    this.say(this.words.foreign);
    if (!form) return;
    form.closest("[hidden]")?.removeAttribute("hidden");
    form.elements.found.value = text;
    form.querySelector("output").textContent = text.slice(0, 200);
    form.scrollIntoView({ block: "center" });
    form.querySelector("button").focus({ preventScroll: true });
  }

  say(words) {
    this.said.textContent = words;
  }
}

customElements.define("code-scanner", CodeScanner);
