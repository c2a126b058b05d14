/** The demo of the tests: its tokens, and its API for comparison. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";

export const URL_OF_DEMO = process.env["LOGBOOK_URL"] ?? "http://127.0.0.1:8080";

/** The demo's secret is public. */
const SECRET = "the-demo-secret-is-known-to-everybody";

export const SUPERVISOR = ["CONVERSATIONS_SUPERVISOR"];
export const SETUP = ["CONVERSATIONS_SETUP"];
export const BOTH = [...SUPERVISOR, ...SETUP];
export const AGENT = ["CONVERSATIONS_AGENT"];
const PRODUCER = ["LOGS_PRODUCER"];

/**
 * A token of the demo's account, or of another one.
 * @param {string[]} roles
 * @param {{ accountId?: string, seconds?: number }} [options]
 */
export function tokenOf(roles, { accountId = "demo", seconds = 3600 } = {}) {
  const part = (/** @type {object} */ json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const signed = `${part({ typ: "JWT", alg: "HS256" })}.${part({ sub: "tester", accountId, roles, exp })}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

/**
 * The body of a GET of the API, which must succeed.
 * @param {string} path
 * @param {{ accountId?: string }} [options]
 * @returns {Promise<any>}
 */
export async function api(path, options = {}) {
  const answer = await fetch(URL_OF_DEMO + path, { headers: { Authorization: `Bearer ${tokenOf(BOTH, options)}` } });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

/** The account to which tests write. They do not change the demo's account, which other tests read. */
export const BUSY = "busy";

/**
 * Stores events in the busy account.
 * @param {"conversation-logs" | "audit-logs"} log
 * @param {object[]} events
 */
export async function record(log, events) {
  const headers = { Authorization: `Bearer ${tokenOf(PRODUCER, { accountId: BUSY })}`, "Content-Type": "application/json" };
  const answer = await fetch(`${URL_OF_DEMO}/${log}`, { method: "POST", headers, body: JSON.stringify({ events }) });
  assert.ok(answer.ok, await answer.text());
}

/**
 * An event: a tag was created just now.
 * @param {string} name
 */
export function tagCreated(name) {
  const item = { type: "TAG", id: `tag-of-tests-${name}`, name };
  return { occurredAt: new Date().toISOString(), event: "TAG_CREATED", doneBy: { type: "USER", id: "u-tester", name: "Tess Ter" }, to: { value: name }, item };
}
