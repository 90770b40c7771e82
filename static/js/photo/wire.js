// The browser's pictures, as photo-shrink needs them.

import { fit, LONGEST } from "../rules/picture.js";
export { dropPhotos, keepPhoto, ready as keeps } from "../outbox/box.js";

/** Whether this browser can hand a form other files, and turns pictures upright by itself. */
export const able = (() => {
  try {
    return Boolean(new DataTransfer()) && CSS.supports("image-orientation", "from-image");
  } catch {
    return false;
  }
})();

/** A file of its own: iOS forgets chosen files after a while, so their bytes are read at once. */
export async function held(file) {
  const bytes = await file.arrayBuffer();
  if (!bytes.byteLength || bytes.byteLength !== file.size) throw new DOMException("its bytes are gone", "NotReadableError");
  return new File([bytes], file.name, { type: file.type });
}

/** The picture as a smaller JPEG; the file itself where that is not smaller or cannot be done. */
export async function shrunk(file, longest = LONGEST) {
  const address = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = fit(picture.naturalWidth, picture.naturalHeight, longest);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], `${file.name.replace(/\.\w+$/, "")}.jpg`, { type: blob.type });
  } catch {
    return file; // not for this browser to read, as HEIC mostly: the server can
  } finally {
    URL.revokeObjectURL(address);
  }
}
