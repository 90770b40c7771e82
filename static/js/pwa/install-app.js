// <install-app>: the button that installs, where the browser offers that; says when it is installed.

let offered = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = event;
  for (const one of document.querySelectorAll("install-app")) one.show();
});

class InstallApp extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.addEventListener("click", () => this.install());
    addEventListener("appinstalled", () => this.installed());
    if (matchMedia("(display-mode: standalone)").matches || navigator.standalone) this.installed();
    else this.show();
  }

  show() {
    this.button.hidden = !offered;
  }

  async install() {
    const { outcome } = await offered.prompt();
    offered = null; // a browser lets it be asked once
    if (outcome === "accepted") this.installed();
    else this.show();
  }

  installed() {
    this.button.hidden = true;
    this.querySelector("[data-part=installed]").hidden = false;
  }
}

customElements.define("install-app", InstallApp);
