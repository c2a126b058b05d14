/** Search by item ID: ignores case and white space, and offers items with this name if no ID matches. */

/** @import { ItemType, Option } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { ITEM_TYPES } from "./labels.js";
import { option } from "./sources.js";

/** The maximum number of offered items. */
const OFFERED = 5;

/** @param {string} text */
function plain(text) {
  return text.replace(/\s+/g, "").toLowerCase();
}

/**
 * The IDs that equal the text except for case and white space; otherwise the text itself.
 * @param {Api} api
 * @param {string} typed
 * @returns {Promise<string[]>}
 */
export async function idsOf(api, typed) {
  const search = typed.replace(/\s+/g, "");
  if (search === "") return [];
  const { values } = await api.facet("audit-logs", "item", { search, limit: "1000" });
  const ids = values.flatMap(({ id }) => (id && plain(id) === plain(typed) ? [id] : []));
  const unique = [...new Set(ids)];
  return unique.includes(typed) ? [typed] : unique.length > 0 ? unique : [typed.trim()];
}

/**
 * The items whose names contain the text, if no item has this ID. Empty if an item has it.
 * @param {Api} api
 * @param {string} id
 * @param {ItemType | undefined} itemType
 * @returns {Promise<(Option & { itemType: ItemType })[]>}
 */
export async function itemsNamed(api, id, itemType) {
  const narrowed = { itemType, limit: String(OFFERED) };
  const [beginning, containing] = await Promise.all([
    api.facet("audit-logs", "item", { prefix: id, ...narrowed }),
    api.facet("audit-logs", "item", { search: id, ...narrowed }),
  ]);
  const values = [...beginning.values, ...containing.values];
  if (values.some((value) => value.id === id)) return [];
  const offers = new Map(
    values.flatMap((value) => {
      const type = /** @type {ItemType} */ (value.type);
      return option(value).map((option) => [`${type} ${option.value}`, { ...option, hint: `${ITEM_TYPES[type]} · ${option.hint}`, itemType: type }]);
    }),
  );
  return [...offers.values()].slice(0, OFFERED);
}
