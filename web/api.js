/** The client of the API: every call of the page, and one type of error for all failures. */

/** @import { EventPage, EventType, FacetPage, Filters, LogEvent, LogName, Problem, ValueGroup, View } from "./types.d.ts" */
import { messages } from "./server-sent-events.js";

/** A failed call. `status` is 0 if there was no response. */
export class ApiError extends Error {
  /** @param {Partial<Problem>} problem */
  constructor({ status = 0, title = "No response", detail = "", requestId = "", violations = [] }) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.requestId = requestId;
    this.violations = violations;
  }
}

export class Api {
  /** @param {string} token */
  constructor(token) {
    this.token = token;
  }

  /**
   * A page of events, with their number.
   * @param {LogName} log
   * @param {View} view
   * @param {AbortSignal} signal
   * @returns {Promise<EventPage>}
   */
  async page(log, { filters, order, limit, cursor }, signal) {
    const more = { orderBy: [order], limit: [String(limit)], cursor: cursor ? [cursor] : [], includeTotal: ["true"] };
    return (await this.get(`/${log}`, { ...filters, ...more }, signal)).json();
  }

  /**
   * @param {LogName} log
   * @param {string} id
   * @returns {Promise<LogEvent>}
   */
  async event(log, id) {
    return (await this.get(`/${log}/${encodeURIComponent(id)}`)).json();
  }

  /**
   * The sequence of the newest event; 0 in an empty log.
   * @param {LogName} log
   * @param {AbortSignal} signal
   * @returns {Promise<number>}
   */
  async lastSequence(log, signal) {
    const answer = await this.get(`/${log}`, { orderBy: ["sequence:desc"], limit: ["1"] }, signal);
    /** @type {EventPage} */
    const page = await answer.json();
    return page.events[0]?.sequence ?? 0;
  }

  /**
   * @param {LogName} log
   * @returns {Promise<EventType[]>}
   */
  async eventTypes(log) {
    return (await (await this.get(`/${log}/event-types`)).json()).eventTypes;
  }

  /**
   * A page of the values of a filter.
   * @param {LogName} log
   * @param {string} facet
   * @param {{ search?: string, prefix?: string, itemType?: string, limit?: string, cursor?: string | null }} asked
   * @param {AbortSignal} [signal]
   * @returns {Promise<FacetPage>}
   */
  async facet(log, facet, { search, prefix, itemType, limit, cursor }, signal) {
    const parameters = { search: some(search), prefix: some(prefix), itemType: some(itemType), limit: some(limit), cursor: some(cursor) };
    return (await this.get(`/${log}/facets/${facet}`, parameters, signal)).json();
  }

  /**
   * The first values of each event type of the conversation log.
   * @param {"fromValue" | "toValue"} facet
   * @param {{ search: string, events: string[], limit: number }} asked
   * @param {AbortSignal} signal
   * @returns {Promise<ValueGroup[]>}
   */
  async valuesByEvent(facet, { search, events, limit }, signal) {
    const parameters = { search: some(search), event: events, limit: [String(limit)] };
    return (await (await this.get(`/conversation-logs/facets/${facet}/byEvent`, parameters, signal)).json()).groups;
  }

  /**
   * All events that match, as a response that is still being received.
   * @param {LogName} log
   * @param {"csv" | "ndjson"} format
   * @param {Pick<View, "filters" | "order">} view
   * @param {string} timeZone
   * @param {AbortSignal} signal
   */
  async export(log, format, { filters, order }, timeZone, signal) {
    const parameters = { ...filters, orderBy: [order], format: [format], timeZone: [timeZone] };
    return this.get(`/${log}/export`, parameters, signal, "*/*");
  }

  /**
   * The events after a sequence. An `EventSource` could not send the token.
   * @param {LogName} log
   * @param {Filters} filters
   * @param {number} after
   * @param {AbortSignal} signal
   */
  async *stream(log, filters, after, signal) {
    const parameters = { ...filters, lastEventId: [String(after)] };
    const answer = await this.get(`/${log}/stream`, parameters, signal, "text/event-stream");
    if (answer.body) yield* messages(answer.body);
  }

  /**
   * @param {string} path
   * @param {Filters} [parameters] each repeated for each of its values
   * @param {AbortSignal} [signal]
   * @param {string} [accept]
   */
  async get(path, parameters = {}, signal, accept = "application/json") {
    const query = new URLSearchParams(Object.entries(parameters).flatMap(([name, values]) => values.map((value) => [name, value])));
    const headers = { Authorization: `Bearer ${this.token}`, Accept: accept };
    let answer;
    try {
      answer = await fetch(query.size > 0 ? `${path}?${query}` : path, { headers, signal, cache: "no-store" });
    } catch (error) {
      throw signal?.aborted ? error : new ApiError({ detail: "The service cannot be reached" });
    }
    if (!answer.ok) throw await problem(answer);
    return answer;
  }
}

/** @param {string | null | undefined} value */
function some(value) {
  return value ? [value] : [];
}

/** @param {Response} answer */
async function problem(answer) {
  const requestId = answer.headers.get("X-Request-Id") ?? "";
  const said = await answer.json().catch(() => ({}));
  return new ApiError({ title: answer.statusText, requestId, ...said, status: answer.status });
}
