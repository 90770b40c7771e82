// What this phone keeps for the person of the page, and what it keeps for others.

import * as box from "../outbox/box.js";
import { all, get, remove } from "../outbox/store.js";

const ownerOf = ({ form, name }) => (form ?? name).split("/")[0];
const pathOf = ({ form, name }) => (form ?? name).slice(ownerOf({ form, name }).length).split("#")[0];
const newest = (a, b) => b.at - a.at;

/** The person's drafts, the newest of each form, oldest form first: {id, form, at, typed, photos, page, title}. */
export async function drafts() {
  const forms = new Map();
  const mine = (await all("drafts")).filter((row) => ownerOf(row) === box.me.actor).sort(newest);
  for (const row of mine) if (!forms.has(row.form)) forms.set(row.form, { page: pathOf(row), ...row, id: row.name, state: "draft" });
  return [...forms.values()].reverse();
}

/** Forget a draft in every tab: a person deleted it. */
export async function dropDraft({ form, photos = [] }) {
  for (const row of await all("drafts")) if (row.form === form) await remove("drafts", row.name);
  await box.dropPhotos?.(photos.map(({ sha256 }) => sha256));
}

/** How many things of other people wait here. */
export async function others() {
  const forms = (await all("drafts")).filter((row) => ![box.me.actor, ""].includes(ownerOf(row))).map(({ form }) => form);
  return (await box.others()) + new Set(forms).size;
}

/** The name this phone's store made for itself. */
export const device = async () => (await get("meta", "device"))?.value ?? "";

/** Everything that waits for the person: {drafts, items}, or nothing where this browser keeps nothing. */
export async function waiting() {
  if (!(await box.ready)) return { drafts: [], items: [], none: true };
  return { drafts: await drafts(), items: await box.items() };
}
