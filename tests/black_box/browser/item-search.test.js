/** Search by item ID: forgiving, together with an item type, and never a dead end. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, openEvents } from "./support/browser.js";
import { apply, chips, ids, queryOf, settled } from "./support/page.js";
import { SETUP, api } from "./support/service.js";

/** @import { Page } from "playwright-core" */

/** @param {Page} page @param {string} text */
async function search(page, text) {
  await page.getByLabel("Search by item ID").fill(text);
  await settled(page, () => page.getByLabel("Search by item ID").press("Enter"));
}

/** @param {Page} page */
async function listed(page) {
  const { events } = await api(queryOf(page));
  assert.deepEqual(await ids(page), events.map((/** @type {any} */ event) => event.id));
  return events;
}

test("Search by item ID ignores case and white space", async (t) => {
  const [{ item }] = (await api("/audit-logs?itemType=QUEUE&limit=1")).events;
  for (const typed of [item.id.toUpperCase(), `  ${item.id} `, item.id.replace("-", " - ")]) {
    const page = await openEvents(t, SETUP, "/?log=audit-logs");
    await search(page, typed);
    assert.deepEqual(new URL(page.url()).searchParams.getAll("itemId"), [item.id], typed);
    assert.equal(await page.getByLabel("Search by item ID").inputValue(), typed.trim(), "what was typed remains");
    assert.ok((await listed(page)).length > 0);
  }
});

test("Search by item ID works together with a chosen item type", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  const [{ item }] = (await api("/audit-logs?itemType=QUEUE&limit=1")).events;
  await page.getByLabel("Item", { exact: true }).selectOption("Queue");
  await search(page, item.id.toUpperCase());
  assert.deepEqual(await chips(page), ["Item: Queue", `Item: ${item.name}`]);
  assert.ok((await listed(page)).every((/** @type {any} */ event) => event.item.type === "QUEUE" && event.item.id === item.id));
  // Applied again, it is the same; taken back, the type remains.
  await apply(page);
  assert.deepEqual(await chips(page), ["Item: Queue", `Item: ${item.name}`]);
  await search(page, "");
  assert.deepEqual(await chips(page), ["Item: Queue"]);
});

test("A search without a matching ID offers items with this name", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  await search(page, "billing");
  await page.getByRole("heading", { name: "No events match these filters" }).waitFor();
  await page.getByText("No item has the ID “billing”. Items with this name:").waitFor();
  // An item that had this name before is offered by its present name.
  const offers = page.locator("button.offer");
  const found = await api("/audit-logs/facets/item?search=billing");
  assert.equal(await offers.count(), found.values.length);
  await settled(page, () => offers.first().click());
  const events = await listed(page);
  assert.ok(events.length > 0 && events.every((/** @type {any} */ event) => event.item.id === found.values[0].id));
});

test("A search without results states what to do", async (t) => {
  const page = await open(t, SETUP, "/?log=audit-logs&itemId=there-is-none");
  await page.getByText("Remove a filter, or choose another value or a longer period.").waitFor();
});

test("With an item type, only items of this type are offered", async (t) => {
  const page = await open(t, SETUP, "/?log=audit-logs&itemType=ROUTE&itemId=billing");
  await page.getByText("Items with this name:").waitFor();
  const hints = await page.locator(".offer .secondary").allInnerTexts();
  assert.ok(hints.length > 0 && hints.every((hint) => hint.startsWith("Route · ")), hints.join());
});

test("A link with several item types keeps them, and its items, when other filters are applied", async (t) => {
  const [{ item }] = (await api("/audit-logs?itemType=QUEUE&limit=1")).events;
  const query = `itemType=QUEUE&itemType=TAG&itemId=${item.id}`;
  const page = await openEvents(t, SETUP, `/?log=audit-logs&${query}`);
  assert.equal(await page.getByLabel("Item", { exact: true }).locator("option:checked").innerText(), "Queue, Tag");
  await settled(page, () => page.getByRole("button", { name: "Apply Filters" }).click());
  const { searchParams } = new URL(page.url());
  assert.deepEqual([searchParams.getAll("itemType"), searchParams.getAll("itemId")], [["QUEUE", "TAG"], [item.id]]);
  await listed(page);
});
