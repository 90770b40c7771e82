// Drafts as they are typed: one row for each tab, so that two tabs on one form never write over each other.

import { all, asked, beginning, change, put } from "./store.js";
import { hear, tell } from "./news.js";

const tab = crypto.getRandomValues(new Uint32Array(2)).join("");
const rowOf = (name) => `${name}~${tab}`;
const text = ({ typed }) => JSON.stringify(typed);

/** Keep what is typed in a form of this page, {at, typed, photos}; other tabs with the same form are told. */
export async function keepDraft(name, draft) {
  const title = document.querySelector("h1")?.textContent.trim() ?? "";
  await put("drafts", { page: location.pathname + location.search, title, ...draft, name: rowOf(name), form: name });
  tell({ draft: name, at: draft.at });
}

/** Another draft takes the place of this one in its form: it stays beside it until the form is sent. */
export const putAside = (name, draft) => put("drafts", { ...draft, name: asideOf(name), form: name });
const asideOf = (name) => `${name}~aside`;

/** The draft written last, and in `others` those of other tabs that say something else; or null. */
export async function draft(name) {
  const rows = (await all("drafts", beginning(`${name}~`))).sort((a, b) => b.at - a.at);
  return rows.length ? { ...rows[0], others: rows.slice(1).filter((one) => text(one) !== text(rows[0])) } : null;
}

/** Forget what this tab typed into a form, and the row `from` that it went on from. */
export const dropDraft = (name, from = null) => change(["drafts"], (of) => endDraft(of, { name, from }));

/** Forget a row that this tab goes on from, unless its own tab wrote it again. */
export const takeOver = (from) => change(["drafts"], (of) => outdated(of("drafts"), from));

async function outdated(rows, { name, at }) {
  const row = await asked(rows.get(name));
  if (row?.at === at) rows.delete(name);
}

/** Inside a transaction: put a draft back as this tab's own, or end it. */
export const putDraft = (of, { name, typed, typed_words, photos, page, title }) => of("drafts").put({ typed, typed_words, photos, page, title, name: rowOf(name), form: name, at: Date.now() });
export async function endDraft(of, { name, from }) {
  of("drafts").delete(rowOf(name));
  of("drafts").delete(asideOf(name));
  if (from) await outdated(of("drafts"), from);
}

/** Be told when another tab types into the same form. */
export const elsewhere = (name, act) => hear((news) => news.draft === name && act(news));

// ---------------------------------------------------------------- posted plainly

const POSTED = "draft-posted"; // in this tab's session: the form that was posted without the outbox
const tried = (act) => { try { return act(); } catch { return null; } };

/** Its draft stays until the page after it says that it arrived. */
export const posted = (name) => tried(() => sessionStorage.setItem(POSTED, name));

/** It arrived, or (`said` false) it did not: then the draft is still there. */
export async function arrived(said) {
  const name = tried(() => sessionStorage.getItem(POSTED));
  tried(() => sessionStorage.removeItem(POSTED));
  if (name && said) await change(["drafts"], (of) => asked(of("drafts").delete(beginning(`${name}~`))));
}
