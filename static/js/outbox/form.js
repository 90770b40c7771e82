// What is said in a form: how its sending goes, and mistakes beside their fields.

const FIELDS = "input:not([type=hidden], [name=website]), textarea, select";
const lines = new WeakMap();
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const all = (form, selector, act) => form.querySelectorAll(selector).forEach(act);

/** Say one sentence at the end of a form; `more` are nodes after it. kind: busy, wrong, done, kept. */
export function say(form, text, kind, ...more) {
  if (!lines.has(form)) lines.set(form, make("p", { role: "status" }));
  const line = lines.get(form);
  if (line.parentNode !== form) form.append(line);
  line.className = `draft__said draft__said--${kind}`;
  line.replaceChildren(text, ...more.flatMap((one) => [" ", one]));
  if (text) line.scrollIntoView({ block: "nearest" });
}

/** Say mistakes: each beside its field, the others at the end. */
export function show(form, list) {
  clear(form);
  say(form, list.filter((one) => !mark(form, one)).map((one) => one.sentence).join(" "), "wrong");
  const first = form.querySelector("[aria-invalid]");
  first?.focus({ preventScroll: true });
  first?.closest(".field").scrollIntoView({ block: "center" });
}

function mark(form, { field, sentence }) {
  const control = [...form.querySelectorAll(FIELDS)].find((one) => one.name === field);
  const box = control?.closest(".field");
  if (!box) return false;
  box.closest("details")?.setAttribute("open", "");
  box.classList.add("field--wrong");
  control.id ||= `wrong-${field}`;
  const said = make("p", { className: "field__error", id: `${control.id}-said`, textContent: sentence });
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", said.id);
  const label = box.querySelector(".field__label");
  label ? label.after(said) : box.prepend(said);
  return true;
}

export function clear(form) {
  all(form, ".field__error", (said) => said.remove());
  all(form, ".field--wrong", (box) => box.classList.remove("field--wrong"));
  all(form, "[aria-invalid]", (one) => one.removeAttribute("aria-invalid"));
}

const textOf = (node) => [...(node?.childNodes ?? [])].filter((one) => !one.matches?.(".field__optional, .field__error, .field__hint, svg")).map(({ textContent }) => textContent).join("").trim();
const isChoice = ({ type }) => type === "radio" || type === "checkbox";

/** What a person reads of a filled form: [[label or "", text]…] of the fields called `names`, a choice by its words. */
export function spoken(form, names) {
  const fields = [...form.querySelectorAll(FIELDS)].filter((one) => names.has(one.name) && one.type !== "file" && !one.matches(":disabled"));
  return fields.filter((one) => (isChoice(one) ? one.checked : one.value.trim())).map((one) => {
    const own = textOf(one.labels?.[0]);
    const legend = textOf(one.closest("fieldset")?.querySelector("legend"));
    if (isChoice(one)) return [legend, own || one.value];
    return [own || one.getAttribute("aria-label") || legend, one.options ? [...one.selectedOptions].map(textOf).join(", ") : one.value];
  });
}

/** What is frozen cannot be typed into any more; what is said of it stays. */
export function freeze(form, on) {
  for (const part of form.children) if (part !== lines.get(form)) part.inert = on;
  form.classList.toggle("is-kept", on);
}
