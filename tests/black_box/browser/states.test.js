/** Empty, loading, error and expired-token states: each states what to do. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, openEvents } from "./support/browser.js";
import { chips, ids, settled } from "./support/page.js";
import { BOTH, SETUP, SUPERVISOR, tokenOf } from "./support/service.js";

test("Empty: no event matches the filters, and one click removes them", async (t) => {
  const page = await open(t, SETUP, "/?log=audit-logs&itemId=there-is-none");
  await page.getByRole("heading", { name: "No events match these filters" }).waitFor();
  await settled(page, () => page.getByRole("button", { name: "Remove all filters" }).click());
  assert.equal((await ids(page)).length, 50);
});

test("Empty: an account without any event", async (t) => {
  const page = await open(t, tokenOf(BOTH, { accountId: "nothing-happened-here" }));
  await page.getByRole("heading", { name: "No events yet" }).waitFor();
  assert.equal(await page.locator("#count").innerText(), "0 events");
});

test("Loading is announced, and the previous events are marked as outdated", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  /** @type {() => void} */
  let go = () => {};
  const held = new Promise((resolve) => (go = () => resolve(undefined)));
  await page.route("**/conversation-logs?*", async (route) => (await held, route.continue()));
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("status").getByText("Loading …").waitFor();
  assert.equal(await page.getByRole("table").getAttribute("aria-busy"), "true");
  go();
  await page.locator("table[aria-busy]").waitFor({ state: "detached" });
  await page.getByText("More than 10,000 events").waitFor();
});

test("Error: invalid filters are listed, with the request ID", async (t) => {
  const page = await open(t, SETUP, "/?log=audit-logs&event=QUEUE_RENAMD");
  const alert = page.getByRole("alert");
  await alert.getByRole("heading", { name: "These filters cannot be applied" }).waitFor();
  const text = await alert.innerText();
  assert.match(text, /did you mean QUEUE_RENAMED/);
  assert.match(text, /state the request ID: [0-9a-f-]{36}/);
  assert.deepEqual(await chips(page), ["Event: QUEUE_RENAMD"]);
  await settled(page, () => page.getByRole("button", { name: "Remove filter Event: QUEUE_RENAMD" }).click());
  assert.equal((await ids(page)).length, 50);
});

test("Error: a cursor of another list is reported", async (t) => {
  const page = await open(t, SETUP, "/?log=audit-logs&cursor=AQAABkE2bX8rgAAAAAAAAAAq");
  await page.getByRole("alert").getByText("is not a cursor of this list").waitFor();
  await settled(page, () => page.getByRole("button", { name: "Try again" }).click());
  assert.equal((await ids(page)).length, 50);
});

test("Error: the service is busy or unreachable, and the request can be repeated", async (t) => {
  const page = await openEvents(t, SETUP);
  const problem = { type: "urn:logbook:problem:unavailable", title: "Service unavailable", status: 503, detail: "The database is unreachable at the moment; try again later", requestId: "r-4711" };
  await page.route("**/audit-logs?*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }));
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("alert").getByText("r-4711").waitFor();
  await page.unroute("**/audit-logs?*");
  await page.route("**/audit-logs?*", (route) => route.abort());
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("alert").getByText("Check your connection").waitFor();
  await page.unroute("**/audit-logs?*");
  await settled(page, () => page.getByRole("button", { name: "Try again" }).click());
  assert.equal((await ids(page)).length, 50);
});

test("An expired token: after sign-in, the same view is shown", async (t) => {
  const page = await open(t, tokenOf(SETUP, { seconds: -3600 }), "/?log=audit-logs&event=TAG_CREATED");
  await page.getByText("Your token has expired. Sign in with a new one to continue where you were.").waitFor();
  assert.equal(await page.getByRole("tab").count(), 0);
  await page.getByLabel("Token (JWT)").fill(tokenOf(SETUP));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("tbody tr").first().waitFor();
  assert.deepEqual(await chips(page), ["Event: Tag created"]);
});

test("A malformed token is reported differently from an expired one", async (t) => {
  const page = await open(t, "not-a-token");
  await page.getByText("it must be a signed JWT").waitFor();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("A link to an event that does not exist is reported", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&show=no-such-event");
  const dialog = page.getByRole("dialog", { name: "This event is not in the log" });
  await dialog.getByText("The link may belong to another account").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.waitForURL((url) => !url.searchParams.has("show"));
});
