// Conditions between the items of a checklist, followed as the server follows them. No DOM, no network.
// The server reads the text and sends the tree; tests/vectors/expression.json binds this to
// inspection/rules/expression.py.

/**
 * Whether a tree is true for these answers. `values`: by the name of the item, a text, number,
 * bool or list of texts; values["today()"] is the day, as 2026-12-31. `own` is what "." stands for.
 */
export const holds = (tree, values, own) => truth(value(tree, values, own));

/** What a tree comes to: a number (NaN where it cannot be computed), a text, or a bool. */
export function value([kind, ...parts], values, own) {
  if (kind === "value") return parts[0];
  if (kind === "name") return plain(Object.hasOwn(values, parts[0]) ? values[parts[0]] : null);
  if (kind === "own") return plain(own);
  const [by, given] = kind === "call" ? [CALLS[parts[0]], parts.slice(1)] : [OPERATORS[kind], parts];
  return by(...given.map((part) => value(part, values, own)));
}

/** The names a tree looks up: when one of them is answered anew, the tree must be asked again. */
export const names = ([kind, ...parts]) =>
  kind === "name" ? parts : [...new Set(parts.filter(Array.isArray).flatMap(names))];

function plain(answer) {
  if (answer === null || answer === undefined) return "";
  if (Array.isArray(answer)) return answer.join(" ");
  if (typeof answer === "number") return Math.abs(answer) < 1e300 ? answer : NaN;
  return typeof answer === "boolean" ? answer : String(answer);
}

const truth = (one) => (typeof one === "number" ? one !== 0 && !Number.isNaN(one) : Boolean(one));

function number(one) {
  if (typeof one !== "string") return Number(one);
  if (/^ *-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+) *$/.test(one)) return Number(one);
  const day = /^([1-9][0-9]{3})-([0-9]{2})-([0-9]{2})$/.exec(one);
  const at = day ? new Date(`${one}T00:00:00Z`) : NaN;
  return day && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(one) ? at.getTime() / 86_400_000 : NaN;
}

function text(one) {
  if (typeof one !== "number") return String(one);
  if (Number.isInteger(one)) return BigInt(one).toString();
  return Number.isFinite(one) && Math.abs(one) < 1e-4 ? one.toExponential() : String(one);
}

function equal(one, other) {
  if (typeof one === "boolean" || typeof other === "boolean") return truth(one) === truth(other);
  if (typeof one === "number" || typeof other === "number") return number(one) === number(other);
  return one === other;
}

const ordered = (compare) => (one, other) => {
  const [left, right] = [number(one), number(other)];
  const worded = [one, other].every((each) => typeof each === "string" && each);
  if (Number.isNaN(left) && Number.isNaN(right) && worded) return compare(one, other);
  return compare(left, right);
};

const parts = (chosen) => text(chosen).split(" ").filter(Boolean);

function rounded(one, places = 0) {
  const [value, decimals] = [number(one), number(places)];
  if (!(decimals >= 0 && decimals <= 9)) return NaN;
  const scale = 10 ** Math.trunc(decimals);
  const scaled = value * scale + 0.5;
  return Number.isFinite(scaled) ? Math.floor(scaled) / scale : value;
}

const OPERATORS = {
  or: (...all) => all.some(truth),
  and: (...all) => all.every(truth),
  "=": equal,
  "!=": (one, other) => !equal(one, other),
  "<": ordered((one, other) => one < other),
  ">": ordered((one, other) => one > other),
  "<=": ordered((one, other) => one <= other),
  ">=": ordered((one, other) => one >= other),
  "+": (one, other) => number(one) + number(other),
  "-": (one, other) => number(one) - number(other),
  "*": (one, other) => number(one) * number(other),
  div: (one, other) => (number(other) ? number(one) / number(other) : NaN),
  mod: (one, other) => number(one) % number(other),
  minus: (one) => -number(one),
};

const CALLS = {
  selected: (where, what) => parts(where).includes(text(what)),
  "selected-at": (chosen, which) => (number(which) >= 0 && parts(chosen)[Math.trunc(number(which))]) || "",
  "count-selected": (where) => parts(where).length,
  not: (one) => !truth(one),
  true: () => true,
  false: () => false,
  date: (one) => one,
  "string-length": (one) => [...text(one)].length,
  number,
  int: (one) => (Number.isFinite(number(one)) ? Math.trunc(number(one)) : NaN),
  round: rounded,
  abs: (one) => Math.abs(number(one)),
  min: (...given) => Math.min(...given.map(number)),
  max: (...given) => Math.max(...given.map(number)),
  string: text,
  concat: (...given) => given.map(text).join(""),
  contains: (where, what) => text(where).includes(text(what)),
  "starts-with": (where, what) => text(where).startsWith(text(what)),
  "ends-with": (where, what) => text(where).endsWith(text(what)),
  coalesce: (one, other) => (one === "" ? other : one),
  if: (when, one, other) => (truth(when) ? one : other),
  boolean: truth,
};
