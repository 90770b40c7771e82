// A hand-held scanner works on any page: what it types goes to the place of the code, unless somebody
// is writing into a field, which then gets it.

import { scanned } from "../rules/code.js";
import { typed } from "../rules/wedge.js";
import { go, lookedUp } from "./wire.js";

const hosts = JSON.parse(document.getElementById("wedge").dataset.hosts);
let so = null;

addEventListener("keydown", async (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea, select, [contenteditable]")) return;
  so = typed(so, event.key, event.timeStamp);
  const { code } = so.read ? scanned(so.read, hosts) : {};
  if (!code) return;
  event.preventDefault(); // a button that has the focus is not pressed by the scanner's Enter
  event.stopImmediatePropagation();
  go((await lookedUp(code))?.url ?? `/Q/${code}`);
}, { capture: true });
