// What kept-draft and visit-form need of the browser.

export { draft, dropDraft, elsewhere, keepDraft, photo, takeOver } from "../outbox/box.js";

const PREFIX = "draft:";
const SILENCE = 45_000; // without a byte moving, the line is given up
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

/** Post a form: {status, body}, body null unless it is JSON. Rejects when the line is lost. */
export const send = (url, form, key, progress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), SILENCE);
    };
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      if (total > 50_000) progress(Math.floor((100 * loaded) / total));
    };
    request.onprogress = alive;
    request.onerror = request.onabort = reject;
    request.onload = () => resolve({ status: request.status, body: tried(() => JSON.parse(request.responseText)) });
    request.onloadend = () => clearTimeout(timer);
    alive();
    request.send(form);
  });
