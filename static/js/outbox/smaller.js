// Photos that were too large for somebody on the way: once more, smaller.

import { shrunk } from "../photo/wire.js";
import { keepPhoto, photo } from "./photos.js";

const HALF = 1280; // px, the longest side

/** A manifest with smaller photos; null when none of them could be made smaller. */
export async function smaller(manifest) {
  const made = [];
  for (const entry of manifest) {
    const blob = await photo(entry.sha256);
    const file = new File([blob], entry.name ?? "", { type: entry.type });
    made.push({ ...entry, ...(await keepPhoto(await shrunk(file, HALF))) });
  }
  return made.some(({ bytes }, n) => bytes < manifest[n].bytes) ? made : null;
}
