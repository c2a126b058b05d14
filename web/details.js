/** Everything that an event has. */

/** @import { LogEvent } from "./types.d.ts" */
import { element } from "./dom.js";
import { ACTOR_TYPES, ITEM_TYPES, actorName, valueText } from "./labels.js";
import * as cells from "./cells.js";
import { exact } from "./time.js";

/**
 * @param {HTMLElement} place
 * @param {LogEvent} event
 */
export function showDetails(place, event) {
  const { doneBy, from, to, item, conversation } = event;
  /** @type {[string, Node | string | null][]} */
  const parts = [
    ["Event", named(event.label, event.event)],
    ["Date", named(cells.time(event.occurredAt), exact(event.occurredAt))],
    ["Recorded", named(cells.time(event.recordedAt), exact(event.recordedAt))],
    ["Done by", named(actorName(doneBy), [ACTOR_TYPES[doneBy.type], doneBy.id].filter(Boolean).join(" · "))],
    ["Item", item ? named(item.name ?? item.id, `${ITEM_TYPES[item.type]} · ${item.id}`) : null],
    ["Conversation", conversation ? cells.conversation(event) : null],
    ["From", from ? named(valueText(from), from.label ? from.value : "") : "None"],
    ["To", to ? named(valueText(to), to.label ? to.value : "") : "None"],
    ["Operation", event.operationId ?? "None"],
    ["Event ID", event.id],
    ["Sequence", String(event.sequence)],
    ["Details", event.details ? code(event.details) : null],
  ];
  const rows = parts.flatMap(([title, part]) => (part === null ? [] : [element("dt", {}, title), element("dd", {}, part)]));
  const raw = element("details", {}, element("summary", {}, "As the API answers it"), code(event));
  place.replaceChildren(element("dl", {}, ...rows), raw);
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
