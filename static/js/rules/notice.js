// What a push says, as the notification to show, and what a tap on it means. No DOM, no network.

const NAME = "Tandem";

/**
 * {title, options} for showNotification. Whatever came, there is one: a push that shows nothing
 * costs the subscription (iOS takes it back). Addresses that are not ours lead to our first page.
 */
export function shown(text, origin) {
  const said = parsed(text);
  const notification = isObject(said.notification) ? said.notification : {};
  const at = (address) => own(address, origin);
  const actions = list(notification.actions).filter((one) => word(one.action) && word(one.title));
  return {
    title: word(notification.title) || NAME,
    options: {
      body: word(notification.body),
      tag: word(notification.tag) || NAME,
      lang: word(notification.lang),
      dir: ["ltr", "rtl"].includes(notification.dir) ? notification.dir : "auto",
      renotify: true,
      requireInteraction: notification.require_interaction === true,
      actions: actions.map(({ action, title }) => ({ action, title })),
      data: {
        navigate: at(notification.navigate),
        actions: Object.fromEntries(actions.map((one) => [one.action, at(one.navigate)])),
        form: formOf(notification.data, origin),
      },
    },
  };
}

/** What a tap does: {form, otherwise} posts a form and opens `otherwise` on any trouble; {open}. */
export function tapped(action, data, origin) {
  const open = own(data?.actions?.[action] ?? data?.navigate, origin);
  return action && data?.form?.action === action ? { form: data.form, otherwise: open } : { open };
}

/** Whether an open page shows what `address` names; the place on the page does not matter. */
export const shows = (url, address) => url.split("#")[0] === address.split("#")[0];

/** Whether every row of a go over the queue was done; anything else needs the person's eyes. */
export const allDone = (results) => list(results).length > 0 && results.every((one) => one?.done === true);

function formOf(data, origin) {
  const form = isObject(data) && isObject(data.form) ? data.form : null;
  if (!form || !word(form.action) || !Array.isArray(form.pairs)) return null;
  const url = own(form.url, origin);
  return { action: form.action, url, actor: word(form.actor), said: word(form.said), pairs: form.pairs };
}

function parsed(text) {
  try {
    const said = JSON.parse(text);
    return isObject(said) ? said : {};
  } catch {
    return {};
  }
}

function own(address, origin) {
  try {
    const found = new URL(word(address), origin);
    return found.origin === origin ? found.href : `${origin}/`;
  } catch {
    return `${origin}/`;
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value) => (Array.isArray(value) ? value.filter(isObject) : []);
const word = (value) => (typeof value === "string" ? value.slice(0, 300) : "");
