/** Export: an answer of the service becomes a file of the browser's. A link could not send the token. */

import { element } from "./dom.js";

/**
 * Reads the answer to its end, for a file that breaks off must not look whole, and then saves it.
 * @param {Response} answer
 * @param {string} fallback the name of a file that the service gives none
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
