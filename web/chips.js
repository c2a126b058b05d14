/** The applied filters, each with a button that removes it. */

/** @import { Filters } from "./types.d.ts" */
import { button, element, unseen } from "./dom.js";
import { FILTERS } from "./address.js";
import { filterTitle, valueLabel } from "./labels.js";

/**
 * @param {HTMLElement} list
 * @param {Filters} filters
 * @param {(filters: Filters) => void} onChange
 */
export function showChips(list, filters, onChange) {
  const pairs = FILTERS.flatMap((name) => (filters[name] ?? []).map((value) => ({ name, value })));
  const chips = pairs.map(({ name, value }) => {
    const text = `${filterTitle(name)}: ${valueLabel(name, value)}`;
    const remove = button("×", () => onChange(without(filters, name, value)), { "aria-label": `Remove filter ${text}` });
    return element("li", { class: "chip" }, element("span", { title: value }, text), remove);
  });
  if (chips.length > 1) {
    const clear = button("Clear all", () => onChange({}), { class: "quiet" });
    clear.append(unseen(" filters"));
    chips.push(element("li", {}, clear));
  }
  list.replaceChildren(...chips);
  list.hidden = chips.length === 0;
}

/**
 * @param {Filters} filters
 * @param {string} name
 * @param {string} value
 */
function without(filters, name, value) {
  const values = (filters[name] ?? []).filter((other) => other !== value);
  const { [name]: _, ...others } = filters;
  return values.length > 0 ? { ...others, [name]: values } : others;
}
