/** Preset periods. */

import { fromInputs, toInputs } from "./time.js";

const HOUR = 3_600_000;

/** Each preset, and when it begins. None of them has an end. @type {{ id: string, label: string, start: (now: Date) => string | null }[]} */
export const PRESETS = [
  { id: "any", label: "Any time", start: () => null },
  { id: "hour", label: "Last hour", start: (now) => new Date(now.getTime() - HOUR).toISOString() },
  { id: "today", label: "Today", start: (now) => fromInputs(toInputs(now.toISOString()).date, "") },
  { id: "week", label: "Last 7 days", start: (now) => new Date(now.getTime() - 7 * 24 * HOUR).toISOString() },
  { id: "month", label: "Last 30 days", start: (now) => new Date(now.getTime() - 30 * 24 * HOUR).toISOString() },
];

/**
 * The last day of a period that ends at an instant, and the time of its end. A period that ends at midnight includes the whole
 * previous day, without a time.
 * @param {string} end
 */
export function endInputs(end) {
  const inputs = toInputs(end);
  if (inputs.time !== "" || inputs.date === "") return inputs;
  const before = fromInputs(inputs.date, "", -1);
  return { date: before ? toInputs(before).date : "", time: "" };
}
