// <passkey-form ceremony="get|create" options="/address"> around a form with a hidden field
// "credential": shows the form where passkeys work, fills the field, and sends the form as usual.
// Inside: [data-without] is said where they do not work, [data-problem] takes a sentence.
// With autofill, the browser offers passkeys in the page's field autocomplete="… webauthn".

import { able, ableToAutofill, create, get } from "./wire.js";

const RENEWED_EVERY = 4 * 60 * 1000; // a challenge is good for five minutes

class PasskeyForm extends HTMLElement {
  #waiting = null;
  #timer = 0;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.problem = this.querySelector("[data-problem]");
    if (!able()) return;
    this.querySelector("[data-without]")?.remove();
    this.form.hidden = false;
    this.form.addEventListener("submit", (event) => this.#submit(event));
    if (this.hasAttribute("autofill")) this.#offer();
  }

  disconnectedCallback() {
    this.#stop();
  }

  async #submit(event) {
    const field = this.form.elements.credential;
    if (field.value) return; // signed: let the form go
    event.preventDefault();
    this.#stop();
    this.#busy(true);
    try {
      field.value = await this.#ask();
      this.form.requestSubmit();
    } catch (error) {
      this.#busy(false);
      this.#say(error);
    }
  }

  #ask() {
    const options = this.getAttribute("options");
    return this.getAttribute("ceremony") === "create" ? create(options) : get(options);
  }

  async #offer() {
    if (!(await ableToAutofill())) return;
    this.#waiting = new AbortController();
    this.#timer = setTimeout(() => { this.#stop(); this.#offer(); }, RENEWED_EVERY);
    try {
      const signal = this.#waiting.signal;
      this.form.elements.credential.value = await get(this.getAttribute("options"), signal, "conditional");
      this.form.requestSubmit();
    } catch {
      // taken back, or the person chose something else: the button is still there
    }
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#waiting?.abort();
    this.#waiting = null;
  }

  #busy(on) {
    this.form.toggleAttribute("aria-busy", on);
    if (on) this.problem.hidden = true;
  }

  #say(error) {
    const { cancelled, known, failed } = this.problem.dataset;
    const sentences = { NotAllowedError: cancelled, AbortError: cancelled, InvalidStateError: known };
    this.problem.textContent = sentences[error.name] || (error.name === "Error" && error.message) || failed;
    this.problem.hidden = false;
  }
}

customElements.define("passkey-form", PasskeyForm);
