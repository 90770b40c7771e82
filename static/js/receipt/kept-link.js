// <kept-link> around a link to keep: one button that shares it, or copies it.

class KeptLink extends HTMLElement {
  connectedCallback() {
    const link = this.querySelector("input");
    link.addEventListener("focus", () => link.select());
    if (!navigator.share && !navigator.clipboard) return;
    const words = this.getAttribute("words");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--wide", textContent: words });
    button.onclick = async () => {
      if (navigator.share) return navigator.share({ url: link.value }).catch(() => {});
      await navigator.clipboard.writeText(link.value);
      button.textContent = this.getAttribute("copied");
      return setTimeout(() => (button.textContent = words), 2000);
    };
    this.append(button);
  }
}

customElements.define("kept-link", KeptLink);
