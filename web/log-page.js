/** One log, as its address says: filters, events, pages, details, Export and Live. */

/** @import { EventPage, LogEvent, LogName, View } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import * as address from "./address.js";
import { ApiError } from "./api.js";
import { showChips } from "./chips.js";
import { DetailsDialog } from "./details-dialog.js";
import { button, byId, element } from "./dom.js";
import { offerExport } from "./export.js";
import { fillForm } from "./filters.js";
import { learnEventTypes, learnEvents } from "./labels.js";
import { Live } from "./live.js";
import { logOf } from "./logs.js";
import { openMenu } from "./menu.js";
import { noticeOf, say, showNotice } from "./notices.js";
import { Table } from "./table.js";
import { TIME_ZONE } from "./time.js";

/** @typedef {(change: Partial<View>, how?: { replace?: boolean, state?: object }) => Promise<void>} Go */

export class LogPage {
  /** @param {{ go: Go, onRefused: (error: ApiError) => void }} settings */
  constructor({ go, onRefused }) {
    this.go = go;
    this.onRefused = onRefused;
    /** @type {Api | undefined} */
    this.api = undefined;
    /** What the list shows now; the address without what does not change it. */
    this.key = "";
    this.call = new AbortController();
    this.liveWanted = false;
    this.table = new Table(/** @type {HTMLTableElement} */ (byId("table")), {
      onMenu: (event, opener) => this.openRowMenu(event, opener),
      onOrder: () => void go({ order: this.view.order === "occurredAt:desc" ? "occurredAt:asc" : "occurredAt:desc" }),
    });
    this.details = new DetailsDialog({ onClose: () => this.closeDetails(), onRelated: (event) => this.goToRelated(event) });
    this.live = new Live({
      onEvents: (events) => this.addEvents(events),
      onState: (connected) => (byId("live-state").textContent = connected ? "New events appear on top." : "The connection was lost. Connecting again …"),
      onError: (error) => this.fail(error),
    });
    this.listen();
  }

  listen() {
    const sizes = address.PAGE_SIZES.map((size) => element("option", { value: size }, String(size)));
    const limit = /** @type {HTMLSelectElement} */ (byId("limit"));
    limit.append(...sizes);
    limit.addEventListener("change", () => void this.go({ limit: Number(limit.value) }));
    byId("previous").addEventListener("click", () => this.turn("previousCursor"));
    byId("next").addEventListener("click", () => this.turn("nextCursor"));
    byId("live").addEventListener("click", () => this.toggleLive());
    byId("export").addEventListener("click", () => {
      if (this.api) offerExport(byId("export"), this.api, this.view, (error) => this.fail(error));
    });
    byId("zone").textContent = `Times in ${TIME_ZONE.replaceAll("_", " ")}`;
    // Wide screens have room for the filters; on narrow ones the events come first.
    /** @type {HTMLDetailsElement} */ (byId("filters")).open = matchMedia("(min-width: 48rem)").matches;
  }

  /**
   * @param {Api} api
   * @param {View & { log: LogName }} view
   */
  async show(api, view) {
    const log = logOf(view.log);
    if (this.api !== api || this.view.log !== view.log) {
      this.form = fillForm(/** @type {HTMLFormElement} */ (byId("filter-form")), view.log, api, (filters) => void this.go({ filters }));
      byId("intro").textContent = log.text;
      byId("beta").hidden = !log.beta;
      this.table.clear();
      this.key = "";
    }
    this.api = api;
    this.view = view;
    /** @type {HTMLSelectElement} */ (byId("limit")).value = String(view.limit);
    const key = address.of({ ...view, show: null });
    if (key !== this.key) {
      this.form?.show(view.filters);
      this.showChips();
      await this.load(key);
    }
    // Meanwhile somebody may have gone on, or been refused.
    if (this.view === view) await this.details.show(api, view);
  }

  showChips() {
    showChips(byId("chips"), this.view.filters, (filters) => {
      void this.go({ filters });
      byId("count").focus();
    });
  }

  /** Nothing of the log is to be seen or heard any more. */
  leave() {
    this.key = "";
    this.call.abort();
    this.live.stop();
    this.table.clear();
    // The address goes on naming the event, for whoever signs in again.
    this.view = { ...this.view, show: null };
    this.details.close();
    this.api = undefined;
  }

