/** Messages of the page: errors, and what to do. */

import { ApiError } from "./api.js";
import { byId, element } from "./dom.js";

/** @typedef {{ title: string, text: string | Node, action?: HTMLElement, alert?: boolean }} Notice */

/** @param {Notice | null} notice */
export function showNotice(notice) {
  const place = byId("notice");
  place.hidden = notice === null;
  place.replaceChildren();
  if (!notice) return;
  place.setAttribute("role", notice.alert ? "alert" : "status");
  place.classList.toggle("is-alert", notice.alert ?? false);
  const text = element("div", { class: "notice-text" }, notice.text);
  place.append(element("h2", {}, notice.title), text, ...(notice.action ? [notice.action] : []));
}

/**
 * The message for a failed call.
 * @param {unknown} error
 * @param {HTMLElement} action
 * @returns {Notice}
 */
export function noticeOf(error, action) {
  const problem = error instanceof ApiError ? error : new ApiError({ title: "An error occurred on this page", detail: String(error) });
  const advice = { title: problem.title, text: "Try again in a moment." };
  if (problem.status === 0) Object.assign(advice, { title: "No response", text: "Check your connection, then try again." });
  if (problem.status === 400) Object.assign(advice, { title: "These filters cannot be applied", text: "Change or remove the filters below, then try again." });
  if (problem.status === 414) Object.assign(advice, { title: "Too many filters", text: "Remove some of the filters below, then try again." });
  if (problem.status === 403) Object.assign(advice, { title: "You have no access to this log", text: "If you need it, ask the administrator of your account for the role." });
  if (problem.status === 404) Object.assign(advice, { title: "This event is not in the log", text: "The link may belong to another account, or the event may have been deleted." });
  if (problem.status === 503) Object.assign(advice, { title: "The service is busy" });
  const text = element("div", {}, element("p", {}, `${problem.message.replace(/\.$/, "")}. ${advice.text}`));
  if (problem.violations.length > 0) {
    const faults = problem.violations.map(({ location, message }) => element("li", {}, element("code", {}, location), ` ${message}`));
    text.append(element("ul", {}, ...faults));
  }
  if (problem.requestId) {
    text.append(element("p", { class: "secondary" }, "If you contact support, state the request ID: ", element("code", {}, problem.requestId)));
  }
  return { title: advice.title, text, action, alert: true };
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Copies a text to the clipboard and confirms it. Without a clipboard, shows the text instead.
 * @param {string} text
 * @param {string} done
 * @param {Node} instead
 */
export async function copy(text, done, instead) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(instead);
  }
}

/** A short message at the edge of the page, which screen readers read out. @param {string | Node} text */
export function say(text) {
  const place = byId("toast");
  // Shown again, so that it is above a dialog that was opened in the meantime.
  place.hidePopover();
  place.showPopover();
  place.replaceChildren(text);
  clearTimeout(timer);
  timer = setTimeout(() => place.hidePopover(), 6000);
}
