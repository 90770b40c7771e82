// What visit-form shows before a visit is submitted: the score so far, what is left, what was found.

import { score } from "../rules/visit.js";

const make = (tag, className, ...inside) => {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...inside.filter(Boolean));
  return made;
};
const filled = (text, values) => text.replace(/\{(\w)\}/g, (_, name) => values[name]);

/** The boxes of the summary of a visit-form. */
export function drawn(form) {
  const all = form.answerable;
  const left = all.filter(({ missing }) => missing);
  const found = all.filter(({ verdict }) => verdict === "not_met");
  return [
    scored(form, all),
    left.length
      ? listed(form, form.words.open, left, ({ missing }) => (missing === "open" ? "" : form.words[missing]))
      : make("p", "end__whole", form.words.complete),
    found.length ? listed(form, form.words.findings, found, (item) => fate(form, item)) : make("p", "muted", form.words.none),
    parts(form),
  ];
}

function scored(form, all) {
  const now = score(all.filter(({ level }) => level !== null), form.scale);
  const line = make("p", "score", make("span", "", form.words.score));
  if (!now) return make("p", "score", make("span", "", form.words.score), make("span", "muted", form.words.unrated));
  line.append(make("span", "score__percent", `${now.percent.toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1 })} %`), mark(form, now.level));
  if (now.capped) line.append(make("span", "score__capped", form.words.capped));
  return line;
}

function mark(form, level) {
  const chip = form.querySelector(`#scale [data-level="${level}"] .level`).cloneNode(true);
  chip.querySelector(".level__percent")?.remove();
  return chip;
}

function listed(form, title, items, more) {
  const list = make("ul", "end__list");
  for (const item of items) {
    const button = make("button", "", make("span", "", item.label), make("span", "small muted", [item.part, more(item)].filter(Boolean).join(" · ")));
    button.type = "button";
    button.onclick = () => form.go(item.key);
    list.append(make("li", "", item.level ? mark(form, item.level) : "", button));
  }
  return make("div", "", make("h3", "", `${title} `, make("span", "count", String(items.length))), list);
}

function fate(form, { key, missing }) {
  const { fixed, joins } = form.answers[key];
  const said = fixed ? form.words.fixed : joins ? filled(form.words.joins, { n: joins }) : form.words.queue;
  return missing ? `${said}; ${form.words[missing]}` : said;
}

/** How many are answered under each heading. */
function parts(form) {
  const list = make("ul", "end__parts small");
  for (const part of form.querySelectorAll(".asks:not([hidden])")) {
    const inside = form.answerable.filter(({ box }) => part.contains(box));
    const done = inside.filter(({ verdict }) => verdict !== "open").length;
    const title = part.querySelector("h2")?.textContent ?? "";
    if (inside.length) list.append(make("li", "", make("span", "", title), make("span", "number muted", filled(form.words.answered, { n: done, m: inside.length }))));
  }
  return list;
}
