// What the queue's elements ask the server.

const JSON_ONLY = { Accept: "application/json" };
const SILENCE = 20_000;

/** What changed in a view since a mark; null when nothing did. Rejects when the line is lost. */
export async function look(url, since, rows) {
  const address = new URL(url, location.href);
  address.searchParams.set("since", since);
  if (rows.length) address.searchParams.set("rows", rows.join());
  return await ask(address);
}

/** The JSON at an address of ours. */
export async function ask(address) {
  const answer = await fetch(address, { headers: JSON_ONLY, signal: AbortSignal.timeout(SILENCE) });
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error(answer.status);
  return await answer.json();
}
