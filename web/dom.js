/** Creates and finds elements. Text is always set as a text node, so a text of a log never becomes markup. */

/**
 * An element with attributes and children. `true` sets an attribute without a value; `false` and `null` omit it.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {{ [name: string]: string | number | boolean | null | undefined }} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * A button with a click handler.
 * @param {string} text
 * @param {(event: MouseEvent) => void} action
 * @param {{ [name: string]: string | number | boolean | null }} [attributes]
 */
export function button(text, action, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", action);
  return made;
}

/**
 * The element with this id. An error if there is none.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (found);
}

/** Text for screen readers only. @param {string} text */
export function unseen(text) {
  return element("span", { class: "unseen" }, text);
}

/**
 * Places a popover below its anchor, or above it if there is more room, within the window.
 * @param {HTMLElement} popover
 * @param {Element} anchor
 */
export function placeUnder(popover, anchor) {
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  popover.style.maxHeight = "";
  const { offsetWidth: width, offsetHeight } = popover;
  const [below, above] = [clientHeight - bottom - 12, top - 12];
  const isBelow = offsetHeight <= below || below >= above;
  // If neither side has enough room, the popover scrolls.
  const height = Math.min(offsetHeight, Math.max(below, above, 120));
  if (height < offsetHeight) popover.style.maxHeight = `${height}px`;
  const x = left + width + 8 <= clientWidth ? left : right - width;
  popover.style.left = `${Math.max(8, Math.min(x, clientWidth - width - 8)) + scrollX}px`;
  popover.style.top = `${(isBelow ? bottom + 4 : Math.max(4, top - height - 4)) + scrollY}px`;
}

/**
 * Makes a button open a popover, which is placed at the button. Until then it is invisible: `toggle` can arrive after the popover was
 * painted at its previous position.
 * @param {HTMLButtonElement} opener
 * @param {HTMLElement} popover
 * @param {() => void} onOpened
 */
export function opens(opener, popover, onOpened) {
  opener.popoverTargetElement = popover;
  popover.addEventListener("beforetoggle", (event) => {
    popover.style.visibility = /** @type {ToggleEvent} */ (event).newState === "open" ? "hidden" : "";
  });
  popover.addEventListener("toggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    opener.setAttribute("aria-expanded", String(open));
    if (!open) return;
    placeUnder(popover, opener);
    popover.style.visibility = "";
    onOpened();
  });
}

/**
 * Moves the focus among elements with the arrow keys, Home and End.
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} elements
 * @param {{ back: string, on: string }} keys
 * @returns {HTMLElement | undefined} the one that has the focus now
 */
export function moveFocus(event, elements, { back, on }) {
  const at = elements.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const count = elements.length;
  /** @type {{ [key: string]: number }} */
  const places = { [back]: at < 0 ? count - 1 : (at - 1 + count) % count, [on]: (at + 1) % count, Home: 0, End: count - 1 };
  const target = elements[places[event.key] ?? -1];
  if (!target) return undefined;
  event.preventDefault();
  target.focus();
  return target;
}
