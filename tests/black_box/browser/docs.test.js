/** `/docs` of a demo: operations are executed with a token that is offered there. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./support/browser.js";

/** @import { Page } from "playwright-core" */

/**
 * Chooses a token, opens an operation, executes it as it is filled in, and returns the status and the body that the page shows.
 * @param {Page} page
 * @param {string} role
 * @param {string} operation
 * @param {{ [parameter: string]: string }} [parameters]
 */
async function execute(page, role, operation, parameters = {}) {
  await page.getByRole("button", { name: role, exact: true }).click();
  const block = page.locator(`[id$="-${operation}"]`);
  await block.locator(".opblock-summary-control").click();
  for (const [name, value] of Object.entries(parameters)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  await block.getByRole("button", { name: "Execute" }).click();
  const response = block.locator(".live-responses-table .response");
  const status = await response.locator(".response-col_status").innerText();
  return { status: status.trim(), body: await response.locator(".highlight-code").first().innerText() };
}

test("One click selects a token of each role", async (t) => {
  const page = await open(t, null, "/docs/");
  assert.equal((await execute(page, "Setup", "listAuditLogs")).status, "200");
  const accesses = await execute(page, "Auditor", "listAccessLogs");
  assert.equal(accesses.status, "200");
  assert.match(accesses.body, /"accesses": \[/);
  const refused = await execute(page, "Producer", "listConversationLogs");
  assert.equal(refused.status, "403");
  assert.match(refused.body, /CONVERSATIONS_SUPERVISOR/);
});

test("A stream shows its first messages", async (t) => {
  const page = await open(t, null, "/docs/");
  const { status, body } = await execute(page, "Setup", "streamAuditEvents", { lastEventId: "0" });
  assert.equal(status, "200");
  assert.match(body, /id: 1\ndata: \{/);
});
