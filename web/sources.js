/** The sources of the filters' choices: the catalogue of event types, and the facets. */

/** @import { EventType, FacetValue, ItemType, LogName, Option, Source, ValueGroup } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { ACTOR_TYPES, ITEM_TYPES, learn, learnEventTypes, valueText } from "./labels.js";

/**
 * The event types, in groups if the log has groups.
 * @param {Api} api
 * @param {LogName} log
 * @returns {Source}
 */
export function eventTypes(api, log) {
  /** @type {Promise<EventType[]> | undefined} */
  let asked;
  return async (search) => {
    asked ??= api.eventTypes(log);
    const types = await asked.catch((error) => {
      asked = undefined;
      throw error;
    });
    learnEventTypes(types);
    const options = types.map(({ code, label, group }) => ({ value: code, label, group: group ? `${ITEM_TYPES[group]} events` : undefined }));
    return { options: options.filter(({ label }) => label.toLowerCase().includes(search.toLowerCase())), next: null };
  };
}

/**
 * User, System, API user.
 * @returns {Source}
 */
export function actorTypes() {
  const options = Object.entries(ACTOR_TYPES).map(([value, label]) => ({ value, label }));
  return async (search) => ({ options: options.filter(({ label }) => label.toLowerCase().includes(search.toLowerCase())), next: null });
}

/**
 * The actors or items of the log, with their newest names. Those whose names begin with the search come first.
 * @param {Api} api
 * @param {LogName} log
 * @param {string} facet
 * @param {string} filter the filter that is set by it
 * @param {() => ItemType | ""} [itemType]
 * @returns {Source}
 */
export function facet(api, log, facet, filter, itemType) {
  return async (search, cursor, signal) => {
    const narrowed = { itemType: itemType?.() };
    const [beginning, page] = await Promise.all([
      search && !cursor ? api.facet(log, facet, { prefix: search, ...narrowed }, signal) : { values: [] },
      api.facet(log, facet, { search, cursor, ...narrowed }, signal),
    ]);
    const options = [...beginning.values, ...page.values].flatMap(option);
    for (const { value, label } of options) learn(filter, value, label);
    return { options, next: page.pagination.nextCursor };
  };
}

/**
 * The choice of an actor or an item.
 * @param {FacetValue} value
 * @returns {Option[]}
 */
export function option({ type, id, name, deleted }) {
  // An actor without an id (the system itself) cannot be filtered by id.
  if (!id) return [];
  const kind = type === "SYSTEM" || type === "API_USER" ? `${ACTOR_TYPES[type]} · ` : "";
  return [{ value: id, label: name ?? id, hint: `${kind}${id}${deleted ? " · deleted" : ""}` }];
}

/** A value without a label that has at least this number of characters is free text. */
const FREE_TEXT = 32;

/**
 * The values that events changed from or to, in a group for each event type: those of the chosen types, or the first ones of all.
 * @param {Api} api
 * @param {"fromValue" | "toValue"} filter
 * @param {() => string[]} events
 * @returns {Source}
 */
export function values(api, filter, events) {
  return async (search, _, signal) => {
    const chosen = events();
    const limit = chosen.length === 1 ? 50 : search || chosen.length > 1 ? 10 : 5;
    const groups = await api.valuesByEvent(filter, { search, events: chosen, limit }, signal);
    // Codes with labels are few and frequent, texts are many and rare. Within a rank, the order is that of the catalogue.
    groups.sort((one, other) => rank(one) - rank(other));
    const options = groups.flatMap(({ label: group, values }) =>
      values.map((value) => {
        const label = valueText(value);
        learn(filter, value.value, label);
        return { value: value.value, label, hint: isSame(label, value.value) ? undefined : value.value, group };
      }),
    );
    const hasMore = groups.some(({ hasMore }) => hasMore);
    const narrow = chosen.length === 0 && !search ? "To see other values, type, or choose an event first." : "Type more to see other values.";
    return { options, next: null, note: hasMore ? narrow : undefined };
  };
}

/**
 * Whether a value and its label differ only in case and separators, such as `OPEN` and `Open`.
 * @param {string} label
 * @param {string} value
 */
function isSame(label, value) {
  return label.toLowerCase() === value.toLowerCase().replaceAll("_", " ");
}

/** @param {ValueGroup} group */
function rank({ values }) {
  if (values.some(({ label }) => label !== null)) return 0;
  return values.some(({ value }) => value.length >= FREE_TEXT) ? 2 : 1;
}
