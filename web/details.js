/** All fields of an event, each with a filter for events with the same value. */

/** @import { Filters, LabelledValue, LogEvent } from "./types.d.ts" */
import { button, element } from "./dom.js";
import { ACTOR_TYPES, ITEM_TYPES, actorName, valueText } from "./labels.js";
import * as cells from "./cells.js";
import { exact } from "./time.js";

/**
 * @param {HTMLElement} place
 * @param {LogEvent} event
 * @param {(filters: Filters) => void} onFilter
 */
export function showDetails(place, event, onFilter) {
  const { doneBy, from, to, item, conversation, operationId } = event;
  const by = (/** @type {string} */ what, /** @type {Filters} */ filters) =>
    button(`Filter by this ${what}`, () => onFilter(filters), { class: "quiet filter-by" });
  const actor = doneBy.id ? by(doneBy.type === "USER" ? "person" : "actor", { doneById: [doneBy.id] }) : by("actor", { doneByType: [doneBy.type] });

  /** @type {[string, Node | string | null, HTMLElement?][]} */
  const parts = [
    ["Event", named(event.label, event.event), by("event", { event: [event.event] })],
    ["From", value(from), from ? by("value", { fromValue: [from.value] }) : undefined],
    ["To", value(to), to ? by("value", { toValue: [to.value] }) : undefined],
    ["Done by", named(actorName(doneBy), [ACTOR_TYPES[doneBy.type], doneBy.id].filter(Boolean).join(" · ")), actor],
    ["Item", item ? named(item.name ?? item.id, `${ITEM_TYPES[item.type]} · ${item.id}`) : null, item && by("item", { itemType: [item.type], itemId: [item.id] })],
    ["Conversation", conversation ? cells.conversation(event) : null, conversation && by("conversation", { conversationId: [conversation.id] })],
    ["Date", named(cells.time(event.occurredAt), exact(event.occurredAt))],
    ["Recorded", named(cells.time(event.recordedAt), exact(event.recordedAt))],
    ["Operation", operationId ?? "None", operationId ? by("operation", { operationId: [operationId] }) : undefined],
    ["Event ID", event.id],
    ["Sequence", String(event.sequence)],
    ["Details", event.details ? code(event.details) : null],
  ];
  const rows = parts.flatMap(([title, part, filter]) => {
    if (part === null) return [];
    return [element("dt", {}, title), element("dd", {}, element("div", { class: "part" }, part), ...(filter ? [filter] : []))];
  });
  const raw = element("details", {}, element("summary", {}, "JSON"), code(event));
  place.replaceChildren(...change(from, to), element("dl", {}, ...rows), raw);
  place.scrollTop = 0;
}

/**
 * The change in one line: From → To.
 * @param {LabelledValue | null} from
 * @param {LabelledValue | null} to
 */
function change(from, to) {
  if (!from && !to) return [];
  const side = (/** @type {LabelledValue | null} */ value) => (value ? element("strong", {}, valueText(value)) : element("span", { class: "secondary" }, "none"));
  return [element("p", { class: "change" }, side(from), element("span", { class: "arrow", role: "img", "aria-label": "changed to" }, "→"), side(to))];
}

/** @param {LabelledValue | null} value */
function value(value) {
  return value ? named(valueText(value), value.label && value.label !== value.value ? value.value : "") : "None";
}

/**
 * @param {Node | string} name
 * @param {string} exactly
 */
function named(name, exactly) {
  const stack = element("span", { class: "stack" }, element("span", {}, name));
  if (exactly) stack.append(element("span", { class: "secondary" }, exactly));
  return stack;
}

/** @param {object} value */
function code(value) {
  return element("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));
}
