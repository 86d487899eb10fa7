// Makes a photo fit for the bridge: its kinds of file, and its size.

/** The kinds that the bridge takes, and the most bytes and pixels on a side. */
const KINDS = ["image/jpeg", "image/png", "image/webp"];
const MOST_BYTES = 8 * 1024 * 1024;
const LONGEST_SIDE = 4_096;

/** The photo as it is where it may be; else drawn anew as JPEG, smaller. Throws where the browser cannot read it. */
export async function usablePhoto(file) {
  const bitmap = await createImageBitmap(file);
  if (KINDS.includes(file.type) && file.size <= MOST_BYTES && bitmap.width * bitmap.height <= 50_000_000) {
    bitmap.close();
    return file;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)),
  });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no photo"))), "image/jpeg", 0.85));
}
