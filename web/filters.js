/** The filter form of a log. Requests are sent only after Apply Filters is pressed. */

/** @import { Field, Filters, ItemType, LogName, Source } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { dates } from "./dates.js";
import { element } from "./dom.js";
import { idsOf } from "./item-search.js";
import { ITEM_TYPES, valueLabel } from "./labels.js";
import { Picker } from "./picker.js";
import * as sources from "./sources.js";

/** Filters without a field, which a row's menu or the details set. The form preserves them. */
const WITHOUT_FIELD = { "conversation-logs": ["conversationId", "operationId", "doneByType"], "audit-logs": ["operationId", "doneById", "fromValue", "toValue"] };

/**
 * Fills the form with the fields of a log. `onApply` receives the chosen filters.
 * @param {HTMLFormElement} form
 * @param {LogName} log
 * @param {Api} api
 * @param {{ onApply: (filters: Filters) => void, onError: (error: unknown) => void }} calls
 * @returns {{ show: (filters: Filters) => void, relabel: () => void }} `show`: shows the applied filters; `relabel`: updates their labels
 */
export function fillForm(form, log, api, { onApply, onError }) {
  const fields = log === "audit-logs" ? auditFields(api) : conversationFields(api);
  const apply = element("button", { type: "submit", class: "strong" }, "Apply Filters");
  form.className = `filter-form ${log}`;
  form.replaceChildren(...fields.map((field) => field.element), element("div", { class: "apply" }, apply));
  /** @type {Filters} */
  let applied = {};
  let submissions = 0;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const submission = (submissions += 1);
    /** @type {Filters} */
    const filters = {};
    for (const name of WITHOUT_FIELD[log]) filters[name] = applied[name] ?? [];
    try {
      for (const field of fields) await field.write(filters);
    } catch (error) {
      return onError(error);
    }
    // In the meantime, other filters may have been applied, or the other tab opened.
    if (submission !== submissions || !apply.isConnected) return;
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
  const event = picker("event", "Event", "Any event", sources.eventTypes(api, log), true);
  const events = () => event.values;
  return [
    fieldOf("event", event),
    fieldOf("doneById", picker("doneById", "Done by", "Anyone", sources.facet(api, log, "doneBy", "doneById"))),
    fieldOf("fromValue", picker("fromValue", "From", "Any value", sources.values(api, "fromValue", events))),
    fieldOf("toValue", picker("toValue", "To", "Any value", sources.values(api, "toValue", events))),
    dates(),
  ];
}

/**
 * @param {Api} api
 * @returns {Field[]}
 */
function auditFields(api) {
  const log = "audit-logs";
  const search = element("input", { type: "search", id: "item-search", placeholder: "For example q-17", autocomplete: "off", maxlength: 128 });
  /** The last search text, and the IDs of the items that it matches. */
  let searched = { text: "", ids: /** @type {string[]} */ ([]) };
  const types = Object.entries(ITEM_TYPES).map(([value, label]) => element("option", { value }, label));
  const select = element("select", { id: "itemType" }, element("option", { value: "" }, "Any item"), ...types);
  /** Several item types, which only a link can have, as one choice. Its value is their list. */
  const several = element("option");
  const itemType = () => /** @type {ItemType | ""} */ (select.value);
  const items = new Picker({ id: "items", title: "Items", any: "All of them", source: sources.facet(api, log, "item", "itemId", itemType), labelOf: (value) => valueLabel("itemId", value) });
  // Items can be chosen once an item type is chosen.
  const showItems = () => {
    items.element.hidden = !(select.value in ITEM_TYPES);
    items.rename(select.selectedOptions[0]?.text ?? "Items");
  };
  select.addEventListener("change", () => {
    items.set([]);
    showItems();
  });
  return [
    {
      element: labelled(search, "Search by item ID"),
      read: ({ itemType, itemId = [] }) => {
        // With one item type, the IDs belong to the list of items, unless the search set them.
        const isSearched = itemId.length > 0 && itemId.join() === searched.ids.join();
        const isListed = itemType?.length === 1;
        if (!isSearched) searched = { text: isListed ? "" : itemId.join(", "), ids: isListed ? [] : itemId };
        search.value = searched.text;
      },
      write: async (filters) => {
        const text = search.value.trim();
        if (text !== searched.text) searched = { text, ids: await idsOf(api, text) };
        filters["itemId"] = searched.ids;
      },
    },
    fieldOf("doneByType", picker("doneByType", "Done by", "Anyone or anything", sources.actorTypes(), true)),
    fieldOf("event", picker("event", "Event", "Any event", sources.eventTypes(api, log), true)),
    dates(),
    {
      element: labelled(select, "Item"),
      read: ({ itemType = [] }) => {
        several.remove();
        several.value = itemType.join();
        several.textContent = itemType.map((type) => ITEM_TYPES[/** @type {ItemType} */ (type)] ?? type).join(", ");
        if (itemType.length > 1) select.append(several);
        select.value = itemType.join();
      },
      write: (filters) => void (filters["itemType"] = select.value ? select.value.split(",") : []),
    },
    {
      element: items.element,
      read: ({ itemType, itemId = [] }) => {
        items.set(itemType?.length === 1 ? itemId.filter((id) => !searched.ids.includes(id)) : []);
        showItems();
      },
      write: (filters) => void (filters["itemId"] = [...new Set([...(filters["itemId"] ?? []), ...items.values])]),
      relabel: () => items.summarize(),
    },
  ];
}

/**
 * @param {string} name
 * @param {string} title
 * @param {string} any
 * @param {Source} source
 * @param {boolean} [isLocal]
 */
function picker(name, title, any, source, isLocal) {
  return new Picker({ id: name, title, any, source, isLocal, labelOf: (value) => valueLabel(name, value) });
}

/**
 * The field of a filter that one picker sets.
 * @param {string} name
 * @param {Picker} picker
 * @returns {Field}
 */
function fieldOf(name, picker) {
  return {
    element: picker.element,
    read: (filters) => picker.set(filters[name] ?? []),
    write: (filters) => void (filters[name] = picker.values),
    relabel: () => picker.summarize(),
  };
}

/**
 * @param {HTMLInputElement | HTMLSelectElement} control
 * @param {string} title
 */
function labelled(control, title) {
  return element("div", { class: "field" }, element("label", { for: control.id, class: "label" }, title), control);
}
