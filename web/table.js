/** The table of a log's events. */

/** @import { Log, LogEvent, Order } from "./types.d.ts" */
import { button, element, unseen } from "./dom.js";

/** How many rows Live lets the table grow to. */
const MOST_ROWS = 500;

export class Table {
  /**
   * @param {HTMLTableElement} table
   * @param {{ onMenu: (event: LogEvent, opener: HTMLElement) => void, onOrder: () => void }} actions
   */
  constructor(table, { onMenu, onOrder }) {
    this.table = table;
    this.onMenu = onMenu;
    this.onOrder = onOrder;
    /** @type {Set<number>} */
    this.shown = new Set();
  }

  /**
   * @param {Log} log
   * @param {LogEvent[]} events
   * @param {Order} order
   */
  show(log, events, order) {
    this.log = log;
    this.shown = new Set(events.map(({ sequence }) => sequence));
    this.body = element("tbody", { role: "rowgroup" }, ...events.map((event) => this.row(log, event)));
    const caption = element("caption", { class: "unseen" }, log.title);
    this.table.replaceChildren(caption, this.head(log, order), this.body);
    this.table.removeAttribute("aria-busy");
  }

  /** Puts new events on top; what is there already is left out. @param {LogEvent[]} events */
  add(events) {
    const { log, body } = this;
    const added = events.filter(({ sequence }) => !this.shown.has(sequence));
    if (!log || !body || added.length === 0) return 0;
    const rows = added.slice(-MOST_ROWS).map((event) => this.row(log, event));
    for (const row of rows) row.classList.add("is-new");
    body.prepend(...rows.reverse());
    for (const { sequence } of added) this.shown.add(sequence);
    while (body.rows.length > MOST_ROWS) body.rows[MOST_ROWS].remove();
    return added.length;
  }

  busy() {
    this.table.setAttribute("aria-busy", "true");
  }

  clear() {
    this.table.replaceChildren();
    this.table.removeAttribute("aria-busy");
  }

  /**
   * The roles are written out, because on a narrow screen the table is laid out as cards, and would lose them there.
   * @param {Log} log
   * @param {Order} order
   */
  head({ columns }, order) {
    const cells = columns.map(({ title }) => {
      if (title !== "Date") return element("th", { scope: "col", role: "columnheader" }, title);
      const descending = order === "occurredAt:desc";
      const sort = button(title, this.onOrder, { class: "sort", title: descending ? "Newest first" : "Oldest first" });
      sort.append(element("span", { "aria-hidden": "true" }, descending ? " ↓" : " ↑"));
      return element("th", { scope: "col", role: "columnheader", "aria-sort": descending ? "descending" : "ascending" }, sort);
    });
    const actions = element("th", { scope: "col", role: "columnheader" }, unseen("Actions"));
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
    return element("tr", { role: "row", "data-id": event.id }, ...cells, actions);
  }
}
