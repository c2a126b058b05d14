/** A filter of which any number of values can be chosen: a button that opens a list with a search field. */

/** @import { Source } from "./types.d.ts" */
import { ApiError } from "./api.js";
import { button, element, moveFocus, opens } from "./dom.js";
import { OptionList } from "./options.js";

/** The pause in typing after which a search is sent to the service, in milliseconds. */
const PAUSE = 200;

/** The maximum number of values of a filter, which is that of the API. */
const MOST_VALUES = 50;

/**
 * The list is never replaced while it can be clicked. It is emptied when it opens and at each keystroke, filled once when the
 * response arrives, and "Show more" only appends. So the list always matches the search, and no choice moves before a click.
 */
export class Picker {
  /**
   * @param {{ id: string, title: string, any: string, source: Source, labelOf: (value: string) => string, isLocal?: boolean }} settings
   *   `isLocal`: the source searches without a request
   */
  constructor({ id, title, any, source, labelOf, isLocal = false }) {
    this.pause = isLocal ? 0 : PAUSE;
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
    this.options = new OptionList(`${id}-label`, (value, isChosen) => this.choose(value, isChosen));
    this.status = element("p", { class: "secondary note", role: "status" });
    this.more = button("Show more", () => this.load(this.next), { class: "quiet", hidden: true });
    const clear = button("Clear", () => this.set([]), { class: "quiet" });
    const done = button("Done", () => this.panel.hidePopover(), { class: "quiet" });
    const feet = element("div", { class: "feet" }, clear, this.more, done);
    const panel = { id: `${id}-panel`, class: "panel", popover: "auto", role: "dialog", "aria-labelledby": `${id}-label` };
    this.panel = element("div", panel, this.search, this.options.element, this.status, feet);
    this.label = element("span", { id: `${id}-label`, class: "label" }, title);
    this.element = element("div", { class: "field" }, this.label, this.button, this.panel);
    this.listen();
    this.set([]);
  }

  listen() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    opens(this.button, this.panel, () => this.search.focus());
    // Before the list opens, because the event `toggle` can arrive after the first keystroke.
    this.panel.addEventListener("beforetoggle", (event) => {
      clearTimeout(timer);
      this.call.abort();
      // The list remains in the document while it closes, so that its focus can return to the button.
      if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
      this.search.value = "";
      this.empty();
      void this.load(null);
    });
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      // The current list does not match the new search.
      this.empty();
      timer = setTimeout(() => this.load(null), this.pause);
    });
    this.panel.addEventListener("keydown", (event) => {
      // Enter closes the list; by default it would submit the form.
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        this.panel.hidePopover();
      } else if (event.key.startsWith("Arrow")) {
        moveFocus(event, [this.search, ...this.options.boxes()], { back: "ArrowUp", on: "ArrowDown" });
      }
    });
  }

  get values() {
    return [...this.chosen];
  }

  /** @param {string[]} values */
  set(values) {
    this.chosen = new Set(values);
    this.options.check(this.chosen);
    this.summarize();
  }

  /**
   * @param {string} value
   * @param {boolean} isChosen
   */
  choose(value, isChosen) {
    if (!isChosen) this.chosen.delete(value);
    else if (this.chosen.size < MOST_VALUES) this.chosen.add(value);
    else {
      this.options.check(this.chosen);
      this.status.textContent = `At most ${MOST_VALUES} values can be chosen.`;
    }
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
    this.button.title = labels.join(", ");
    this.button.classList.toggle("is-set", labels.length > 0);
  }

  /** Discards the list, and the response to an open request. */
  empty() {
    this.call.abort();
    this.options.clear();
    this.more.hidden = true;
    this.status.textContent = "Loading …";
  }

  /** Lists what the search finds: from the beginning, or what follows. @param {string | null} cursor */
  async load(cursor) {
    this.call.abort();
    const { signal } = (this.call = new AbortController());
    const search = this.search.value.trim();
    this.status.textContent = "Loading …";
    this.more.hidden = true;
    try {
      const { options, next, note } = await this.source(search, cursor, signal);
      if (signal.aborted) return;
      // A chosen value can always be removed, wherever it is in the list.
      const missing = cursor || search ? [] : this.values.filter((value) => !options.some((option) => option.value === value));
      this.options.add([...missing.map((value) => ({ value, label: this.labelOf(value) })), ...options], this.chosen);
      this.next = next;
      this.more.hidden = !next;
      const nothing = search ? `No results for “${search}”.` : "There are no values yet.";
      this.status.textContent = this.options.isEmpty ? nothing : (note ?? "");
    } catch (error) {
      if (signal.aborted) return;
      this.status.textContent = error instanceof ApiError ? `${error.message}. Try again in a moment.` : "This list could not be loaded.";
    }
  }
}
