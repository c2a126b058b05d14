/** The table of a log's events. */

/** @import { Log, LogEvent, Order } from "./types.d.ts" */
import { button, element, moveFocus, unseen } from "./dom.js";

export class Table {
  /**
   * @param {HTMLTableElement} table
   * @param {{ onOpen: (event: LogEvent) => void, onMenu: (event: LogEvent, opener: HTMLElement) => void, onOrder: () => void }} actions
   */
  constructor(table, { onOpen, onMenu, onOrder }) {
    this.table = table;
    this.onOpen = onOpen;
    this.onMenu = onMenu;
    this.onOrder = onOrder;
    /** The events that are listed, in the order of their rows. @type {LogEvent[]} */
    this.events = [];
    table.addEventListener("keydown", (event) => this.moveBetweenRows(event));
  }

  /**
   * @param {Log} log
   * @param {LogEvent[]} events
   * @param {Order} order
   */
  show(log, events, order) {
    const hadFocus = this.table.contains(document.activeElement) && document.activeElement?.classList.contains("sort");
    this.log = log;
    this.events = events;
    this.body = element("tbody", { role: "rowgroup" }, ...events.map((event) => this.row(log, event)));
    const caption = element("caption", { class: "unseen" }, log.title);
    this.table.className = `events ${log.name}`;
    this.table.replaceChildren(caption, this.head(log, order), this.body);
    this.table.removeAttribute("aria-busy");
    if (hadFocus) this.table.querySelector("button")?.focus();
  }

  /** Adds new events at the top, without those that are listed already. @param {LogEvent[]} events */
  add(events) {
    const { log, body } = this;
    const shown = new Set(this.events.map(({ sequence }) => sequence));
    const added = events.filter(({ sequence }) => !shown.has(sequence)).reverse();
    if (!log || !body || added.length === 0) return 0;
    const rows = added.map((event) => this.row(log, event));
    for (const row of rows) row.classList.add("is-new");
    body.prepend(...rows);
    this.events = [...added, ...this.events];
    return added.length;
  }

  busy() {
    this.table.setAttribute("aria-busy", "true");
  }

  clear() {
    this.events = [];
    this.table.replaceChildren();
    this.table.removeAttribute("aria-busy");
  }

  /** Where the details of an event were opened. @param {string} id */
  opener(id) {
    return /** @type {HTMLElement | null} */ (this.body?.querySelector(`[data-id="${CSS.escape(id)}"] .event`));
  }

  /** The arrow keys lead from row to row. @param {KeyboardEvent} event */
  moveBetweenRows(event) {
    const here = document.activeElement;
    const kind = ["event", "dots"].find((name) => here?.classList.contains(name));
    if (!kind || !this.body || !/^Arrow(Up|Down)$/.test(event.key)) return;
    moveFocus(event, [.../** @type {NodeListOf<HTMLElement>} */ (this.body.querySelectorAll(`.${kind}`))], { back: "ArrowUp", on: "ArrowDown" });
  }

  /**
   * The roles are explicit, because the card layout of narrow screens would remove them.
   * @param {Log} log
   * @param {Order} order
   */
  head({ columns }, order) {
    const cells = columns.map(({ title }) => {
      const attributes = { scope: "col", role: "columnheader", "data-title": title };
      if (title !== "Date") return element("th", attributes, title);
      const descending = order === "occurredAt:desc";
      const sort = button(title, this.onOrder, { class: "sort", title: descending ? "Newest first" : "Oldest first" });
      sort.append(element("span", { "aria-hidden": "true" }, descending ? " ↓" : " ↑"));
      return element("th", { ...attributes, "aria-sort": descending ? "descending" : "ascending" }, sort);
    });
    const actions = element("th", { scope: "col", role: "columnheader", class: "actions" }, unseen("Actions"));
    return element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...cells, actions));
  }

  /**
   * @param {Log} log
   * @param {LogEvent} event
   */
  row({ columns }, event) {
    const cells = columns.map(({ title, cell }) => element("td", { role: "cell", "data-title": title }, cell(event)));
    const attributes = { class: "dots", "aria-haspopup": "menu", "aria-label": `Actions for ${event.label}, event ${event.sequence}` };
    const dots = button("⋮", () => this.onMenu(event, dots), attributes);
    const actions = element("td", { role: "cell", class: "actions" }, dots);
    const row = element("tr", { role: "row", "data-id": event.id }, ...cells, actions);
    row.addEventListener("click", ({ target }) => {
      // A link and the menu handle their clicks themselves, and selecting text must not open the details.
      const isOther = /** @type {Element} */ (target).closest("a, .dots") || getSelection()?.isCollapsed === false;
      if (!isOther) this.onOpen(event);
    });
    return row;
  }
}
