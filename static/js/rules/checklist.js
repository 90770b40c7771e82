// What the editor of a checklist knows of names and conditions. Pure; the server makes the same names
// (inspection/checklists/typed.py, examples in tests/vectors/item_keys.json).

/** A name that conditions can use, made from words: "Floor is dry" is floor_is_dry. */
export function keyOf(label, taken, otherwise = "item") {
  const plain = label.normalize("NFKD").replace(/[^\x00-\x7f]/g, "").toLowerCase();
  let stem = plain.replace(/[^a-z0-9]+/g, "_").slice(0, 40).replace(/^_+|_+$/g, "") || otherwise;
  if (/^[0-9]/.test(stem)) stem = `${otherwise}_${stem}`;
  const known = new Set(taken);
  let n = 1;
  const named = () => (n === 1 ? stem : `${stem}_${n}`);
  while (known.has(named())) n += 1;
  return named();
}

const PLAIN = /^\s*\$\{\s*([^}\s]+)\s*\}\s*(=|!=|<=|>=)\s*(?:'([^']*)'|"([^"]*)"|(-?[0-9.]+))\s*$/;
const AMONG = /^\s*(not\s*\()?\s*selected\s*\(\s*\$\{\s*([^}\s]+)\s*\}\s*,\s*(?:'([^']*)'|"([^"]*)")\s*\)\s*(\))?\s*$/;

/** A condition as item, sign and value; null when it is more than that. `""` as value: no answer. */
export function readCondition(text) {
  const plain = PLAIN.exec(text);
  if (plain) return { name: plain[1], sign: plain[2], value: plain[3] ?? plain[4] ?? plain[5] };
  const among = AMONG.exec(text);
  if (!among || Boolean(among[1]) !== Boolean(among[5])) return null;
  return { name: among[2], sign: among[1] ? "!=" : "=", value: among[3] ?? among[4] };
}

const NUMBERS = new Set(["level", "number", "count"]);

/** The same as a condition; `kind` is how the item is answered. */
export function writeCondition({ name, sign, value }, kind) {
  if (kind === "choices" && value) {
    const chosen = `selected(\${${name}}, ${quoted(value)})`;
    return sign === "!=" ? `not(${chosen})` : chosen;
  }
  const number = NUMBERS.has(kind) && /^-?[0-9]+(\.[0-9]+)?$/.test(value);
  return `\${${name}} ${sign} ${number ? value : quoted(value)}`;
}

const quoted = (text) => (text.includes("'") ? `"${text.replaceAll('"', "")}"` : `'${text}'`);

/** The choices typed as lines `value | label`, as pairs; a line of words alone gets its value from them. */
export function readOptions(text) {
  const made = [];
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const parts = line.split(/(?<!\\)\|/).map((part) => part.trim().replaceAll("\\|", "|"));
    if (parts.length === 1) parts.unshift(keyOf(parts[0], made.map(([value]) => value), "choice"));
    made.push([parts[0], parts[1] || parts[0]]);
  }
  return made;
}
