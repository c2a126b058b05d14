/** The details of an event: opened from its row, the way to its neighbours, and filters by its parts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openEvents } from "./support/browser.js";
import { chips, ids, queryOf, settled } from "./support/page.js";
import { BOTH, SETUP, SUPERVISOR, api } from "./support/service.js";

/** @import { Page } from "playwright-core" */

/** The id of the event whose details are open. @param {Page} page */
function shown(page) {
  return new URL(page.url()).searchParams.get("show");
}

test("A click on a row opens its details, and Close returns the focus", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  const listed = await ids(page);
  await page.locator("tbody tr").nth(3).locator("td[data-title=To]").click();
  await page.getByRole("dialog").locator("dl").waitFor();
  assert.equal(shown(page), listed[3]);
  await page.getByRole("button", { name: "Close" }).click();
  await page.locator(`tr[data-id="${listed[3]}"] .event:focus`).waitFor();
  assert.equal(shown(page), null);
});

test("Enter on a row opens its details; the arrow keys move from row to row", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  const listed = await ids(page);
  await page.locator("tbody .event").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").locator("dl").waitFor();
  assert.equal(shown(page), listed[1]);
});

test("A click on the link, and a selection of text, do not open the details", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const value = page.locator("tbody td[data-title=To] .value").first();
  await value.dblclick();
  assert.notEqual(await page.evaluate(() => getSelection()?.toString()), "");
  await page.waitForTimeout(100);
  const first = shown(page);
  // The first of the two clicks opens them, unless there is a selection.
  if (first !== null) await page.keyboard.press("Escape");
  await page.evaluate(() => {
    const range = document.createRange();
    range.selectNodeContents(/** @type {Node} */ (document.querySelector("tbody td[data-title=To]")));
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
    /** @type {HTMLElement} */ (document.querySelector("tbody td[data-title=To]")).click();
  });
  assert.equal(await page.getByRole("dialog").count(), 0);
});

test("Previous and next event: through the list, and no further than its ends", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&limit=20");
  const listed = await ids(page);
  await page.locator("tbody .event").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("dl").waitFor();
  const [previous, next] = ["Previous event", "Next event"].map((name) => dialog.getByRole("button", { name }));
  assert.equal(await previous.getAttribute("aria-disabled"), "true");
  await next.click();
  await next.click();
  assert.equal(shown(page), listed[2]);
  await dialog.getByText(String(listed[2]), { exact: true }).waitFor();
  await previous.click();
  assert.equal(shown(page), listed[1]);
  for (let index = 1; index < 19; index += 1) await next.click();
  assert.equal(shown(page), listed[19]);
  assert.equal(await next.getAttribute("aria-disabled"), "true");
  await next.click({ force: true });
  assert.equal(shown(page), listed[19]);
  // All of it was one visit: Escape leads to the list, and Back leads out of it.
  await page.keyboard.press("Escape");
  await page.locator(`tr[data-id="${listed[19]}"] .event:focus`).waitFor();
  assert.equal(shown(page), null);
});

test("A change is shown as From → To", async (t) => {
  const page = await openEvents(t, SUPERVISOR, "/?event=STATUS_CHANGED&fromValue=OPEN&toValue=SOLVED");
  await page.locator("tbody .event").first().click();
  const change = page.getByRole("dialog").locator(".change");
  assert.equal((await change.innerText()).replace(/\s+/g, " "), "Open → Solved");
  await change.getByRole("img", { name: "changed to" }).waitFor();
});

/**
 * Opens the details of the first event that has the expected parts, and filters by one of them.
 * @param {import("node:test").TestContext} t
 * @param {string} path
 * @param {string} name
 * @param {(event: any) => { [filter: string]: string | undefined }} expected
 * @param {number} [nth]
 */
async function filterBy(t, path, name, expected, nth = 0) {
  const page = await openEvents(t, BOTH, path);
  const { events: listed } = await api(queryOf(page));
  const event = listed.find((/** @type {any} */ event) => Object.values(expected(event)).every(Boolean));
  await page.locator(`tr[data-id="${event.id}"] .event`).click();
  await settled(page, () => page.getByRole("dialog").getByRole("button", { name, exact: true }).nth(nth).click());
  assert.equal(await page.getByRole("dialog").count(), 0);
  const query = new URL(page.url()).searchParams;
  for (const [filter, value] of Object.entries(expected(event))) assert.equal(query.get(filter), value, filter);
  const { events } = await api(queryOf(page));
  assert.deepEqual(await ids(page), events.map((/** @type {any} */ event) => event.id));
  assert.ok((await chips(page)).length > 0);
  await page.locator("#count:focus").waitFor();
}

test("Filter by this person, in two clicks, beside the filters that are applied", async (t) => {
  await filterBy(t, "/?log=conversation-logs&event=STATUS_CHANGED&doneByType=USER", "Filter by this person", ({ doneBy }) => ({ doneById: doneBy.id, event: "STATUS_CHANGED" }));
  await filterBy(t, "/?log=audit-logs&doneByType=USER", "Filter by this person", ({ doneBy }) => ({ doneById: doneBy.id }));
});

test("Filter by this item, event, operation and conversation", async (t) => {
  await filterBy(t, "/?log=audit-logs", "Filter by this item", ({ item }) => ({ itemType: item.type, itemId: item.id }));
  await filterBy(t, "/?log=audit-logs", "Filter by this event", ({ event }) => ({ event }));
  await filterBy(t, "/?log=audit-logs", "Filter by this operation", ({ operationId }) => ({ operationId }));
  await filterBy(t, "/?log=conversation-logs", "Filter by this conversation", ({ conversation }) => ({ conversationId: conversation.id }));
});

test("Filter by this value: the previous one and the new one", async (t) => {
  const path = "/?log=conversation-logs&event=STATUS_CHANGED";
  await filterBy(t, path, "Filter by this value", ({ from }) => ({ fromValue: from.value }), 0);
  await filterBy(t, path, "Filter by this value", ({ to }) => ({ toValue: to.value }), 1);
});
