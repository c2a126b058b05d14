/** The dialog with an event's details, and the link to it. */

/** @import { LogEvent, LogName, View } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { linkTo } from "./address.js";
import { button, byId, element } from "./dom.js";
import { showDetails } from "./details.js";
import { learnEvents } from "./labels.js";
import { logOf } from "./logs.js";
import { noticeOf, say } from "./notices.js";

export class DetailsDialog {
  /** @param {{ onClose: () => void, onRelated: (event: LogEvent) => void }} settings */
  constructor({ onClose, onRelated }) {
    /** The event that is shown, and its log. @type {LogEvent | undefined} */
    this.event = undefined;
    /** @type {LogName | undefined} */
    this.log = undefined;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("details"));
    this.dialog.addEventListener("close", onClose);
    // A click on what lies behind it closes it.
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    byId("details-close").addEventListener("click", () => this.dialog.close());
    byId("details-related").addEventListener("click", () => this.event && onRelated(this.event));
    byId("details-copy").addEventListener("click", () => this.log && this.event && this.copyLink(this.log, this.event));
  }

  close() {
    this.dialog.close();
  }

  /**
   * Opens for the event that the address names, and closes if it names none.
   * @param {Api} api
   * @param {View & { log: LogName }} view
   */
  async show(api, { log, show }) {
    if (show === null) {
      this.event = undefined;
      return this.dialog.close();
    }
    if (this.dialog.open && this.log === log && this.event?.id === show) return;
    this.log = log;
    this.event = undefined;
    const body = byId("details-body");
    body.replaceChildren(element("p", { role: "status" }, "Loading …"));
    byId("details-related").textContent = `View events related to this ${logOf(log).related.noun}`;
    if (!this.dialog.open) this.dialog.showModal();
    try {
      this.event = await api.event(log, show);
      learnEvents([this.event]);
      byId("details-title").textContent = this.event.label;
      showDetails(body, this.event);
    } catch (error) {
      const { title, text } = noticeOf(error, button("", () => {}));
      byId("details-title").textContent = title;
      body.replaceChildren(element("div", { role: "alert" }, text));
    }
    for (const id of ["details-related", "details-copy"]) byId(id).hidden = this.event === undefined;
  }

  /**
   * @param {LogName} log
   * @param {LogEvent} event
   */
  async copyLink(log, event) {
    const link = linkTo(log, event.id);
    try {
      await navigator.clipboard.writeText(link);
      say("The link is copied.");
    } catch {
      // Without TLS a page has no clipboard.
      say(element("span", {}, "Copy this link: ", element("a", { href: link }, link)));
    }
  }
}
