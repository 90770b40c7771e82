// Which receipt a notice about a report opens. Its address is known to this phone alone: the server
// keeps no secret of a receipt, so no push can carry it. Used by the page and by the service worker.

const NOTED = "tandem-told-of"; // a cache: the worker reads it without opening the store of the pages
const of = (tag) => `/told-of/${encodeURIComponent(tag)}`;
const noted = () => caches.open(NOTED);

/** Remember which page belongs to the notices with a tag. */
export const lead = async (tag, address) => (await noted()).put(of(tag), new Response(address));
export const forget = async (tag) => (await noted()).delete(of(tag));

/** The page that belongs to a notice; undefined when this phone knows none. */
export const led = async (tag) => (await (await noted()).match(of(tag)))?.text();
