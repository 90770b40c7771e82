// What the queue follows from: ranges of rows, time that runs out, waits. No DOM, no network.

/** All of `list` from one of its members to another, in either direction, both included. */
export function between(list, from, to) {
  const [a, b] = [list.indexOf(from), list.indexOf(to)].sort((x, y) => x - y);
  return a < 0 ? list.slice(b, b + 1) : list.slice(a, b + 1);
}

/** Where a due moment stands: "late", "warned" or "". Moments in milliseconds; warn may be missing. */
export function stage(now, due, warn) {
  if (now >= due) return "late";
  return now >= (warn ?? due) ? "warned" : "";
}

/** Milliseconds until the next look, after so many failures in a row. */
export const wait = (failures) => Math.min(30_000, 5000 * 2 ** failures);

/** The filter value that leads from one view's query to another's, as "name:value"; else "". */
export function filterOf(current, target) {
  const [here, there] = [new URLSearchParams(current), new URLSearchParams(target)];
  for (const name of ["due", "hold", "repeat", "breached", "depth", "state", "priority", "owner", "category", "assignee", "court"])
    if (here.get(name) !== there.get(name)) return `${name}:${there.get(name) ?? here.get(name)}`;
  return "";
}

/** "{n} rows" for a number. */
export const counted = (n, one, many) => (n === 1 ? one : many).replace("{n}", n);
