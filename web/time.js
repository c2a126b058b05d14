/** Times as the viewer reads them: in their zone and their language. Addresses and calls carry UTC. */

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The viewer's zone, an IANA name. */
export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** @param {string} instant */
export function local(instant) {
  return FORMAT.format(new Date(instant));
}

/** Without seconds, for a border that somebody chose. @param {string} instant */
export function localShort(instant) {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? instant : SHORT.format(date);
}

/** To the microsecond, as it is stored. @param {string} instant */
export function exact(instant) {
  return instant.replace("T", " ").replace("Z", " UTC");
}

/**
 * An instant, as the value of an `<input type="datetime-local">`.
 * @param {string} instant
 */
export function toInput(instant) {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * The instant of what was chosen in an `<input type="datetime-local">`; `null` for nothing.
 * @param {string} value
 */
export function fromInput(value) {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
