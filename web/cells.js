/** What stands in the cells of the table, and in the details: an event's parts, for people. */

/** @import { Actor, LabelledValue, LogEvent } from "./types.d.ts" */
import { element, unseen } from "./dom.js";
import { ACTOR_TYPES, ITEM_TYPES, actorName, valueText } from "./labels.js";
import { exact, local } from "./time.js";

/** @param {LogEvent} event */
export function doneBy({ doneBy }) {
  const mark = element("span", { class: `mark mark-${doneBy.type.toLowerCase()}`, "aria-hidden": "true" }, initials(doneBy));
  const kind = element("span", { class: "secondary" }, ACTOR_TYPES[doneBy.type]);
  const name = actorName(doneBy);
  const text = element("span", { class: "stack" }, element("span", { class: "primary", title: doneBy.id }, name));
  if (name !== ACTOR_TYPES[doneBy.type]) text.append(kind);
  return element("span", { class: "actor" }, mark, text);
}

/** @param {Actor} actor */
function initials(actor) {
  if (actor.type === "SYSTEM") return "⚙";
  if (actor.type === "API_USER") return "{ }";
  const words = actorName(actor).split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return [words.at(0), words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase() || "?";
}

/** @param {LogEvent} event */
export function event({ event, label }) {
  return element("span", { class: "event", title: event }, label);
}

/** @param {LogEvent} event */
export function from({ from }) {
  return value(from);
}

/** @param {LogEvent} event */
export function to({ to }) {
  return value(to);
}

/** @param {LabelledValue | null} value */
function value(value) {
  if (!value) return element("span", { class: "secondary" }, element("span", { "aria-hidden": "true" }, "–"), unseen("none"));
  return element("span", { class: "value", title: value.value }, valueText(value));
}

/** @param {LogEvent} event */
export function date({ occurredAt }) {
  return time(occurredAt);
}

/** In the viewer's zone; exact in UTC where the pointer rests. @param {string} instant */
export function time(instant) {
  return element("time", { datetime: instant, title: exact(instant) }, local(instant));
}

/** @param {LogEvent} event */
export function item({ item }) {
  if (!item) return "";
  const name = element("span", { class: "primary", title: item.id }, item.name ?? item.id);
  return element("span", { class: "stack" }, name, element("span", { class: "secondary" }, ITEM_TYPES[item.type]));
}

/** @param {LogEvent} event */
export function conversation({ conversation }) {
  if (!conversation) return "";
  const { protocol } = new URL(conversation.url, location.href);
  const text = conversation.id;
  if (protocol !== "https:" && protocol !== "http:") return text;
  return element("a", { href: conversation.url, "aria-label": `Open conversation ${text}` }, text);
}
