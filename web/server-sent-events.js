/** Parses server-sent events in the body of a response, as the HTML standard specifies. */

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{ id: string, event: string, data: string }>}
 */
export async function* messages(body) {
  const reader = body.pipeThrough(/** @type {ReadableWritablePair<string, Uint8Array>} */ (new TextDecoderStream())).getReader();
  let rest = "";
  let message = { id: "", event: "message", data: "" };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line !== "") take(message, line);
        else {
          if (message.data !== "") yield message;
          message = { id: message.id, event: "message", data: "" };
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/**
 * @param {{ id: string, event: string, data: string }} message
 * @param {string} line
 */
function take(message, line) {
  const colon = line.indexOf(":");
  // A line that begins with a colon is a comment: the service's heartbeat.
  if (colon === 0) return;
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (name === "data") message.data += message.data === "" ? value : `\n${value}`;
  else if (name === "id" || name === "event") message[name] = value;
}
