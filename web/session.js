/** The token: kept for this tab only, and read to know which tabs to show. The service alone decides what it is good for. */

/** @import { LogName } from "./types.d.ts" */
import { LOGS } from "./logs.js";

const KEY = "logbook.token";

/** The roles that have no log to read; a role that is not known at all may have been given another name by configuration. */
const ROLES_WITHOUT_LOGS = ["CONVERSATIONS_AGENT", "LOGS_PRODUCER"];

/** @returns {string | null} */
export function token() {
  return sessionStorage.getItem(KEY);
}

/** @param {string} token */
export function keepToken(token) {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}

/**
 * What a token says of itself, unverified; `null` where it cannot be read.
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
 * The logs that the token's roles allow, or `null` where only the service can tell.
 * @param {string} token
 * @returns {LogName[] | null}
 */
export function logsOf(token) {
  const roles = claims(token)?.roles;
  if (!Array.isArray(roles)) return null;
  const logs = LOGS.filter((log) => roles.includes(log.role)).map((log) => log.name);
  return logs.length > 0 || roles.some((role) => ROLES_WITHOUT_LOGS.includes(role)) ? logs : null;
}
