/** Saves a response as a file. A download link cannot send the token. */

import { element } from "./dom.js";

/**
 * Reads the whole response before saving it, so that an interrupted export leaves no file.
 * @param {Response} answer
 * @param {string} fallback the file name if the response has none
 * @param {(bytes: number) => void} onProgress
 */
export async function download(answer, fallback, onProgress) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let bytes = 0;
  const reader = answer.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    chunks.push(read.value);
    bytes += read.value.length;
    onProgress(bytes);
  }
  const url = URL.createObjectURL(new Blob(chunks, { type: answer.headers.get("Content-Type") ?? "" }));
  const name = fileName(answer.headers.get("Content-Disposition")) ?? fallback;
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return name;
}

/** @param {string | null} disposition */
function fileName(disposition) {
  return /filename="?([^";]+)"?/.exec(disposition ?? "")?.[1] ?? null;
}
