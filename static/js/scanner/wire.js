// The browser's camera, torch, barcode reader, sound and line, as code-scanner needs them.

const LOOK_UP = 2500; // ms until a code is looked for on this phone

/** The camera at the back as a stream; rejects when there is none or it is not allowed. */
export const camera = () =>
  navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } });

export const hasCamera = Boolean(navigator.mediaDevices?.getUserMedia);

export const hasTorch = (stream) => Boolean(stream.getVideoTracks()[0]?.getCapabilities?.().torch);
export const torch = (stream, on) => stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });

/** What reads codes from a picture: the browser's own reader, else ours (`vendor`), else null. */
export async function reader(vendor) {
  const own = globalThis.BarcodeDetector;
  const known = await own?.getSupportedFormats().catch(() => []);
  if (known?.includes("qr_code")) return new own({ formats: known });
  if (!vendor) return null;
  try {
    await loaded(vendor);
    const { BarcodeDetector, prepareZXingModule } = globalThis.BarcodeDetectionAPI;
    prepareZXingModule({ overrides: { locateFile: (path) => new URL(path, new URL(vendor, location.href)).href } });
    const made = new BarcodeDetector();
    await made.detect(new ImageData(8, 8)); // fetches the WebAssembly, or throws where it may not run
    return made;
  } catch {
    return null;
  }
}

const loaded = (address) =>
  new Promise((resolve, reject) => {
    if (globalThis.BarcodeDetectionAPI) return resolve();
    document.head.append(Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject }));
  });

let hearing;

/** Unlock the sound while a finger is on the screen; browsers are silent before. */
export const listenable = () => (hearing ??= globalThis.AudioContext && new AudioContext());

/** A short high note for one of ours, a low one for what is not. */
export function heard(good) {
  if (!hearing) return;
  const [note, volume] = [hearing.createOscillator(), hearing.createGain()];
  note.frequency.value = good ? 1320 : 220;
  volume.gain.value = 0.15;
  note.connect(volume).connect(hearing.destination);
  note.start();
  note.stop(hearing.currentTime + (good ? 0.09 : 0.35));
}

export const felt = (good) => navigator.vibrate?.(good ? 60 : [80, 60, 80]);

/** Where a code leads: {url, place, mine}; from this phone without a line; null when nobody knows. */
export async function lookedUp(code) {
  try {
    const answer = await fetch(`/scan/codes/${code}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(LOOK_UP) });
    if (answer.ok) return await answer.json();
    if (answer.status === 404) return null;
  } catch { /* no line */ }
  const { placeOf } = await import("../pwa/tags.js").catch(() => ({}));
  const url = await placeOf?.(code);
  return url ? { url, place: "", mine: true } : null;
}

const tried = (act) => {
  try {
    return act();
  } catch {
    return null; // a private window may have no storage
  }
};

export const recalled = (name) => tried(() => localStorage.getItem(`scan:${name}`)) === "1";
export const remember = (name, on) => tried(() => localStorage.setItem(`scan:${name}`, on ? "1" : ""));
export const go = (address) => location.assign(address);
