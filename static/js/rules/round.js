// What a form that waits has to do with a round. No DOM, no IndexedDB, no network.

const DAY = 86_400_000;
const FORMS = [/^(\/c\/[^/]+\/places\/\d+\/inspection\/[^/?]+)/, /^(\/c\/[^/]+\/visits\/\d+)\/(?:submission|form)$/];

/** What tells the room of a visit's form apart, as its address says; "" for any other form. */
export const roomOf = (url) => FORMS.map((form) => form.exec(url)?.[1]).find(Boolean) ?? "";

/**
 * The keys of the visits of today that a signature still has to name so: those that wait, and those
 * that arrived and that a page does not name yet. `all`: items and receipts; `named`: ids of visits.
 */
export const signable = (all, named, now) =>
  all.filter(({ device_time, ack }) => now - Date.parse(device_time) < DAY && !named.includes(ack?.number)).map(({ id }) => id);
