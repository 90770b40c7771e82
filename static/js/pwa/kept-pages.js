// <kept-pages> on the page for where nothing else is: what is on this phone, to be opened.

import { STATE } from "../rules/shell.js";
import { kept, mine, read } from "./kept.js";

class KeptPages extends HTMLElement {
  async connectedCallback() {
    const cache = "caches" in globalThis && (await mine());
    const keys = ((await cache?.keys?.()) || []).map(({ url }) => new URL(url).pathname);
    for (const address of keys.filter((one) => one.startsWith(STATE))) await this.add((await read(cache, address)).list.pages);
    this.querySelector("[data-part=nothing]").hidden = this.querySelector("li") !== null;
  }

  async add(pages) {
    const list = this.querySelector("ul");
    for (const { url, title, kind } of pages) {
      if (!(await kept(url))) continue;
      const row = document.createElement("li"), words = document.createElement("small");
      words.textContent = this.dataset[kind] ?? "";
      words.className = "muted";
      const link = Object.assign(document.createElement("a"), { href: url, textContent: title, dir: "auto" });
      link.append(" ", words);
      row.append(link);
      list.append(row);
    }
  }
}

customElements.define("kept-pages", KeptPages);
document.querySelector("[data-again]")?.addEventListener("click", () => location.reload());
