// The browser's IndexedDB: one row per thing. Every change is durable when its promise resolves.

const NAME = "tandem";
const VERSION = 1;
const BLOCKED = 5000; // ms a store that another tab holds is waited for
const KEYS = { drafts: "name", outbox: "id", photos: ["sha256", "n"], receipts: "id", meta: "name" };
let handle = null;

/** Fires "outdated" when another tab brought a newer store: this page should be loaded again. */
export const events = new EventTarget();

const tried = (act) => { try { return act(); } catch { return undefined; } };
const drop = (db) => {
  db.close();
  handle = null;
};

function opened(version) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, version);
    const given = setTimeout(() => reject(new DOMException("blocked", "TimeoutError")), BLOCKED);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(KEYS))
        if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store, { keyPath });
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      clearTimeout(given);
      const db = request.result;
      db.onclose = () => drop(db);
      db.onversionchange = () => {
        drop(db); // or the other tab could not go on
        events.dispatchEvent(new Event("outdated"));
      };
      resolve(db);
    };
  });
}

// A newer build may have been here in another tab: what it stores is a superset of what we know.
const newer = (error) => (error.name === "VersionError" ? opened() : Promise.reject(error));

function open() {
  handle ??= opened(VERSION).catch(newer);
  handle.catch(() => (handle = null));
  return handle;
}

export const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function once(stores, act, mode) {
  const db = await open();
  const transaction = db.transaction(stores, mode, { durability: "strict" });
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
  });
  ended.catch(() => {}); // heard below, unless `act` fails first
  try {
    const value = await act((store) => transaction.objectStore(store));
    transaction.commit?.(); // at once: a page that is being left may not come to its next turn
    await ended;
    return value;
  } catch (error) {
    if (!transaction.error) tried(() => transaction.abort());
    throw transaction.error ?? error;
  }
}

// iOS closes the connection of a page in the background: "Connection to Indexed Database server lost".
const gone = ({ name, message }) => name === "InvalidStateError" || /connection.*(lost|clos)/i.test(message);

/**
 * One transaction over `stores` (names); `act(of)` is given the object stores by `of(name)` and awaits
 * nothing but their requests. Resolves when it is durable. A connection that is gone is opened once more.
 */
export async function change(stores, act, mode = "readwrite") {
  try {
    return await once(stores, act, mode);
  } catch (error) {
    if (!gone(error)) throw error;
    handle = null;
    return await once(stores, act, mode);
  }
}

const read = (store, act) => change([store], (of) => act(of(store)), "readonly");
export const get = (store, key) => read(store, (rows) => asked(rows.get(key)));
export const all = (store, range) => read(store, (rows) => asked(rows.getAll(range)));
export const keys = (store, range) => read(store, (rows) => asked(rows.getAllKeys(range)));
export const put = (store, row) => change([store], (of) => asked(of(store).put(row)));
export const remove = (store, key) => change([store], (of) => asked(of(store).delete(key)));

/** Every key that begins with `[first]`, or with the text `first`. */
export const beginning = (first) => (Array.isArray(first) ? IDBKeyRange.bound(first, [...first, []]) : IDBKeyRange.bound(first, `${first}\uffff`));

/** Change a row that is still there, in one transaction: `changed(row)`; null when it is gone. */
export const update = (store, key, changed) =>
  change([store], async (of) => {
    const row = await asked(of(store).get(key));
    if (!row) return null;
    const next = { ...row, ...changed(row) };
    await asked(of(store).put(next));
    return next;
  });
