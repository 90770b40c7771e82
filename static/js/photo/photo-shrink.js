// <photo-shrink> around a file input: several choices add up, small pictures leave the phone, each
// can be taken away again. Never holds up sending: until a picture is smaller, it goes as it is.

import { worthwhile } from "../rules/picture.js";
import { able, held, shrunk } from "./wire.js";

class PhotoShrink extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("[type=file]");
    if (!able || !this.input) return;
    this.classList.add("is-on");
    this.chosen = [];
    this.list = this.appendChild(Object.assign(document.createElement("ul"), { className: "chosen" }));
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.input.form?.addEventListener("reset", () => setTimeout(() => this.set([])));
  }

  async take(files) {
    const reading = files.map(held); // first thing, before anything is awaited
    const room = Number(this.getAttribute("most")) - this.chosen.length;
    const added = files.slice(0, room).map((file) => ({ file }));
    this.set([...this.chosen, ...added]);
    this.toggleAttribute("full", files.length > room);
    for (const [n, one] of added.entries()) {
      try {
        one.file = await reading[n];
      } catch {
        one.gone = true; // shown as it is: without a picture
      }
      if (worthwhile(one.file.size)) one.file = await shrunk(one.file);
      one.address = URL.createObjectURL(one.file);
      this.set(this.chosen);
    }
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
