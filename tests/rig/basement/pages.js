// What the rig does inside a page: one expression, an object of functions, each used by itself.
({
  /**
   * Time runs so many times faster, in all tabs alike: `anchor` is the moment at which it is right.
   * Single pauses run faster from `rigHurries()` on: a store may need a second to open.
   */
  faster([hurry, anchor]) {
    const [later, every, Time] = [setTimeout, setInterval, Date];
    const moment = () => anchor + (Time.now() - anchor) * hurry;
    let faster = 1;
    globalThis.rigHurries = () => (faster = hurry);
    globalThis.setTimeout = (act, ms = 0, ...given) => later(act, ms / faster, ...given);
    globalThis.setInterval = (act, ms = 0, ...given) => every(act, ms / hurry, ...given);
    globalThis.Date = class extends Time {
      constructor(...given) {
        given.length ? super(...given) : super(moment());
      }
      static now() {
        return Math.floor(moment());
      }
    };
  },

  /** A clock that is wrong by `shift` ms. */
  shifted(shift) {
    const Time = Date;
    globalThis.Date = class extends Time {
      constructor(...given) {
        given.length ? super(...given) : super(Time.now() + shift);
      }
      static now() {
        return Time.now() + shift;
      }
    };
  },

  /** A browser without the Web Locks. */
  unlocked() {
    Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
  },

  /** A disk that is full of photos after so many parts. */
  full(parts) {
    const put = IDBObjectStore.prototype.put;
    let left = parts;
    IDBObjectStore.prototype.put = function (...given) {
      if (this.name === "photos" && left-- <= 0) throw new DOMException("full", "QuotaExceededError");
      return put.apply(this, given);
    };
  },

  /** Tells `rig` what the outbox says, and what stands on the screen. */
  listening() {
    addEventListener("outbox-saved", ({ detail }) => rig("saved", detail.item.id), true);
    addEventListener("DOMContentLoaded", async () => {
      const wire = document.querySelector('script[src*="/outbox/wire.js"]')?.src;
      if (!wire) return;
      const box = await import(wire.replace("wire.js", "box.js"));
      if (!(await box.ready)) throw new Error("this browser keeps nothing");
      globalThis.rigHurries?.();
      globalThis.box = box;
      let last = "";
      box.changes.addEventListener("change", ({ detail }) => {
        if (detail.far) return;
        last = detail.id;
        rig(detail.state, detail.id);
      });
      const words = document.getElementById("outbox-words").dataset;
      new MutationObserver(() => {
        for (const said of document.querySelectorAll("form [role=status]"))
          if (last && said.textContent.trim().startsWith(words.received)) rig("received", last);
      }).observe(document.body, { childList: true, subtree: true, characterData: true });
    });
  },

  /** Finish as forms do; `rig` hears of each once its promise has resolved, when a form would say so. */
  async finish(list) {
    const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    for (const { words, url, pairs, photos } of list) {
      const kept = [];
      for (const photo of photos) {
        const entry = await box.keepPhoto(new Blob([bytes(photo)], { type: "image/jpeg" }));
        kept.push({ ...entry, field: "photos", name: "image.jpg" });
      }
      const item = await box.finish({ url, pairs, photos: kept, title: words });
      await rig("finished", item.id, words);
    }
  },

  /** Keep photos of `size` bytes until one does not fit; the hashes of those that did, and the error. */
  async fill([size, most]) {
    const kept = [];
    for (let n = 0; n < most; n++) {
      const data = new Uint8Array(size);
      for (let at = 0; at < size; at += 65536) crypto.getRandomValues(data.subarray(at, Math.min(size, at + 65536)));
      try {
        kept.push(await box.keepPhoto(new Blob([data], { type: "image/jpeg" })));
      } catch (error) {
        return { kept, error: error.name };
      }
    }
    return { kept, error: "" };
  },

  /** What is on the phone, read without any code of the product: by id, whether each photo is sound. */
  async onPhone() {
    const asked = (request) =>
      new Promise((done, failed) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
      });
    if (!(await indexedDB.databases()).some(({ name }) => name === "tandem")) return {};
    const db = await asked(indexedDB.open("tandem"));
    const all = (store) => asked(db.transaction(store).objectStore(store).getAll());
    const parts = {};
    for (const { sha256, n, data } of await all("photos")) (parts[sha256] ??= []).push([n, data]);
    const sound = { photos: {} };
    for (const [name, list] of Object.entries(parts)) {
      const data = list.sort(([a], [b]) => a - b).map(([, part]) => part);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(data).arrayBuffer()));
      sound.photos[name] = [...digest].map((one) => one.toString(16).padStart(2, "0")).join("") === name;
    }
    const held = ({ manifest }, of) => Object.fromEntries(manifest.map(({ sha256 }) => [sha256, of(sha256)]));
    for (const item of await all("outbox")) sound[item.id] = held(item, (name) => sound.photos[name] ?? false);
    for (const item of await all("receipts")) sound[item.id] = held(item, () => true);
    db.close();
    return sound;
  },

  /** What is still to be sent. */
  async waiting() {
    const asked = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
    const db = await asked(indexedDB.open("tandem"));
    const rows = await asked(db.transaction("outbox").objectStore("outbox").getAll());
    db.close();
    return rows.map(({ id, state, next_try, last_error, attempts }) => ({ id, state, next_try, last_error, attempts }));
  },
})
