// One thing that waits, as an element: where it stands, what was typed, its pictures.

import * as box from "../outbox/box.js";
import { sentences, standing, written } from "../rules/waiting.js";
import { clock, say } from "./said.js";

const make = (tag, properties, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};
const part = (row, name) => row.querySelector(`[data-part=${name}]`);
const addresses = new Map(); // of pictures, by their hash: made once

/** Where a thing stands, in the words of `words` (an element): {name, word, text}. */
export function stands(words, thing) {
  const { at, ...found } = standing(thing, Date.now());
  const text = say(words, found.words, { ...found, time: at ? clock(at) : "" });
  return { name: found.name, word: say(words, `word-${found.name}`), text: found.photos ? `${text} ${say(words, found.photos)}` : text };
}

/** What was typed, as a list of terms. */
export function list(thing) {
  const lines = written(thing).map(([label, text]) => make("div", {}, ...(label ? [make("dt", { textContent: label })] : []), make("dd", { textContent: text, dir: "auto" })));
  return make("dl", { className: "outbox__typed" }, ...lines);
}

async function picture(sha256, alt) {
  if (!addresses.has(sha256)) {
    const blob = await box.photo(sha256).catch(() => null);
    addresses.set(sha256, blob && URL.createObjectURL(blob));
  }
  const address = addresses.get(sha256);
  return address ? make("img", { src: address, alt, width: 64, height: 64 }) : null;
}

/** Fill the list of pictures; one that is gone is said to be. */
async function pictures(words, row, photos) {
  const shown = await Promise.all(photos.map(({ sha256 }, n) => picture(sha256, say(words, "photo", { n: n + 1 }))));
  part(row, "photos").replaceChildren(...shown.map((one) => make("li", {}, one ?? make("p", { className: "photo__unseen small", textContent: say(words, "no-photo") }))));
}

/** A new row for a thing, from the template of `words`; what is frozen is filled in once. */
export function row(words, thing) {
  const made = words.querySelector("template").content.firstElementChild.cloneNode(true);
  const photos = thing.manifest ?? thing.photos ?? [];
  const lines = written(thing);
  part(made, "title").textContent = thing.title || say(words, thing.state === "draft" ? "began" : "finished");
  part(made, "place").textContent = thing.place ?? "";
  part(made, "typed").hidden = !lines.length;
  part(made, "typed").open = thing.state !== "sent";
  part(made, "typed").append(list(thing));
  pictures(words, made, photos);
  return made;
}

/** Say where a thing stands now. */
export function restand(words, made, thing) {
  const { name, word, text } = stands(words, thing);
  made.dataset.state = name;
  part(made, "word").textContent = word;
  part(made, "text").textContent = text;
  const wrong = name === "needs_you" ? sentences(thing) : [];
  part(made, "wrong").replaceChildren(...wrong.map((textContent) => make("li", { textContent, dir: "auto" })));
}

/** A button or, with an address, a link. */
export function move(label, kind, act) {
  const className = `button${kind ? ` button--${kind}` : ""}`;
  if (typeof act === "string") return make("a", { className, href: act, textContent: label });
  return make("button", { className, type: "button", textContent: label, onclick: act });
}
