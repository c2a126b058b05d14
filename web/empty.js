/** Messages in place of events: the reason why there are none, and what to do. */

/** @import { Filters, ItemType, LogName, View } from "./types.d.ts" */
/** @import { Api, ApiError } from "./api.js" */
/** @import { Notice } from "./notices.js" */
import { button, element } from "./dom.js";
import { itemsNamed } from "./item-search.js";
import { LOGS, logOf } from "./logs.js";

/**
 * No event matches. If no item has the ID that was searched for, items with this name are offered.
 * @param {Api} api
 * @param {View & { log: LogName }} view
 * @param {(filters: Filters) => void} onFilter
 * @returns {Promise<Notice>}
 */
export async function noticeOfNothing(api, { log, filters }, onFilter) {
  if (Object.keys(filters).length === 0) {
    return { title: "No events yet", text: "Events appear here as they are recorded. Switch on Live to follow them." };
  }
  const title = "No events match these filters";
  const action = button("Remove all filters", () => onFilter({}), { class: "strong" });
  const [id, ...others] = filters["itemId"] ?? [];
  const itemType = /** @type {ItemType | undefined} */ (filters["itemType"]?.[0]);
  const offers = log === "audit-logs" && id !== undefined && others.length === 0 ? await itemsNamed(api, id, itemType).catch(() => []) : [];
  if (offers.length === 0) return { title, text: "Remove a filter, or choose another value or a longer period.", action };
  const items = offers.map((offer) => {
    const choose = button(offer.label, () => onFilter({ ...filters, itemType: [offer.itemType], itemId: [offer.value] }), { class: "offer" });
    choose.append(element("span", { class: "secondary" }, offer.hint ?? ""));
    return element("li", {}, choose);
  });
  const text = element("div", {}, element("p", {}, `No item has the ID “${id}”. Items with this name:`), element("ul", { class: "offers" }, ...items));
  return { title, text, action };
}

/**
 * The role cannot view the log. The logs that it can view are offered.
 * @param {ApiError} error
 * @param {LogName} refused
 * @param {LogName[]} logs
 * @param {(log: LogName) => void} onOpen
 * @returns {Notice}
 */
export function noticeOfRefusal(error, refused, logs, onOpen) {
  const { title, roleTitle } = logOf(refused);
  const others = LOGS.filter(({ name }) => name !== refused && logs.includes(name));
  const open = others.map(({ name, title }) => button(`Open ${title}`, () => onOpen(name), { class: "strong" }));
  const may = others.length > 0 ? ` You can view ${others.map(({ title }) => title).join(" and ")}.` : "";
  const text = element(
    "div",
    {},
    element("p", {}, `The link leads to the ${title}, which require the role ${roleTitle}. If you need it, ask the administrator of your account.${may}`),
    element("p", { class: "secondary" }, "If you contact support, state the request ID: ", element("code", {}, error.requestId)),
  );
  return { title: `You have no access to the ${title}`, text, action: element("div", {}, ...open), alert: true };
}