  /** @param {string} key */
  async load(key) {
    const { api, view } = this;
    if (!api) return;
    this.key = key;
    this.live.stop();
    this.call.abort();
    const { signal } = (this.call = new AbortController());
    this.liveWanted &&= view.cursor === null && view.order === "occurredAt:desc";
    this.showLive();
    this.table.busy();
    showNotice(null);
    byId("count").textContent = "Loading …";
    try {
      // Asked first: what is stored meanwhile comes by the stream, and perhaps by both, but never by neither.
      const after = this.liveWanted ? await api.lastSequence(view.log, signal) : 0;
      const [page, types] = await Promise.all([api.page(view.log, view, signal), view.filters["event"] ? api.eventTypes(view.log) : []]);
      if (signal.aborted) return;
      learnEventTypes(types);
      this.showPage(page);
      if (this.liveWanted) void this.live.start(api, view.log, view.filters, after);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  /** @param {EventPage} page */
  showPage({ events, pagination }) {
    const { view } = this;
    this.pagination = pagination;
    learnEvents(events);
    // Now their names are known.
    this.form?.relabel();
    this.showChips();
    if (events.length > 0) this.table.show(logOf(view.log), events, view.order);
    else this.table.clear();
    const { count = 0, relation = "EXACT" } = pagination.total ?? {};
    const number = count.toLocaleString();
    const events_ = count === 1 ? "event" : "events";
    byId("count").textContent = relation === "EXACT" ? `${number} ${events_}` : `More than ${number} events`;
    for (const [id, cursor] of /** @type {const} */ ([["previous", "previousCursor"], ["next", "nextCursor"]])) {
      // A disabled button would lose the focus of whoever turned to the last page by it.
      byId(id).setAttribute("aria-disabled", String(pagination[cursor] === null));
    }
    byId("pager").hidden = events.length === 0 && view.cursor === null;
    if (events.length === 0) this.showEmpty();
  }

  showEmpty() {
    if (Object.keys(this.view.filters).length > 0) {
      const action = button("Remove all filters", () => void this.go({ filters: {} }), { class: "strong" });
      showNotice({ title: "No events match these filters", text: "Remove a filter, choose another value, or widen the dates.", action });
    } else {
      showNotice({ title: "No events yet", text: "Events appear here as soon as something happens. Switch on Live to see them come in." });
    }
  }

  /** @param {unknown} error */
  fail(error) {
    if (error instanceof ApiError && error.status === 401) return this.onRefused(error);
    this.key = "";
    this.live.stop();
    this.liveWanted = false;
    this.showLive();
    this.table.clear();
    byId("count").textContent = "";
    byId("pager").hidden = true;
    // What was refused for its parameters may have a cursor that never fits again.
    const cursor = error instanceof ApiError && error.status === 400 ? null : this.view.cursor;
    showNotice(noticeOf(error, button("Try again", () => void this.go({ cursor }, { replace: true }), { class: "strong" })));
  }

  /** @param {"previousCursor" | "nextCursor"} way */
  async turn(way) {
    const cursor = this.pagination?.[way];
    if (!cursor) return say(way === "nextCursor" ? "This is the last page." : "This is the first page.");
    await this.go({ cursor });
    byId("results").scrollIntoView({ block: "start" });
  }

  toggleLive() {
    this.liveWanted = !this.liveWanted;
    if (this.liveWanted) {
      // The newest are on top of the first page.
      this.key = "";
      return void this.go({ order: "occurredAt:desc" }, { replace: true });
    }
    this.live.stop();
    this.showLive();
  }

  showLive() {
    byId("live").setAttribute("aria-pressed", String(this.liveWanted));
    if (!this.liveWanted) byId("live-state").textContent = "";
  }

  /** @param {LogEvent[]} events */
  addEvents(events) {
    learnEvents(events);
    const log = logOf(this.view.log);
    if (byId("table").childElementCount === 0) {
      showNotice(null);
      this.table.show(log, [], this.view.order);
    }
    const added = this.table.add(events);
    if (added > 0) byId("live-state").textContent = added === 1 ? "1 new event on top." : `${added} new events on top.`;
  }

  /**
   * @param {LogEvent} event
   * @param {HTMLElement} opener
   */
  openRowMenu(event, opener) {
    const { related } = logOf(this.view.log);
    /** @type {[string, () => void][]} */
    const actions = [
      [`View events related to this ${related.noun}`, () => this.goToRelated(event)],
      ["View details", () => void this.go({ cursor: this.view.cursor, show: event.id }, { state: { opened: true } })],
      ["Copy link", () => this.details.copyLink(this.view.log, event)],
    ];
    const operation = event.operationId;
    if (operation) actions.splice(1, 0, ["View events of the same operation", () => void this.go({ filters: { operationId: [operation] } })]);
    openMenu(byId("menu"), opener, `Actions for ${event.label}`, actions);
  }

  /** @param {LogEvent} event */
  goToRelated(event) {
    void this.go({ filters: logOf(this.view.log).related.filters(event), show: null });
    byId("count").focus();
  }

  /** Back to the list; where one came from it by the menu, as by Back. */
  closeDetails() {
    if (this.view?.show === null) return;
    if (history.state?.opened) history.back();
    else void this.go({ cursor: this.view.cursor, show: null }, { replace: true });
  }

  /** @type {View & { log: LogName }} */
  view = { log: "conversation-logs", filters: {}, order: "occurredAt:desc", limit: 50, cursor: null, show: null };
}
