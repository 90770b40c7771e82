// What changed, said here and in the other tabs.

/** Fires "change" with {id, state, code, item, progress} for items, wherever they changed. */
export const changes = new EventTarget();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("tandem-outbox") : null;
const fire = (detail) => changes.dispatchEvent(new CustomEvent(detail.draft ? "draft" : "change", { detail }));

channel?.addEventListener("message", ({ data }) => fire({ ...data, far: true }));

/** Say something in all tabs; drafts only in the others. */
export function tell(news) {
  if (!news.draft) fire(news);
  channel?.postMessage(news);
}

export const hear = (act) => changes.addEventListener("draft", ({ detail }) => act(detail));
