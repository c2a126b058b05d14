/** The dialog with an event's details, its previous and next event, filters by its values, and its link. */

/** @import { Filters, LogEvent, LogName, View } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { linkTo } from "./address.js";
import { button, byId, element } from "./dom.js";
import { showDetails } from "./details.js";
import { learnEvents } from "./labels.js";
import { logOf } from "./logs.js";
import { copy, noticeOf } from "./notices.js";

/**
 * The callbacks of the dialog. `neighbour` is the event of the list at this distance.
 * @typedef {{
 *   onClose: () => void, onRelated: (event: LogEvent) => void, onFilter: (filters: Filters) => void,
 *   neighbour: (id: string, distance: 1 | -1) => LogEvent | undefined, onMove: (event: LogEvent) => void,
 * }} Actions
 */

export class DetailsDialog {
  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    /** The event that is shown, and its log. @type {LogEvent | undefined} */
    this.event = undefined;
    /** @type {LogName | undefined} */
    this.log = undefined;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("details"));
    this.dialog.addEventListener("close", actions.onClose);
    // A click outside closes the dialog.
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    byId("details-close").addEventListener("click", () => this.dialog.close());
    byId("details-related").addEventListener("click", () => this.event && actions.onRelated(this.event));
    byId("details-copy").addEventListener("click", () => this.log && this.event && this.copyLink(this.log, this.event));
    for (const [id, distance] of /** @type {const} */ ([["details-previous", -1], ["details-next", 1]])) {
      byId(id).addEventListener("click", () => this.move(distance));
    }
  }

  close() {
    this.dialog.close();
  }

  /**
   * Opens the dialog for the event in the URL, or closes it if there is none.
   * @param {Api} api
   * @param {View & { log: LogName }} view
   * @param {LogEvent[]} listed the events of the list, which need not be requested again
   */
  async show(api, { log, show }, listed) {
    if (show === null) {
      this.event = undefined;
      return this.dialog.close();
    }
    if (this.dialog.open && this.log === log && this.event?.id === show) return;
    this.log = log;
    this.event = listed.find(({ id }) => id === show);
    const body = byId("details-body");
    byId("details-related").textContent = `View events related to this ${logOf(log).related.noun}`;
    if (!this.event) body.replaceChildren(element("p", { role: "status" }, "Loading …"));
    if (!this.dialog.open) this.dialog.showModal();
    try {
      this.event ??= await api.event(log, show);
      learnEvents([this.event]);
      byId("details-title").textContent = this.event.label;
      showDetails(body, this.event, this.actions.onFilter);
    } catch (error) {
      const { title, text } = noticeOf(error, button("", () => {}));
      byId("details-title").textContent = title;
      body.replaceChildren(element("div", { role: "alert" }, text));
    }
    for (const id of ["details-related", "details-copy"]) byId(id).hidden = this.event === undefined;
    this.showNeighbours();
  }

  showNeighbours() {
    for (const [id, distance] of /** @type {const} */ ([["details-previous", -1], ["details-next", 1]])) {
      const { event } = this;
      // Not `disabled`: the button would lose the focus when it reaches the last event.
      byId(id).setAttribute("aria-disabled", String(!event || !this.actions.neighbour(event.id, distance)));
    }
  }

  /** @param {1 | -1} distance */
  move(distance) {
    const neighbour = this.event && this.actions.neighbour(this.event.id, distance);
    if (neighbour) this.actions.onMove(neighbour);
  }

  /**
   * @param {LogName} log
   * @param {LogEvent} event
   */
  copyLink(log, event) {
    const link = linkTo(log, event.id);
    // Without TLS, browsers give a page no access to the clipboard.
    return copy(link, "The link was copied.", element("span", {}, "Copy this link: ", element("a", { href: link }, link)));
  }
}
