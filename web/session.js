/** The token, which the open tabs of the browser share. Its roles determine which logs are offered; only the service verifies it. */

/** @import { LogName } from "./types.d.ts" */
import { LOGS } from "./logs.js";

const KEY = "logbook.token";

/** The maximum time to wait for the response of another tab, in milliseconds. */
const PATIENCE = 150;

/** The roles that cannot read a log. */
const ROLES_WITHOUT_LOGS = ["CONVERSATIONS_AGENT", "LOGS_PRODUCER", "LOGS_AUDITOR"];

/** The other tabs of this browser with this page. */
const tabs = new BroadcastChannel("logbook");

/** @returns {string | null} */
export function token() {
  return sessionStorage.getItem(KEY);
}

/** @param {string} token */
export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
  tabs.postMessage({ token });
}

/** Forgets the token in this tab. @returns {string | null} the token */
export function forgetToken() {
  const held = token();
  sessionStorage.removeItem(KEY);
  return held;
}

/** Forgets the token in all tabs that have the same one. */
export function signOut() {
  tabs.postMessage({ forget: forgetToken() });
}

/** Asks for the token of another tab; `null` if none answers soon. @returns {Promise<string | null>} */
export function askOtherTabs() {
  tabs.postMessage({ ask: true });
  return new Promise((resolve) => {
    tabs.addEventListener("message", () => token() !== null && resolve(token()));
    setTimeout(() => resolve(token()), PATIENCE);
  });
}

/**
 * Answers other tabs, and follows them when they sign in or out.
 * @param {() => void} onChange called when this tab has got a token or lost it
 */
export function followOtherTabs(onChange) {
  tabs.addEventListener("message", ({ data }) => {
    const held = token();
    if (data.ask && held) tabs.postMessage({ token: held });
    else if (data.token && !held) sessionStorage.setItem(KEY, data.token);
    else if (data.forget && data.forget === held) forgetToken();
    else return;
    if (token() !== held) onChange();
  });
}

/**
 * The unverified claims of a token; `null` if they cannot be read.
 * @param {string} token
 * @returns {{ sub?: string, name?: string, accountId?: string, roles?: string[] } | null}
 */
export function claims(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const read = JSON.parse(new TextDecoder().decode(bytes));
    return typeof read === "object" ? read : null;
  } catch {
    return null;
  }
}

/**
 * The logs that the token's roles allow; `null` if only the service knows them, because the token has no roles here, or one with an unknown
 * name: the configuration of the service can map names.
 * @param {string} token
 * @returns {LogName[] | null}
 */
export function logsOf(token) {
  const roles = claims(token)?.roles;
  if (!Array.isArray(roles)) return null;
  const known = [...LOGS.map((log) => log.role), ...ROLES_WITHOUT_LOGS];
  if (roles.length === 0 || roles.some((role) => !known.includes(role))) return null;
  return LOGS.filter((log) => roles.includes(log.role)).map((log) => log.name);
}
