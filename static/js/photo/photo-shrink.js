// <photo-shrink> around a file input: several choices add up, each is stored on the phone before it
// is shown, then made smaller, and can be taken away again. Never holds up sending for long: until a
// picture is smaller, it goes as it is.

import { worthwhile } from "../rules/picture.js";
import { able, dropPhotos, held, keepPhoto, keeps, shrunk } from "./wire.js";

class PhotoShrink extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("[type=file]");
    if (!able || !this.input) return;
    this.classList.add("is-on");
    this.chosen = [];
    this.list = this.appendChild(Object.assign(document.createElement("ul"), { className: "chosen" }));
    this.input.addEventListener("change", () => (this.working = this.take([...this.input.files])));
    this.input.form?.addEventListener("reset", () => setTimeout(() => this.set([])));
  }

  /** What a draft or an item says of these photos. */
  get manifest() {
    return (this.chosen ?? []).filter(({ entry }) => entry).map(({ entry, file }) => ({ ...entry, field: this.input.name, name: file.name }));
  }

  async take(files) {
    const reading = files.map(held); // first thing, before anything is awaited
    for (const one of reading) one.catch(() => {}); // each is heard in its turn
    const room = Number(this.getAttribute("most")) - this.chosen.length;
    const added = files.slice(0, room).map((file) => ({ file }));
    this.set([...this.chosen, ...added]);
    this.toggleAttribute("full", files.length > room);
    this.removeAttribute("lost");
    this.removeAttribute("short");
    for (const [n, one] of added.entries()) await this.keep(one, reading[n]);
    for (const one of added.filter(({ entry }) => entry && worthwhile(entry.bytes))) await this.shrink(one);
  }

  /** Shown only when it is stored; what cannot be read or does not fit is left out, and said. */
  async keep(one, reading) {
    try {
      one.file = await reading;
      one.entry = (await keeps) ? await keepPhoto(one.file) : { bytes: one.file.size };
    } catch ({ name }) {
      this.setAttribute(name === "QuotaExceededError" ? "short" : "lost", "");
      return this.set(this.chosen.filter((other) => other !== one));
    }
    if (this.chosen.includes(one)) this.seen(one);
  }

  async shrink(one) {
    const { file, entry } = one;
    const smaller = await shrunk(file);
    if (smaller !== file) await this.replace(one, smaller, entry);
  }

  /** Another picture in the place of one: stored first, then the old bytes are dropped. */
  async replace(one, file, before = one.entry) {
    const entry = (await keeps) ? await keepPhoto(file).catch(() => null) : { bytes: file.size };
    if (!entry || one.entry !== before || !this.chosen.includes(one)) return; // drawn on, or taken away meanwhile
    URL.revokeObjectURL(one.address);
    Object.assign(one, { file, entry });
    this.seen(one);
    if (before.sha256) await dropPhotos([before.sha256]).catch(() => {});
  }

  /** Photos of a draft, shown again: pairs of file and entry. */
  restore(photos) {
    this.set(photos.map(([file, entry]) => ({ file, entry, address: URL.createObjectURL(file) })));
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  seen(one) {
    one.address = URL.createObjectURL(one.file);
    this.set(this.chosen);
    this.dispatchEvent(new CustomEvent("photo-kept", { bubbles: true }));
  }

  set(chosen) {
    this.chosen = chosen;
    const files = new DataTransfer();
    for (const one of chosen) files.items.add(one.file);
    this.input.files = files.files;
    this.list.replaceChildren(...chosen.map((one, n) => this.row(one, n)));
  }

  row(one, n) {
    const row = document.createElement("li");
    row.append(one.address ? this.picture(one, n) : "…");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    button.setAttribute("aria-label", this.getAttribute("remove").replace("{n}", n + 1));
    button.onclick = () => {
      if (one.address) URL.revokeObjectURL(one.address);
      this.removeAttribute("full");
      this.set(this.chosen.filter((other) => other !== one));
      this.input.dispatchEvent(new Event("input", { bubbles: true }));
    };
    row.append(button);
    return row;
  }

  /** The picture, or what a listener makes of it: <photo-drawing> wraps it into a button. */
  picture(one, n) {
    const image = Object.assign(new Image(96, 96), { src: one.address, alt: one.file.name });
    image.onerror = () => image.replaceWith(one.file.name);
    const shown = { image, one, n, of: this };
    this.dispatchEvent(new CustomEvent("photo-shown", { bubbles: true, detail: shown }));
    return shown.image;
  }
}

customElements.define("photo-shrink", PhotoShrink);
