/** A filter of which any number of values can be chosen: a button that opens a list with a search field. */

/** @import { Option, Source } from "./types.d.ts" */
import { ApiError } from "./api.js";
import { button, element, moveFocus, placeUnder } from "./dom.js";

/** How long typing must pause before it is searched for, in milliseconds. */
const PAUSE = 200;

export class Picker {
  /**
   * @param {{ id: string, title: string, any: string, source: Source, labelOf: (value: string) => string }} settings
   */
  constructor({ id, title, any, source, labelOf }) {
    this.any = any;
    this.source = source;
    this.labelOf = labelOf;
    /** The chosen values, in the order of choice. @type {Set<string>} */
    this.chosen = new Set();
    /** @type {string | null} */
    this.next = null;
    this.call = new AbortController();

    this.summary = element("span", { id: `${id}-summary`, class: "summary" });
    const name = { "aria-labelledby": `${id}-label ${id}-summary` };
    const controls = { "aria-haspopup": "dialog", "aria-expanded": "false", "aria-controls": `${id}-panel` };
    this.button = element("button", { type: "button", class: "picker", id, ...controls, ...name }, this.summary);
    this.search = element("input", { type: "search", "aria-label": `Search ${title}`, placeholder: "Type to search", autocomplete: "off", maxlength: 128 });
    this.options = element("div", { class: "options", role: "group", "aria-labelledby": `${id}-label` });
    this.status = element("p", { class: "secondary", role: "status" });
    this.more = button("Show more", () => this.load(this.next), { class: "quiet", hidden: true });
    const clear = button("Clear", () => this.set([]), { class: "quiet" });
    const done = button("Done", () => this.panel.hidePopover(), { class: "quiet" });
    const feet = element("div", { class: "feet" }, clear, done);
    const panel = { id: `${id}-panel`, class: "panel", popover: "auto", role: "dialog", "aria-labelledby": `${id}-label` };
    this.panel = element("div", panel, this.search, this.options, this.status, this.more, feet);
    this.label = element("span", { id: `${id}-label`, class: "label" }, title);
    this.element = element("div", { class: "field" }, this.label, this.button, this.panel);
    this.listen();
    this.set([]);
  }

  listen() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    this.button.popoverTargetElement = this.panel;
    // Before it opens: the event of having opened can come when somebody types already.
    this.panel.addEventListener("beforetoggle", () => (this.search.value = ""));
    this.panel.addEventListener("toggle", (event) => {
      const open = /** @type {ToggleEvent} */ (event).newState === "open";
      this.button.setAttribute("aria-expanded", String(open));
      if (!open) return this.call.abort();
      placeUnder(this.panel, this.button);
      this.search.focus();
      this.load(null);
    });
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.load(null), PAUSE);
    });
    this.panel.addEventListener("keydown", (event) => {
      // Enter would send the form; here it closes the list.
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        this.panel.hidePopover();
      } else if (event.key.startsWith("Arrow")) {
        const boxes = [...this.options.querySelectorAll("input")];
        moveFocus(event, [this.search, ...boxes], { back: "ArrowUp", on: "ArrowDown" });
      }
    });
  }

  get values() {
    return [...this.chosen];
  }

  /** @param {string[]} values */
  set(values) {
    this.chosen = new Set(values);
    for (const box of this.options.querySelectorAll("input")) box.checked = this.chosen.has(box.value);
    this.summarize();
  }

  /** @param {string} title */
  rename(title) {
    this.label.textContent = title;
    this.search.setAttribute("aria-label", `Search ${title}`);
  }

  summarize() {
    const labels = this.values.map(this.labelOf);
    this.summary.textContent = labels.length > 2 ? `${labels.length} chosen` : labels.join(", ") || this.any;
    this.button.classList.toggle("is-set", labels.length > 0);
  }

  /** Shows what the search finds: from the beginning, or what follows. @param {string | null} cursor */
  async load(cursor) {
    this.call.abort();
    const { signal } = (this.call = new AbortController());
    const search = this.search.value.trim();
    this.status.textContent = "Loading …";
    this.more.hidden = true;
    try {
      const { options, next } = await this.source(search, cursor, signal);
      if (signal.aborted) return;
      if (!cursor) this.options.replaceChildren();
      const listed = new Set([...this.options.querySelectorAll("input")].map((box) => box.value));
      // What is chosen can be taken back, wherever in the list it stands.
      const chosen = cursor || search ? [] : this.values.filter((value) => !options.some((option) => option.value === value));
      this.append([...chosen.map((value) => ({ value, label: this.labelOf(value) })), ...options].filter(({ value }) => !listed.has(value)));
      this.next = next;
      this.more.hidden = !next;
      this.status.textContent = this.options.hasChildNodes() ? "" : search ? `Nothing is found for “${search}”.` : "There is nothing to choose from yet.";
    } catch (error) {
      if (signal.aborted) return;
      this.status.textContent = error instanceof ApiError ? `${error.message}. Try again in a moment.` : "This list could not be loaded.";
    }
  }

  /** @param {Option[]} options */
  append(options) {
    for (const { value, label, hint, group } of options) {
      const box = element("input", { type: "checkbox", value });
      box.checked = this.chosen.has(value);
      box.addEventListener("change", () => {
        if (box.checked) this.chosen.add(value);
        else this.chosen.delete(value);
        this.summarize();
      });
      const text = element("span", { class: "stack" }, element("span", {}, label));
      if (hint) text.append(element("span", { class: "secondary" }, hint));
      this.groupOf(group).append(element("label", { class: "option" }, box, text));
    }
  }

  /** @param {string | undefined} name */
  groupOf(name) {
    if (!name) return this.options;
    const last = this.options.lastElementChild;
    if (last instanceof HTMLFieldSetElement && last.dataset["group"] === name) return last;
    const group = element("fieldset", { "data-group": name }, element("legend", {}, name));
    this.options.append(group);
    return group;
  }
}
