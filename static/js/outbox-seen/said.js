// The words of a page, from the data attributes of an element, with their holes filled.

const { lang } = document.documentElement;
const language = lang === "en" ? "en-GB" : lang || []; // plain "en" writes as Americans do, here as on the server
const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** A moment as people say it: 14:05, or with its day when that is another one. */
export function clock(moment) {
  const at = new Date(moment);
  return (at.toDateString() === new Date().toDateString() ? time : day).format(at);
}

const unit = (unit) => new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 0 });

/** So many megabytes, as people say it: 48 MB, 10 GB. */
export const size = (megabytes) => (megabytes < 2000 ? unit("megabyte").format(megabytes) : unit("gigabyte").format(megabytes / 1024));

/** The words `name` (as in data-queued-at) of `element`; `{hole}` is filled from `holes`. */
export function say(element, name, holes = {}) {
  const text = element.getAttribute(`data-${name}`) ?? "";
  return text.replace(/\{(\w+)\}/g, (hole, key) => holes[key] ?? hole);
}

/** The same, in the singular (data-<name>-one) when `n` is 1. */
export const count = (element, name, n, holes = {}) => say(element, n === 1 && element.hasAttribute(`data-${name}-one`) ? `${name}-one` : name, { n, ...holes });
