// <signature-pad> around a text field: signing on the glass. The strokes go into the field as an SVG
// path of M and L in a box of 600 by 200; without this script the field takes a name.

const [WIDTH, HEIGHT] = [600, 200];
const LONGEST = 20_000; // what the server takes
const NS = "http://www.w3.org/2000/svg";
const draw = (tag, facts) => {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(facts)) made.setAttribute(name, value);
  return made;
};

class SignaturePad extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea");
    if (!this.field || this.pad) return;
    (this.field.closest("label") ?? this.field).hidden = true;
    this.pad = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": this.getAttribute("label") });
    this.ink = draw("path", {});
    this.pad.append(draw("line", { x1: 30, x2: WIDTH - 30, y1: 160, y2: 160 }), this.ink);
    const clear = Object.assign(document.createElement("button"), { type: "button", className: "button button--quiet", textContent: this.getAttribute("clear") });
    clear.onclick = () => this.set("");
    this.append(this.pad, clear);
    this.pad.addEventListener("pointerdown", (event) => this.down(event));
    this.pad.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.pad.addEventListener(name, () => this.up());
    this.field.form?.addEventListener("reset", () => setTimeout(() => this.show()));
    addEventListener("pageshow", () => this.show());
    this.show();
  }

  show() {
    const path = /^M/.test(this.field.value) ? this.field.value : "";
    this.ink.setAttribute("d", path);
    this.classList.toggle("is-signed", path !== "");
  }

  set(path) {
    this.field.value = path;
    this.show();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  point({ clientX, clientY }) {
    const box = this.pad.getBoundingClientRect();
    const within = (part, size) => Math.round(Math.min(1, Math.max(0, part)) * size);
    return `${within((clientX - box.left) / box.width, WIDTH)} ${within((clientY - box.top) / box.height, HEIGHT)}`;
  }

  down(event) {
    if (this.path !== undefined || event.button > 0 || this.field.value.length > LONGEST) return;
    event.preventDefault();
    this.pad.setPointerCapture(event.pointerId);
    this.last = this.point(event);
    this.path = `${this.field.value}M${this.last}`;
  }

  move(event) {
    if (this.path === undefined) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const point = this.point(one);
      if (point === this.last || this.path.length > LONGEST - 10) continue;
      this.path += `L${point}`;
      this.last = point;
    }
    this.ink.setAttribute("d", this.path);
  }

  up() {
    if (this.path === undefined) return;
    const path = this.path;
    this.path = undefined;
    this.set(path);
  }
}

customElements.define("signature-pad", SignaturePad);
