/** Where the filters' choices come from: the catalogue of event types, and the facets. */

/** @import { FacetValue, ItemType, LogName, Option, Source } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { ACTOR_TYPES, ITEM_TYPES, learn, learnEventTypes } from "./labels.js";

/**
 * The types of events, in groups where the log has any.
 * @param {Api} api
 * @param {LogName} log
 * @returns {Source}
 */
export function eventTypes(api, log) {
  return async (search) => {
    const types = await api.eventTypes(log);
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
 * What the log has had so far, with the newest names.
 * @param {Api} api
 * @param {LogName} log
 * @param {string} facet
 * @param {string} filter the filter that is set by it
 * @param {() => ItemType | ""} [itemType]
 * @returns {Source}
 */
export function facet(api, log, facet, filter, itemType) {
  return async (search, cursor, signal) => {
    const { values, pagination } = await api.facet(log, facet, { search, cursor, itemType: itemType?.() }, signal);
    const options = values.flatMap((value) => option(value));
    for (const { value, label } of options) learn(filter, value, label);
    return { options, next: pagination.nextCursor };
  };
}

/**
 * @param {FacetValue} value
 * @returns {Option[]}
 */
function option({ type, id, name, deleted, value, label }) {
  if (value !== undefined) return [{ value, label: label ?? value, hint: label && label !== value ? value : undefined }];
  // What has no id (the system itself) cannot be asked for by id.
  if (!id) return [];
  const kind = type === "SYSTEM" || type === "API_USER" ? `${ACTOR_TYPES[type]} · ` : "";
  return [{ value: id, label: name ?? id, hint: `${kind}${id}${deleted ? " · deleted" : ""}` }];
}
