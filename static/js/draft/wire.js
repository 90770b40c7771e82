// What kept-draft and visit-form need of the browser.

export { draft, dropDraft, elsewhere, keepDraft, photo, putAside, takeOver } from "../outbox/box.js";

const PREFIX = "draft:";
const tried = (act) => {
  try {
    return act();
  } catch {
    return null; // a private window may have no storage
  }
};

/**
 * What a page that was being left wrote at once, or an earlier build; it is given once.
 *
 * Hazard: a page that goes away may not come to the end of a transaction, on iOS hardly ever.
 */
export function inherited(name) {
  const old = tried(() => JSON.parse(localStorage.getItem(PREFIX + name)));
  tried(() => localStorage.removeItem(PREFIX + name));
  return old && { photos: [], ...old, name: undefined };
}
export const bequeath = (name, draft) => tried(() => localStorage.setItem(PREFIX + name, JSON.stringify(draft)));

/** The name this browser gives itself beside drafts that the server keeps; "" where nothing can be stored. */
export function device() {
  const made = tried(() => localStorage.getItem("draft-device")) ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  return tried(() => (localStorage.setItem("draft-device", made), made)) ?? "";
}
