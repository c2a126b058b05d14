/** The list of a picker: check boxes, in groups if the choices have groups. */

/** @import { Option } from "./types.d.ts" */
import { element } from "./dom.js";

export class OptionList {
  /**
   * @param {string} labelId
   * @param {(value: string, isChosen: boolean) => void} onChoose
   */
  constructor(labelId, onChoose) {
    this.onChoose = onChoose;
    /** The values of each group. @type {Map<Element, Set<string>>} */
    this.listed = new Map();
    this.element = element("div", { class: "options", role: "group", "aria-labelledby": labelId });
  }

  get isEmpty() {
    return !this.element.hasChildNodes();
  }

  boxes() {
    return [...this.element.querySelectorAll("input")];
  }

  clear() {
    this.element.replaceChildren();
    this.listed.clear();
    this.element.scrollTop = 0;
  }

  /** @param {Set<string>} chosen */
  check(chosen) {
    for (const box of this.boxes()) box.checked = chosen.has(box.value);
  }

  /**
   * Appends choices, except those that their group already has. A value in several groups is checked in all of them.
   * @param {Option[]} options
   * @param {Set<string>} chosen
   */
  add(options, chosen) {
    for (const { value, label, hint, group } of options) {
      const place = this.groupOf(group);
      const listed = /** @type {Set<string>} */ (this.listed.get(place) ?? this.listed.set(place, new Set()).get(place));
      if (listed.has(value)) continue;
      listed.add(value);
      const box = element("input", { type: "checkbox", value });
      box.checked = chosen.has(value);
      box.addEventListener("change", () => {
        for (const other of this.boxes()) if (other.value === value) other.checked = box.checked;
        this.onChoose(value, box.checked);
      });
      const text = element("span", { class: "stack" }, element("span", { class: "option-label", title: label }, label));
      if (hint) text.append(element("span", { class: "secondary" }, hint));
      place.append(element("label", { class: "option" }, box, text));
    }
  }

  /** @param {string | undefined} name */
  groupOf(name) {
    if (!name) return this.element;
    const last = this.element.lastElementChild;
    if (last instanceof HTMLFieldSetElement && last.dataset["group"] === name) return last;
    const group = element("fieldset", { "data-group": name }, element("legend", {}, name));
    this.element.append(group);
    return group;
  }
}
