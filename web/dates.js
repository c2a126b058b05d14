/** The Date filter: a preset period, or a first and a last day with optional times. */

/** @import { Field } from "./types.d.ts" */
import { button, element, opens } from "./dom.js";
import { localShort, fromInputs, TIME_ZONE, toInputs } from "./time.js";
import { PRESETS, endInputs } from "./period.js";

const CUSTOM = "custom";

/**
 * The field of the filters `dateFrom` and `dateTo`.
 * @returns {Field}
 */
export function dates() {
  const summary = element("span", { id: "dates-summary", class: "summary" });
  const controls = { "aria-haspopup": "dialog", "aria-expanded": "false", "aria-controls": "dates-panel" };
  const opener = element("button", { type: "button", class: "picker", id: "dates", "aria-labelledby": "dates-label dates-summary", ...controls }, summary);
  const radios = [...PRESETS, { id: CUSTOM, label: "Custom" }].map(({ id, label }) => {
    const radio = element("input", { type: "radio", name: "period", value: id });
    return { radio, element: element("label", { class: "option" }, radio, label) };
  });
  const presets = element("fieldset", { class: "presets" }, element("legend", { class: "unseen" }, "Period"), ...radios.map(({ element }) => element));
  const [from, to] = [border("from", "From"), border("to", "To")];
  const hint = element("p", { class: "secondary" }, `Times in ${TIME_ZONE.replaceAll("_", " ")}. Without times, whole days are included.`);
  const fault = element("p", { class: "fault", role: "status" });
  const custom = element("div", { class: "borders" }, from.element, to.element, hint, fault);
  const done = button("Done", () => panel.hidePopover(), { class: "quiet" });
  const panelAttributes = { id: "dates-panel", class: "panel", popover: "auto", role: "dialog", "aria-labelledby": "dates-label" };
  const panel = element("div", panelAttributes, presets, custom, element("div", { class: "feet" }, done));
  const label = element("span", { id: "dates-label", class: "label" }, "Date");

  /** The filters in the URL, and those chosen now. */
  let applied = { from: /** @type {string | null} */ (null), to: /** @type {string | null} */ (null) };
  let chosen = "any";
  /** The preset that was applied last, and its start at that time. */
  let preset = { id: "any", start: /** @type {string | null} */ (null) };

  opens(opener, panel, () => radios.find(({ radio }) => radio.checked)?.radio.focus());
  presets.addEventListener("change", (event) => {
    chosen = /** @type {HTMLInputElement} */ (event.target).value;
    show();
  });
  custom.addEventListener("input", show);
  panel.addEventListener("keydown", (event) => {
    // Enter closes the panel; by default it would submit the form.
    if (event.key !== "Enter" || event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    panel.hidePopover();
  });

  /** The period in the inputs. They have no seconds, so an end of the period that was not changed remains as it was applied. */
  const typed = () => ({
    from: from.isUnchanged() ? applied.from : fromInputs(from.date.value, from.time.value),
    to: to.isUnchanged() ? applied.to : fromInputs(to.date.value, to.time.value, to.time.value ? 0 : 1),
  });

  function show() {
    for (const { radio } of radios) radio.checked = radio.value === chosen;
    custom.hidden = chosen !== CUSTOM;
    for (const { date, time } of [from, to]) time.disabled = date.value === "";
    const now = chosen === CUSTOM ? typed() : null;
    fault.textContent = now?.from && now.to && now.from >= now.to ? "The end must be after the start." : "";
    summary.textContent = now ? rangeText(now.from, now.to) : (PRESETS.find(({ id }) => id === chosen)?.label ?? "");
    opener.classList.toggle("is-set", chosen !== "any" && !(now && !now.from && !now.to));
  }

  return {
    element: element("div", { class: "field" }, label, opener, panel),
    read: (filters) => {
      applied = { from: filters["dateFrom"]?.[0] ?? null, to: filters["dateTo"]?.[0] ?? null };
      const isPreset = applied.to === null && applied.from !== null && applied.from === preset.start;
      chosen = isPreset ? preset.id : applied.from || applied.to ? CUSTOM : "any";
      from.set(applied.from ? toInputs(applied.from) : { date: "", time: "" });
      to.set(applied.to ? endInputs(applied.to) : { date: "", time: "" });
      show();
    },
    write: (filters) => {
      let period = typed();
      // A preset begins anew with each Apply: "Last hour" ends now.
      if (chosen !== CUSTOM) {
        const start = PRESETS.find(({ id }) => id === chosen)?.start(new Date()) ?? null;
        preset = { id: chosen, start };
        period = { from: start, to: null };
      }
      filters["dateFrom"] = period.from ? [period.from] : [];
      filters["dateTo"] = period.to ? [period.to] : [];
    },
  };
}

/**
 * @param {string | null} from
 * @param {string | null} to
 */
function rangeText(from, to) {
  if (from && to) return `${localShort(from)} – ${localShort(to)}`;
  if (from) return `From ${localShort(from)}`;
  return to ? `Until ${localShort(to)}` : "Custom";
}

/**
 * The start or the end of the period.
 * @param {string} id
 * @param {string} title
 */
function border(id, title) {
  const date = element("input", { type: "date", id: `date-${id}`, max: "9999-12-31" });
  const time = element("input", { type: "time", id: `time-${id}` });
  let shown = { date: "", time: "" };
  const labelled = (/** @type {string} */ text, /** @type {HTMLInputElement} */ input) =>
    element("div", { class: "field" }, element("label", { for: input.id, class: "label" }, text), input);
  return {
    date,
    time,
    element: element("fieldset", { class: "border" }, element("legend", {}, title), labelled("Date", date), labelled("Time (optional)", time)),
    set: (/** @type {{ date: string, time: string }} */ values) => {
      shown = values;
      date.value = values.date;
      time.value = values.time;
    },
    isUnchanged: () => date.value === shown.date && time.value === shown.time,
  };
}
