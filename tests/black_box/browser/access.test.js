/** The tabs of each role. The titles are sentences of the product's documentation. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, openEvents } from "./support/browser.js";
import { AGENT, BOTH, SETUP, SUPERVISOR, URL_OF_DEMO, tokenOf } from "./support/service.js";

/** @param {import("playwright-core").Page} page */
async function tabs(page) {
  await page.getByRole("tab").first().waitFor();
  return page.getByRole("tab").allInnerTexts();
}

test("The Logs page is divided into two tabs: Conversation logs, Audit logs.", async (t) => {
  const page = await openEvents(t, BOTH);
  assert.deepEqual(await tabs(page), ["Conversation logs", "Audit logs"]);
  await page.getByRole("tab", { name: "Audit logs" }).click();
  await page.getByRole("tab", { name: "Audit logs", selected: true }).waitFor();
  await page.getByRole("tabpanel", { name: "Audit logs" }).waitFor();
});

test("Conversation logs - Track events related to specific conversations.", async (t) => {
  const page = await openEvents(t, BOTH, "/?log=conversation-logs");
  await page.getByRole("link", { name: /^Open conversation/ }).first().waitFor();
});

test("Audit logs - Record configuration changes made at the queue, route, or account level.", async (t) => {
  for (const [code, type] of [["QUEUE", "Queue"], ["ROUTE", "Route"], ["ACCOUNT_CONFIGURATION", "Account configuration"]]) {
    const page = await openEvents(t, SETUP, `/?log=audit-logs&itemType=${code}`);
    await page.locator("td[data-title=Item]").filter({ hasText: type }).first().waitFor();
  }
});

test("Access to logs depends on your assigned role, ensuring appropriate visibility for different user types.", async (t) => {
  const page = await openEvents(t, SETUP);
  const refused = page.waitForResponse((answer) => answer.status() === 403);
  await page.goto(`${URL_OF_DEMO}/?log=conversation-logs`);
  await refused;
  const alert = page.getByRole("alert");
  await alert.getByRole("heading", { name: "You have no access to the Conversation logs" }).waitFor();
  await alert.getByText("which require the role Supervisor for Conversations.").waitFor();
  assert.deepEqual(await tabs(page), ["Audit logs"]);
  assert.equal(await page.locator("tbody tr").count(), 0);
  for (const name of ["Apply Filters", "Live", "Copy as", "Export", "Next", "Try again"]) {
    assert.equal(await page.getByRole("button", { name, exact: true }).count(), 0, `${name} cannot work here`);
  }
  await alert.getByRole("button", { name: "Open Audit logs" }).click();
  await page.getByRole("tab", { name: "Audit logs", selected: true }).waitFor();
  await page.locator("tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Live", exact: true }).waitFor();
});

test("Agent for Conversations - No access to the Logs page.", async (t) => {
  const page = await open(t, AGENT);
  await page.getByRole("heading", { name: "Your role has no access to the Logs page" }).waitFor();
  await page.getByText("ask the administrator of your account for one of these roles. State your user tester and the account demo.").waitFor();
  assert.equal(await page.getByRole("tab").count(), 0);
  assert.equal(await page.getByRole("table").count(), 0);
  await page.getByRole("button", { name: "Sign in with another token" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("Roles that cannot read a log have no access to the Logs page", async (t) => {
  for (const role of ["LOGS_AUDITOR", "LOGS_PRODUCER"]) {
    const page = await open(t, [role]);
    await page.getByRole("heading", { name: "Your role has no access to the Logs page" }).waitFor();
  }
});

test("If a token has an unknown role, the service decides which tabs appear", async (t) => {
  const page = await openEvents(t, [...SETUP, "desk-supervisor"]);
  const refused = page.waitForResponse((answer) => answer.status() === 403 && answer.url().includes("/conversation-logs/"));
  await page.reload();
  await refused;
  assert.deepEqual(await tabs(page), ["Audit logs"]);
});

test("Conversations setup - Can view only Audit logs.", async (t) => {
  const page = await openEvents(t, SETUP);
  assert.deepEqual(await tabs(page), ["Audit logs"]);
});

test("Supervisor for Conversations - Can view only Conversation logs.", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  assert.deepEqual(await tabs(page), ["Conversation logs"]);
});

test("Users with both Supervisor and Conversations setup roles - Can access both tabs.", async (t) => {
  const page = await openEvents(t, BOTH);
  for (const name of ["Audit logs", "Conversation logs"]) {
    await page.getByRole("tab", { name }).click();
    await page.getByRole("tabpanel", { name }).locator("tbody tr").first().waitFor();
  }
});

test("A demo offers a sign-in with one click per role", async (t) => {
  const page = await open(t, null);
  await page.getByText("This is a demo with sample data").waitFor();
  const roles = await page.locator("#demo-roles button").evaluateAll((buttons) => buttons.map((button) => button.firstChild?.textContent));
  assert.deepEqual(roles, ["Supervisor", "Setup", "Supervisor and Setup", "Agent"]);
  await page.getByRole("button", { name: "Setup reads the audit logs", exact: true }).click();
  assert.deepEqual(await tabs(page), ["Audit logs"]);
});

test("A pasted token is shared by the open tabs only, and Sign out removes it", async (t) => {
  const page = await open(t, null);
  await page.getByLabel("Token (JWT)").fill(`Bearer ${tokenOf(SUPERVISOR)}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  assert.deepEqual(await tabs(page), ["Conversation logs"]);
  const kept = () => page.evaluate(() => ({ session: sessionStorage.length, local: localStorage.length, cookies: document.cookie }));
  assert.deepEqual(await kept(), { session: 1, local: 0, cookies: "" });
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.deepEqual(await kept(), { session: 0, local: 0, cookies: "" });
});

test("A second tab shares the token, and Sign out signs out both", async (t) => {
  const page = await open(t, null);
  await page.getByLabel("Token (JWT)").fill(tokenOf(SETUP));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("tbody tr").first().waitFor();
  const second = await page.context().newPage();
  await second.goto(`${URL_OF_DEMO}/?log=audit-logs&itemType=QUEUE`);
  await second.locator("tbody tr").first().waitFor();
  await second.reload();
  await second.locator("tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await second.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await second.evaluate(() => sessionStorage.length), 0);
  // Two tabs wait for a token, and both use the same one.
  await page.getByLabel("Token (JWT)").fill(tokenOf(SETUP));
  await page.getByRole("button", { name: "Sign in" }).click();
  await second.locator("tbody tr").first().waitFor();
  const stranger = await open(t, null);
  await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("After signing in the focus is on the table", async (t) => {
  const page = await open(t, null);
  await page.getByRole("button", { name: /^Supervisor reads/ }).click();
  await page.locator("tbody tr").first().waitFor();
  await page.locator("table:focus").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.closest("table") !== null), true, "Tab leads into the table");
});
