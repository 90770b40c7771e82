// What waits, as a file: made on the phone, without a line.

import * as box from "../outbox/box.js";
import { contents } from "../rules/waiting.js";
import { zip } from "../rules/zip.js";

/** The parts of a zip of items.json, index.txt and the photos, under names of ours alone. */
export async function unsent(things, said, head) {
  const { photos, index, items } = contents(things, said, head);
  const text = (content) => new TextEncoder().encode(content);
  const files = [{ name: "index.txt", data: text(index) }, { name: "items.json", data: text(items) }];
  for (const [sha256, name] of photos) {
    const blob = await box.photo(sha256).catch(() => null);
    if (blob) files.push({ name, data: new Uint8Array(await blob.arrayBuffer()) });
  }
  return zip(files, new Date());
}
