/** The cells of the table. Truncated texts are complete in the tooltip and in the details. */

/** @import { Actor, LabelledValue, LogEvent } from "./types.d.ts" */
import { element, unseen } from "./dom.js";
import { ACTOR_TYPES, ITEM_TYPES, actorName, valueText } from "./labels.js";
import { exact, local } from "./time.js";

/** @param {LogEvent} event */
export function doneBy({ doneBy }) {
  const mark = element("span", { class: `mark mark-${doneBy.type.toLowerCase()}`, "aria-hidden": "true" }, initials(doneBy));
  const name = actorName(doneBy);
  const kind = ACTOR_TYPES[doneBy.type];
  const text = element("span", { class: "stack" }, line(name, `${name}${doneBy.id && doneBy.id !== name ? ` (${doneBy.id})` : ""}`));
  if (name !== kind) text.append(element("span", { class: "secondary" }, kind));
  return element("span", { class: "actor" }, mark, text);
}

/** @param {Actor} actor */
function initials(actor) {
  if (actor.type === "SYSTEM") return "⚙";
  if (actor.type === "API_USER") return "{ }";
  const words = actorName(actor).split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return [words.at(0), words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase() || "?";
}

/** A button, so that Enter opens the details; the row opens them by a click. @param {LogEvent} event */
export function event({ event, label }) {
  return element("button", { type: "button", class: "event", title: event }, label);
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
  const text = valueText(value);
  const title = value.label && value.label !== value.value ? `${text} (${value.value})` : text;
  // Lines break between words. A word that is longer than a line, such as an address, ends with an ellipsis.
  const words = text.split(/(\S{16,})/).map((part, index) => (index % 2 === 0 ? part : element("span", { class: "word" }, part)));
  return element("span", { class: "value", title }, ...words);
}

/** @param {LogEvent} event */
export function date({ occurredAt }) {
  return time(occurredAt);
}

/** In the viewer's time zone; the tooltip has the exact time in UTC. @param {string} instant */
export function time(instant) {
  return element("time", { datetime: instant, title: exact(instant) }, local(instant));
}

/** @param {LogEvent} event */
export function item({ item }) {
  if (!item) return "";
  const name = item.name ?? item.id;
  const kind = `${ITEM_TYPES[item.type]}${name === item.id ? "" : ` · ${item.id}`}`;
  const secondary = element("span", { class: "secondary line", title: kind }, kind);
  return element("span", { class: "stack" }, line(name, name), secondary);
}

/** @param {LogEvent} event */
export function conversation({ conversation }) {
  if (!conversation) return "";
  const { protocol } = new URL(conversation.url, location.href);
  const text = conversation.id;
  if (protocol !== "https:" && protocol !== "http:") return line(text, text);
  return element("a", { href: conversation.url, class: "line", title: text, "aria-label": `Open conversation ${text}` }, text);
}

/**
 * A text on one line, truncated with an ellipsis.
 * @param {string} text
 * @param {string} whole
 */
function line(text, whole) {
  return element("span", { class: "line", title: whole }, text);
}
