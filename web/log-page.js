/** Shows one log in the state of the URL: filters, events, pages, details, Copy as, Export and Live. */

/** @import { EventPage, Filters, LogEvent, LogName, View } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import * as address from "./address.js";
import { ApiError } from "./api.js";
import { showChips } from "./chips.js";
import { offerCopyAs } from "./copy-as.js";
import { DetailsDialog } from "./details-dialog.js";
import { button, byId, element } from "./dom.js";
import { noticeOfNothing, noticeOfRefusal } from "./empty.js";
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

/** Screens of at least this width show the filters as a bar that is always open. */
const WIDE = matchMedia("(min-width: 48rem)");

/** The maximum number of rows in the table. With more, Live begins anew, so that Next shows the events that follow the last row. */
const MOST_ROWS = 500;

export class LogPage {
  /** @param {{ go: Go, onRefused: (error: ApiError) => void }} settings */
  constructor({ go, onRefused }) {
    this.go = go;
    this.onRefused = onRefused;
    /** @type {Api | undefined} */
    this.api = undefined;
    /** The logs that the token allows. @type {LogName[]} */
    this.logs = [];
    /** The part of the URL that determines the list. */
    this.key = "";
    /** The filters that the form shows as applied. */
    this.formKey = "";
    this.call = new AbortController();
    this.liveWanted = false;
    this.table = new Table(/** @type {HTMLTableElement} */ (byId("table")), {
      onOpen: (event) => this.openDetails(event),
      onMenu: (event, opener) => this.openRowMenu(event, opener),
      onOrder: () => void go({ order: this.view.order === "occurredAt:desc" ? "occurredAt:asc" : "occurredAt:desc" }),
    });
    this.details = new DetailsDialog({
      onClose: () => this.closeDetails(),
      onRelated: (event) => this.goTo(logOf(this.view.log).related.filters(event)),
      onFilter: (filters) => this.goTo({ ...this.view.filters, ...filters }),
      neighbour: (id, distance) => this.table.events[this.table.events.findIndex((event) => event.id === id) + distance],
      onMove: (event) => void go({ cursor: this.view.cursor, show: event.id }, { replace: true, state: history.state }),
    });
    this.live = new Live({
      onEvents: (events) => this.addEvents(events),
      onState: (connected) => (byId("live-state").textContent = connected ? "New events appear at the top." : "The connection was lost. Reconnecting …"),
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
    byId("copy-as").addEventListener("click", () => offerCopyAs(byId("copy-as"), this.view));
    byId("export").addEventListener("click", () => {
      if (this.api) offerExport(byId("export"), this.api, this.view, (error) => this.fail(error));
    });
    byId("zone").textContent = `Times in ${TIME_ZONE.replaceAll("_", " ")}`;
    const filters = /** @type {HTMLDetailsElement} */ (byId("filters"));
    const fold = () => (filters.open = WIDE.matches);
    WIDE.addEventListener("change", fold);
    fold();
  }

  /**
   * @param {Api} api
   * @param {View & { log: LogName }} view
   * @param {LogName[]} logs
   */
  async show(api, view, logs) {
    const log = logOf(view.log);
    if (this.api !== api || this.view.log !== view.log) {
      const calls = { onApply: (/** @type {Filters} */ filters) => this.apply(filters), onError: (/** @type {unknown} */ error) => this.fail(error) };
      this.form = fillForm(/** @type {HTMLFormElement} */ (byId("filter-form")), view.log, api, calls);
      byId("intro").textContent = log.text;
      byId("beta").hidden = !log.beta;
      this.table.clear();
      this.key = this.formKey = "";
    }
    Object.assign(this, { api, view, logs });
    /** @type {HTMLSelectElement} */ (byId("limit")).value = String(view.limit);
    const key = address.of({ ...view, show: null });
    if (key !== this.key) {
      // Filters that are not applied yet survive a change of order or page.
      const formKey = JSON.stringify(view.filters);
      if (formKey !== this.formKey) this.form?.show(view.filters);
      this.formKey = formKey;
      this.showChips();
      await this.load(key);
    }
    // The view may have changed, or the token may have been refused, in the meantime.
    if (this.view === view) await this.details.show(api, view, this.table.events);
  }

  /** Requests the events, even if the filters are unchanged: there may be new ones. @param {Filters} filters */
  apply(filters) {
    this.key = "";
    void this.go({ filters });
  }

  showChips() {
    showChips(byId("chips"), this.view.filters, (filters) => {
      void this.go({ filters });
      byId("count").focus();
    });
  }

  /** Clears the log and stops receiving events. */
  leave() {
    this.key = "";
    this.call.abort();
    this.live.stop();
    this.table.clear();
    // The URL still names the event, for the next sign-in.
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
    byId("tools").hidden = byId("toolbar").hidden = false;
    byId("count").textContent = "Loading …";
    try {
      // The newest sequence is requested before the list, so that no event is missed between list and stream.
      const after = this.liveWanted ? await api.lastSequence(view.log, signal) : 0;
      const [page, types] = await Promise.all([api.page(view.log, view, signal), view.filters["event"] ? api.eventTypes(view.log) : []]);
      if (signal.aborted) return;
      learnEventTypes(types);
      await this.showPage(page);
      if (this.liveWanted) void this.live.start(api, view.log, view.filters, after);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
    }
  }

  /** @param {EventPage} page */
  async showPage({ events, pagination }) {
    const { view } = this;
    this.pagination = pagination;
    learnEvents(events);
    // The labels are known now.
    this.form?.relabel();
    this.showChips();
    if (events.length > 0) this.table.show(logOf(view.log), events, view.order);
    else this.table.clear();
    this.showCount();
    for (const [id, cursor] of /** @type {const} */ ([["previous", "previousCursor"], ["next", "nextCursor"]])) {
      // Not `disabled`: the button would lose the focus when it reaches the last page.
      byId(id).setAttribute("aria-disabled", String(pagination[cursor] === null));
    }
    byId("pager").hidden = events.length === 0 && view.cursor === null;
    if (events.length > 0 || !this.api) return;
    const notice = await noticeOfNothing(this.api, view, (filters) => this.goTo(filters));
    if (this.view === view && this.table.events.length === 0) showNotice(notice);
  }

  showCount() {
    const { count = 0, relation = "EXACT" } = this.pagination?.total ?? {};
    const number = count.toLocaleString();
    const events = count === 1 ? "event" : "events";
    byId("count").textContent = relation === "EXACT" ? `${number} ${events}` : `More than ${number} events`;
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
    // Without events, these actions would fail.
    byId("pager").hidden = byId("toolbar").hidden = true;
    const status = error instanceof ApiError ? error.status : 0;
    if (error instanceof ApiError && status === 403) {
      byId("tools").hidden = true;
      return showNotice(noticeOfRefusal(error, this.view.log, this.logs, (log) => void this.go({ log, filters: {}, show: null })));
    }
    if (status === 400 && this.view.cursor === null) {
      return showNotice(noticeOf(error, button("Remove all filters", () => void this.go({ filters: {} }), { class: "strong" })));
    }
    // Repeating the request does not help if the cursor is invalid.
    const cursor = status === 400 ? null : this.view.cursor;
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
      // The newest events are at the top of the first page.
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
    if (this.table.events.length + events.length > MOST_ROWS) return void this.load(this.key);
    learnEvents(events);
    if (byId("table").childElementCount === 0) {
      showNotice(null);
      this.table.show(logOf(this.view.log), [], this.view.order);
    }
    const added = this.table.add(events);
    if (added === 0) return;
    byId("live-state").textContent = added === 1 ? "1 new event at the top." : `${added} new events at the top.`;
    if (this.pagination?.total) this.pagination.total.count += this.pagination.total.relation === "EXACT" ? added : 0;
    this.showCount();
  }

  /**
   * @param {LogEvent} event
   * @param {HTMLElement} opener
   */
  openRowMenu(event, opener) {
    const { related } = logOf(this.view.log);
    /** @type {[string, () => void][]} */
    const actions = [
      [`View events related to this ${related.noun}`, () => this.goTo(related.filters(event))],
      ["View details", () => this.openDetails(event)],
      ["Copy link", () => this.details.copyLink(this.view.log, event)],
    ];
    const operation = event.operationId;
    if (operation) actions.splice(1, 0, ["View events of the same operation", () => this.goTo({ operationId: [operation] })]);
    openMenu(byId("menu"), opener, `Actions for ${event.label}`, actions);
  }

  /** @param {LogEvent} event */
  openDetails(event) {
    void this.go({ cursor: this.view.cursor, show: event.id }, { state: { opened: true } });
  }

  /** Shows the events that match these filters. @param {Filters} filters */
  goTo(filters) {
    this.view = { ...this.view, show: null };
    this.details.close();
    void this.go({ filters, show: null });
    byId("count").focus();
  }

  /** Returns to the list: goes back in the history if the details were opened from the list. */
  closeDetails() {
    const { show } = this.view;
    if (show === null) return;
    if (history.state?.opened) history.back();
    else void this.go({ cursor: this.view.cursor, show: null }, { replace: true });
    this.table.opener(show)?.focus();
  }

  /** @type {View & { log: LogName }} */
  view = { log: "conversation-logs", filters: {}, order: "occurredAt:desc", limit: 50, cursor: null, show: null };
}
