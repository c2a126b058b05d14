/** The filter form of a log. Nothing is asked for before Apply Filters is pressed. */

/** @import { Filters, ItemType, LogName } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { element } from "./dom.js";
import { ITEM_TYPES, valueLabel } from "./labels.js";
import { Picker } from "./picker.js";
import * as sources from "./sources.js";
import { fromInput, toInput } from "./time.js";

/**
 * A field: its element, what it reads from the filters and writes to them, and what it does when names became known.
 * @typedef {{ element: HTMLElement, read: (filters: Filters) => void, write: (filters: Filters) => void, relabel?: () => void }} Field
 */

/** The filters that no field of the form sets, but a row's menu; the form keeps them. */
const KEPT = { "conversation-logs": ["conversationId", "operationId", "doneByType", "dateFrom", "dateTo"], "audit-logs": ["operationId", "doneById", "fromValue", "toValue"] };

/**
 * Fills the form with the fields of a log, and calls back with the filters that were chosen.
 * @param {HTMLFormElement} form
 * @param {LogName} log
 * @param {Api} api
 * @param {(filters: Filters) => void} onApply
 * @returns {{ show: (filters: Filters) => void, relabel: () => void }} shows the filters that are applied; names them anew
 */
export function fillForm(form, log, api, onApply) {
  const fields = log === "audit-logs" ? auditFields(api) : conversationFields(api);
  const apply = element("button", { type: "submit", class: "strong" }, "Apply Filters");
  form.replaceChildren(...fields.map((field) => field.element), element("div", { class: "apply" }, apply));
  /** @type {Filters} */
  let applied = {};
  form.onsubmit = (event) => {
    event.preventDefault();
    /** @type {Filters} */
    const filters = {};
    for (const name of KEPT[log]) filters[name] = applied[name] ?? [];
    for (const field of fields) field.write(filters);
    onApply(Object.fromEntries(Object.entries(filters).filter(([, values]) => values.length > 0)));
  };
  const show = (/** @type {Filters} */ filters) => {
    applied = filters;
    for (const field of fields) field.read(filters);
  };
  return { show, relabel: () => fields.forEach((field) => field.relabel?.()) };
}

/**
 * @param {Api} api
 * @returns {Field[]}
 */
function conversationFields(api) {
  const log = "conversation-logs";
  return [
    pick("event", "Event", "Any event", sources.eventTypes(api, log)),
    pick("doneById", "Done by", "Anyone", sources.facet(api, log, "doneBy", "doneById")),
    pick("fromValue", "From", "Any value", sources.facet(api, log, "fromValue", "fromValue")),
    pick("toValue", "To", "Any value", sources.facet(api, log, "toValue", "toValue")),
  ];
}

/**
 * @param {Api} api
 * @returns {Field[]}
 */
function auditFields(api) {
  const log = "audit-logs";
  const search = input("search", "Search by item ID", { placeholder: "For example q-17", autocomplete: "off", maxlength: 128 });
  /** @type {string[]} */
  let searched = [];
  const types = Object.entries(ITEM_TYPES).map(([value, label]) => element("option", { value }, label));
  const select = element("select", { id: "itemType" }, element("option", { value: "" }, "Any item"), ...types);
  const itemType = () => /** @type {ItemType | ""} */ (select.value);
  const source = sources.facet(api, log, "item", "itemId", itemType);
  const items = new Picker({ id: "items", title: "Items", any: "All of them", source, labelOf: (value) => valueLabel("itemId", value) });
  // Items can be chosen once it is said of which type.
  const showItems = () => {
    items.element.hidden = select.value === "";
    items.rename(select.selectedOptions[0]?.text ?? "Items");
  };
  select.addEventListener("change", () => {
    items.set([]);
    showItems();
  });
  return [
    {
      element: search.element,
      read: ({ itemType, itemId = [] }) => {
        searched = itemType ? [] : itemId;
        search.input.value = searched.join(", ");
      },
      write: (filters) => {
        // One id is typed; several came by the address, and stay until something else is typed.
        const typed = search.input.value.trim();
        filters["itemId"] = typed === searched.join(", ") ? searched : [typed].filter(Boolean);
      },
    },
    pick("doneByType", "Done by", "Anyone or anything", sources.actorTypes()),
    pick("event", "Event", "Any event", sources.eventTypes(api, log)),
    date("dateFrom", "Date from"),
    date("dateTo", "Date to"),
    {
      element: element("div", { class: "field" }, element("label", { for: "itemType", class: "label" }, "Item"), select),
      read: ({ itemType }) => void (select.value = itemType?.length === 1 ? itemType[0] : ""),
      write: (filters) => void (filters["itemType"] = select.value ? [select.value] : []),
    },
    {
      element: items.element,
      read: ({ itemType, itemId }) => (items.set(itemType?.length === 1 ? (itemId ?? []) : []), showItems()),
      write: (filters) => void (filters["itemId"] = [...new Set([...(filters["itemId"] ?? []), ...items.values])]),
      relabel: () => items.summarize(),
    },
  ];
}

/**
 * @param {string} name
 * @param {string} title
 * @param {string} any
 * @param {import("./types.d.ts").Source} source
 * @returns {Field}
 */
function pick(name, title, any, source) {
  const picker = new Picker({ id: name, title, any, source, labelOf: (value) => valueLabel(name, value) });
  return {
    element: picker.element,
    read: (filters) => picker.set(filters[name] ?? []),
    write: (filters) => void (filters[name] = picker.values),
    relabel: () => picker.summarize(),
  };
}

/**
 * A border of the period: chosen in the viewer's zone, applied as an instant.
 * @param {string} name
 * @param {string} title
 * @returns {Field}
 */
function date(name, title) {
  const field = input(name, title, { type: "datetime-local" });
  /** @type {string | undefined} */
  let applied;
  return {
    element: field.element,
    read: (filters) => {
      applied = filters[name]?.[0];
      field.input.value = applied ? toInput(applied) : "";
    },
    write: (filters) => {
      // What was not touched stays as it came in the address, also its seconds.
      const unchanged = applied !== undefined && field.input.value === toInput(applied);
      const chosen = unchanged ? applied : fromInput(field.input.value);
      filters[name] = chosen ? [chosen] : [];
    },
  };
}

/**
 * @param {string} id
 * @param {string} title
 * @param {{ [name: string]: string | number }} attributes
 */
function input(id, title, attributes) {
  const field = element("input", { id, ...attributes });
  return { input: field, element: element("div", { class: "field" }, element("label", { for: id, class: "label" }, title), field) };
}
