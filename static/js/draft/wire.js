// The browser's store and line, as kept-draft needs them.

const PREFIX = "draft:";
const SILENCE = 45_000; // without a byte moving, the line is given up

// A private window may have no storage, a phone may be full: the form works all the same.
const tried = (act) => {
  try {
    return act();
  } catch {
    return null;
  }
};

export const read = (name) => tried(() => JSON.parse(localStorage.getItem(PREFIX + name)));
export const remove = (name) => tried(() => localStorage.removeItem(PREFIX + name));
export const write = (name, draft) => tried(() => localStorage.setItem(PREFIX + name, JSON.stringify(draft)));

/** Drop the drafts for which `gone(draft)` holds. */
export function sweep(gone) {
  const names = tried(() => Object.keys(localStorage)) ?? [];
  for (const name of names.filter((one) => one.startsWith(PREFIX)).map((one) => one.slice(PREFIX.length)))
    if (gone(read(name) ?? {})) remove(name);
}

/** Whether this browser can prove that an answer is ours: only over https or on localhost. */
export const provable = Boolean(globalThis.crypto?.subtle);
export const digest = (bytes) => crypto.subtle.digest("SHA-256", bytes);

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
