/** Sign-in: with a pasted token, or in a demo with one click per role. */

import { button, byId, element } from "./dom.js";

/** The default text above the form. */
const WELCOME = "Paste a token of your account. Its roles determine which logs you can view.";

/**
 * Offers the tokens of a demo, if the service is one. `onToken` receives the chosen or pasted token.
 * @param {(token: string) => void} onToken
 */
export function prepareSignIn(onToken) {
  const form = /** @type {HTMLFormElement} */ (byId("token-form"));
  const input = /** @type {HTMLInputElement} */ (byId("token"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = input.value.trim().replace(/^Bearer\s+/i, "");
    form.reset();
    if (token) onToken(token);
  });
  /** @type {Promise<void> | undefined} */
  let offered;

  /** Shows the form. @param {string} [reason] why it is shown again */
  return (reason) => {
    offered ??= offerDemo(onToken);
    byId("sign-in-text").textContent = reason ?? WELCOME;
    byId("sign-in-text").toggleAttribute("data-alert", reason !== undefined);
    if (reason) byId("sign-in-title").focus();
  };
}

/** @param {(token: string) => void} onToken */
async function offerDemo(onToken) {
  const answer = await fetch("/demo/tokens").catch(() => null);
  if (!answer?.ok) return;
  /** @type {{ label: string, description: string, onLogsPage: boolean, token: string }[]} */
  const tokens = await answer.json();
  const roles = tokens.filter(({ onLogsPage }) => onLogsPage).map(({ label, description, token }) => {
    const enter = button(label, () => onToken(token), { class: "role" });
    enter.append(element("span", { class: "secondary" }, description));
    return element("li", {}, enter);
  });
  byId("demo-roles").replaceChildren(...roles);
  byId("demo").hidden = roles.length === 0;
}
