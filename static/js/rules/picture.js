// How large a picture leaves the phone. No DOM.

export const LONGEST = 2560; // what is worth sending
const SMALL = 300_000; // bytes not worth shrinking

/** Width and height that fit, never enlarged. */
export function fit(width, height, longest = LONGEST) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}

/** Whether shrinking may help. */
export const worthwhile = (bytes) => bytes > SMALL;
