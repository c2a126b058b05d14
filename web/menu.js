/** A menu below a button. */

import { button, moveFocus, placeUnder } from "./dom.js";

/**
 * Opens a menu of actions. It closes after a choice, with Escape or Tab, and on a click elsewhere, and returns the focus.
 * @param {HTMLElement} menu
 * @param {HTMLElement} opener
 * @param {string} label
 * @param {[string, () => void][]} actions
 */
export function openMenu(menu, opener, label, actions) {
  const items = actions.map(([text, action]) => {
    const choose = () => {
      menu.hidePopover();
      opener.focus();
      action();
    };
    return button(text, choose, { role: "menuitem", tabindex: "-1" });
  });
  menu.setAttribute("aria-label", label);
  menu.replaceChildren(...items);
  menu.onkeydown = (event) => {
    if (event.key === "Tab") menu.hidePopover();
    else moveFocus(event, items, { back: "ArrowUp", on: "ArrowDown" });
  };
  menu.ontoggle = (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    if (menu.dataset["opener"] === opener.id || open) opener.setAttribute("aria-expanded", String(open));
    if (!open && (document.activeElement === document.body || menu.contains(document.activeElement))) opener.focus();
  };
  menu.showPopover();
  placeUnder(menu, opener);
  items[0].focus();
}
