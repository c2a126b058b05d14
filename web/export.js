/** The Export button: the filtered events as a file. */

/** @import { LogName, View } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { download } from "./download.js";
import { byId } from "./dom.js";
import { openMenu } from "./menu.js";
import { say } from "./notices.js";
import { TIME_ZONE } from "./time.js";

/** Stops the running export. @type {AbortController | null} */
let running = null;

/**
 * Opens a menu of file formats, or stops the running export.
 * @param {HTMLElement} opener
 * @param {Api} api
 * @param {View & { log: LogName }} view
 * @param {(error: unknown) => void} onError
 */
export function offerExport(opener, api, view, onError) {
  /** @type {[string, () => void][]} */
  const actions = running
    ? [["Stop the export", () => running?.abort()]]
    : [
        ["CSV, for spreadsheets", () => void run("csv")],
        ["NDJSON, for programs", () => void run("ndjson")],
      ];
  openMenu(byId("menu"), opener, "Export the filtered events", actions);

  /** @param {"csv" | "ndjson"} format */
  async function run(format) {
    const { signal } = (running = new AbortController());
    say("The export has begun.");
    try {
      const answer = await api.export(view.log, format, view, TIME_ZONE, signal);
      const onProgress = (/** @type {number} */ bytes) => {
        opener.textContent = `Export: ${(bytes / 1e6).toFixed(1)} MB`;
      };
      const name = await download(answer, `${view.log}.${format}`, onProgress);
      say(`Saved as ${name}.`);
    } catch (error) {
      if (signal.aborted) say("The export was stopped. Nothing was saved.");
      else if (error instanceof TypeError) say("The export was interrupted. Nothing was saved. Try again.");
      else onError(error);
    } finally {
      running = null;
      opener.textContent = "Export";
    }
  }
}
