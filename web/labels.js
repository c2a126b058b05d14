/** Labels of codes and ids. */

/** @import { Actor, ActorType, EventType, ItemType, LabelledValue, LogEvent } from "./types.d.ts" */
import { localShort } from "./time.js";

/** @type {{ [type in ActorType]: string }} */
export const ACTOR_TYPES = { USER: "User", SYSTEM: "System", API_USER: "API user" };

/** @type {{ [type in ItemType]: string }} */
export const ITEM_TYPES = {
  TAG: "Tag",
  QUEUE: "Queue",
  AGENT_CONFIGURATION: "Agent configuration",
  ACCOUNT_CONFIGURATION: "Account configuration",
  ROUTE: "Route",
};

/** The labels of filters. @type {{ [filter: string]: string }} */
const FILTER_TITLES = {
  event: "Event",
  doneByType: "Done by",
  doneById: "Done by",
  fromValue: "From",
  toValue: "To",
  itemType: "Item",
  itemId: "Item",
  conversationId: "Conversation",
  operationId: "Operation",
  dateFrom: "Date from",
  dateTo: "Date to",
};

/** Known names, by filter and value. */
const known = new Map();

/**
 * @param {string} filter
 * @param {string | null | undefined} value
 * @param {string | null | undefined} label
 */
export function learn(filter, value, label) {
  if (value && label) known.set(`${filter} ${value}`, label);
}

/** @param {EventType[]} types */
export function learnEventTypes(types) {
  for (const { code, label } of types) learn("event", code, label);
}

/** Stores the names in the events of a list, for the labels of its filters. The newest name is stored last. @param {LogEvent[]} events */
export function learnEvents(events) {
  for (const { doneBy, from, to, item } of [...events].sort((one, other) => one.sequence - other.sequence)) {
    learn("doneById", doneBy.id, doneBy.name);
    learn("fromValue", from?.value, from?.label);
    learn("toValue", to?.value, to?.label);
    learn("itemId", item?.id, item?.name);
  }
}

/** @param {string} filter */
export function filterTitle(filter) {
  return FILTER_TITLES[filter] ?? filter;
}

/**
 * @param {string} filter
 * @param {string} value
 * @returns {string}
 */
export function valueLabel(filter, value) {
  if (filter === "doneByType") return ACTOR_TYPES[/** @type {ActorType} */ (value)] ?? value;
  if (filter === "itemType") return ITEM_TYPES[/** @type {ItemType} */ (value)] ?? value;
  if (filter === "dateFrom" || filter === "dateTo") return localShort(value);
  return known.get(`${filter} ${value}`) ?? (value === "" ? "(empty)" : value);
}

/** @param {Actor} actor */
export function actorName({ type, id, name }) {
  return name ?? id ?? ACTOR_TYPES[type];
}

/** @param {LabelledValue} value */
export function valueText({ value, label }) {
  return label ?? (value === "" ? "(empty)" : value);
}
