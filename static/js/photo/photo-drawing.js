// <photo-drawing>, once on a page: a red pen for the pictures of every <photo-shrink draw>. What is
// drawn replaces the picture; the original is not kept, as on paper.

const RED = "#e0162b";

class PhotoDrawing extends HTMLElement {
  connectedCallback() {
    if (this.dialog) return;
    const button = (name, className, onclick) => Object.assign(document.createElement("button"), { type: "button", className: `button ${className}`, textContent: this.getAttribute(name), onclick });
    this.dialog = document.createElement("dialog");
    this.dialog.className = "drawing";
    this.dialog.setAttribute("aria-label", this.getAttribute("label"));
    this.hint = Object.assign(document.createElement("p"), { className: "small", textContent: this.getAttribute("label") });
    this.canvas = document.createElement("canvas");
    const row = Object.assign(document.createElement("div"), { className: "drawing__row" });
    row.append(button("undo", "", () => this.undo()), button("cancel", "", () => this.dialog.close()), button("done", "button--primary", () => this.done()));
    this.dialog.append(this.hint, this.canvas, row);
    this.append(this.dialog);
    this.dialog.addEventListener("close", () => this.opener?.focus());
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => (this.line = null));
    document.addEventListener("photo-shown", ({ detail }) => detail.of.hasAttribute("draw") && this.offer(detail));
  }

  /** The picture as a button that opens the pen on it. */
  offer(shown) {
    const { image, one, n, of } = shown;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "chosen__draw" });
    image.alt = "";
    image.onerror = () => button.replaceWith(one.file.name);
    button.setAttribute("aria-label", of.getAttribute("draw").replace("{n}", n + 1));
    button.append(image);
    button.onclick = () => this.open({ file: one.file, replace: (file) => replaced(of, one, file) });
    shown.image = button;
  }

  async open({ file, replace }) {
    this.opener = document.activeElement;
    this.picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
    if (!this.picture) return; // not for this browser to read: it goes as it is
    Object.assign(this, { file, replace, lines: [], line: null });
    [this.canvas.width, this.canvas.height] = [this.picture.width, this.picture.height];
    this.show();
    this.dialog.showModal();
  }

  show() {
    const pen = this.canvas.getContext("2d");
    pen.drawImage(this.picture, 0, 0);
    Object.assign(pen, { strokeStyle: RED, lineCap: "round", lineJoin: "round", lineWidth: Math.max(4, Math.max(this.canvas.width, this.canvas.height) / 110) });
    for (const [[x, y], ...rest] of this.lines) {
      pen.beginPath();
      pen.moveTo(x, y);
      for (const point of rest.length ? rest : [[x, y]]) pen.lineTo(...point);
      pen.stroke();
    }
  }

  point({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * this.canvas.width, ((clientY - box.top) / box.height) * this.canvas.height];
  }

  down(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.line = [this.point(event)];
    this.lines.push(this.line);
    this.show();
  }

  move(event) {
    if (!this.line) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.line.push(this.point(one));
    this.show();
  }

  undo() {
    this.lines.pop();
    this.show();
  }

  async done() {
    const blob = this.lines.length && (await new Promise((made) => this.canvas.toBlob(made, "image/jpeg", 0.85)));
    if (blob) await this.replace(new File([blob], `${this.file.name.replace(/\.\w+$/, "")}.jpg`, { type: blob.type }));
    this.dialog.close();
  }
}

/** Another file in the place of one that was chosen. */
async function replaced(of, one, file) {
  await of.replace(one, file);
  of.input.dispatchEvent(new Event("input", { bubbles: true }));
}

customElements.define("photo-drawing", PhotoDrawing);
