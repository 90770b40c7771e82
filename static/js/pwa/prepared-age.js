// <prepared-age> in the link to the page of the basement: how old what was prepared is.

import { ago, standing } from "../rules/shell.js";
import { state } from "./preparing.js";

class PreparedAge extends HTMLElement {
  async connectedCallback() {
    if (!("caches" in globalThis)) return;
    const now = await state(), how = standing(now, Date.now());
    if (how === "never") return;
    const age = () => new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" }).format(...ago(now.done, Date.now()));
    this.textContent = how === "unfinished" ? this.dataset.unfinished : this.dataset[how].replace("{age}", age());
  }
}

customElements.define("prepared-age", PreparedAge);
