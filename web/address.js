/** The state of the page is in its URL, so that a view can be shared as a link and Back restores the previous one. */

/** @import { Filters, LogName, View } from "./types.d.ts" */

/** The filters of the contract, in the order in which they are shown. */
export const FILTERS = [
  "event",
  "doneByType",
  "doneById",
  "fromValue",
  "toValue",
  "itemType",
  "itemId",
  "conversationId",
  "operationId",
  "dateFrom",
  "dateTo",
];

export const PAGE_SIZES = [20, 50, 100, 200];

/** @type {View} */
const DEFAULTS = { log: null, filters: {}, order: "occurredAt:desc", limit: 50, cursor: null, show: null };

/**
 * @param {string} [query]
 * @returns {View}
 */
export function read(query = location.search) {
  const parameters = new URLSearchParams(query);
  /** @type {Filters} */
  const filters = {};
  for (const name of FILTERS) {
    const values = [...new Set(parameters.getAll(name))];
    if (values.length > 0) filters[name] = values;
  }
  const log = parameters.get("log");
  const limit = Number(parameters.get("limit"));
  return {
    log: log === "conversation-logs" || log === "audit-logs" ? log : null,
    filters,
    order: parameters.get("orderBy") === "occurredAt:asc" ? "occurredAt:asc" : DEFAULTS.order,
    limit: PAGE_SIZES.includes(limit) ? limit : DEFAULTS.limit,
    cursor: parameters.get("cursor"),
    show: parameters.get("show"),
  };
}

/**
 * The URL of a view, without defaults.
 * @param {View} view
 */
export function of({ log, filters, order, limit, cursor, show }) {
  const parameters = new URLSearchParams();
  if (log) parameters.set("log", log);
  for (const name of FILTERS) for (const value of filters[name] ?? []) parameters.append(name, value);
  if (order !== DEFAULTS.order) parameters.set("orderBy", order);
  if (limit !== DEFAULTS.limit) parameters.set("limit", String(limit));
  if (cursor) parameters.set("cursor", cursor);
  if (show) parameters.set("show", show);
  return `${location.pathname}${parameters.size > 0 ? `?${parameters}` : ""}`;
}

/**
 * A link to one event of a log, to share.
 * @param {LogName} log
 * @param {string} id
 */
export function linkTo(log, id) {
  return new URL(of({ ...DEFAULTS, log, show: id }), location.href).href;
}
