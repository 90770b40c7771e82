// <scan-field> around a field for a code of any kind: a button beside it opens the camera in a dialog,
// and what the camera reads stands in the field. A hand-held scanner types there as it always did.
// The sentences and the reader come with the page, on the script of this module.

import { camera, felt, hasCamera, hasTorch, reader, torch } from "./wire.js";

const LOOK_EVERY = 120; // ms between two looks
const told = document.getElementById("scan-words").dataset;
const make = (tag, properties, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};
const button = (textContent, onclick, className = "") => make("button", { type: "button", className: `button ${className}`, textContent, onclick });

class ScanField extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    if (!hasCamera || !this.field || this.opener) return;
    this.opener = button(told.start, () => this.open());
    this.append(this.opener);
  }

  furnish() {
    this.video = make("video", { playsInline: true, muted: true });
    this.video.setAttribute("aria-label", told.view);
    this.light = button(told.torch, () => this.shine());
    this.light.setAttribute("aria-pressed", "false");
    this.said = make("p", { role: "status" });
    const row = make("div", { className: "scanner__row" }, this.light, button(told.stop, () => this.dialog.close()));
    this.dialog = make("dialog", { className: "scanner__dialog" }, this.video, this.said, row);
    this.dialog.setAttribute("aria-label", told.view);
    this.dialog.addEventListener("close", () => this.stop());
    this.append(this.dialog);
    addEventListener("pagehide", () => this.dialog.close());
    document.addEventListener("visibilitychange", () => document.hidden && this.dialog.close());
  }

  async open() {
    if (!this.dialog) this.furnish();
    this.light.hidden = this.video.hidden = true;
    this.said.textContent = told.opening;
    this.dialog.showModal();
    const [reads, stream] = await Promise.all([reader(told.vendor), camera().catch(() => null)]);
    this.stream = stream;
    if (!this.dialog.open) return this.stop(); // closed while the camera was being asked for
    if (!reads || !stream) return this.refuse(stream ? told.unable : told.denied);
    this.video.srcObject = stream;
    this.video.hidden = false;
    this.light.hidden = !hasTorch(stream);
    await this.video.play().catch(() => {});
    this.said.textContent = told.aim;
    this.look(reads);
  }

  refuse(words) {
    this.stop();
    this.said.textContent = words;
  }

  stop() {
    clearTimeout(this.again);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  async look(reads) {
    if (!this.stream) return;
    const [seen] = await reads.detect(this.video).catch(() => []);
    if (this.stream && seen?.rawValue) return this.take(seen.rawValue);
    if (this.stream) this.again = setTimeout(() => this.look(reads), LOOK_EVERY);
  }

  take(text) {
    felt(true);
    this.dialog.close();
    this.field.value = text;
    for (const heard of ["input", "change"]) this.field.dispatchEvent(new Event(heard, { bubbles: true }));
  }

  shine() {
    const on = this.light.getAttribute("aria-pressed") !== "true";
    torch(this.stream, on).then(() => this.light.setAttribute("aria-pressed", String(on)), () => (this.light.hidden = true));
  }
}

customElements.define("scan-field", ScanField);
