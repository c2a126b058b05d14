/** The Export button: all that is filtered, as a file. */

/** @import { LogName, View } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { download } from "./download.js";
import { byId } from "./dom.js";
import { openMenu } from "./menu.js";
import { say } from "./notices.js";
import { TIME_ZONE } from "./time.js";

/** What a running export is stopped with. @type {AbortController | null} */
let running = null;

/**
 * Lets one choose the form of the file, or stop the export that is running.
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
  openMenu(byId("menu"), opener, "Export what is filtered", actions);

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
      else if (error instanceof TypeError) say("The export broke off before its end. Nothing was saved; try again.");
      else onError(error);
    } finally {
      running = null;
      opener.textContent = "Export";
    }
  }
}
