/** Signing in: with a token that is pasted, or in a demo by one click for each role. */

import { button, byId, element } from "./dom.js";

/** What the page says above the form; by default, what a token is for. */
const WELCOME = "Paste a token of your account. Its roles decide which logs you see.";

/**
 * Offers the demo's tokens, where there are any, and calls back with the token that is chosen or pasted.
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
  /** @type {{ label: string, description: string, token: string }[]} */
  const tokens = await answer.json();
  const roles = tokens.map(({ label, description, token }) => {
    const enter = button(label, () => onToken(token), { class: "role" });
    enter.append(element("span", { class: "secondary" }, description));
    return element("li", {}, enter);
  });
  byId("demo-roles").replaceChildren(...roles);
  byId("demo").hidden = roles.length === 0;
}
