/** Times in the viewer's time zone and language. URLs and requests contain UTC. */

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** The viewer's zone, an IANA name. */
export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** @param {string} instant */
export function local(instant) {
  return FORMAT.format(new Date(instant));
}

/** Without seconds, and without the time where a day begins: for the start and the end of a period. @param {string} instant */
export function localShort(instant) {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  return toInputs(instant).time === "" ? DAY.format(date) : SHORT.format(date);
}

/** To the microsecond, as it is stored. @param {string} instant */
export function exact(instant) {
  return instant.replace("T", " ").replace("Z", " UTC");
}

/**
 * An instant as the values of an `<input type="date">` and an `<input type="time">`. At the beginning of a day, the time is empty.
 * @param {string} instant
 */
export function toInputs(instant) {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return { date: "", time: "" };
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return { date: day, time: time === "00:00" ? "" : time };
}

/**
 * The instant of a date and a time in the viewer's zone; without a time, the beginning of the day. `null` without a date.
 * @param {string} date
 * @param {string} time
 * @param {number} [daysLater]
 */
export function fromInputs(date, time, daysLater = 0) {
  const instant = new Date(`${date}T${time || "00:00"}`);
  if (Number.isNaN(instant.getTime())) return null;
  instant.setDate(instant.getDate() + daysLater);
  return instant.toISOString();
}
