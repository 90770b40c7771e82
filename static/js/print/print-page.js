// <print-page><button>Print</button></print-page>: the browser's own print dialogue.
customElements.define("print-page", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => window.print());
  }
});
