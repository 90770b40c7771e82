// Where a code on the wall leads, as far as it was prepared for where no signal is.

import { read as readCode } from "../rules/code.js";
import { STATE } from "../rules/shell.js";
import { mine, read } from "./kept.js";

/** The address of the place that a code stands for (as scanned, typed, or in an address); null when it is not known here. */
export async function placeOf(text) {
  const { code } = readCode(text);
  const cache = code && (await mine());
  for (const { url } of (await cache?.keys()) ?? []) {
    if (!new URL(url).pathname.startsWith(STATE)) continue;
    const place = (await read(cache, url)).list.tags[code];
    if (place) return place;
  }
  return null;
}
