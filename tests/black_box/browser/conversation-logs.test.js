/** The tab Conversation logs. The titles are sentences of the product's documentation. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openEvents } from "./support/browser.js";
import { apply, chips, choose, columns, filter, ids, queryOf, rows } from "./support/page.js";
import { SUPERVISOR, api } from "./support/service.js";

/** @import { TestContext } from "node:test" */

test("The Conversation logs page consolidates all conversation events in chronological order, showing who made changes to specific conversations and when those changes occurred.", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const listed = await api("/conversation-logs");
  assert.deepEqual(await ids(page), listed.events.map((/** @type {any} */ event) => event.id));
  const times = await page.locator("tbody time").evaluateAll((times) => times.map((time) => /** @type {HTMLTimeElement} */ (time).dateTime));
  assert.deepEqual(times, [...times].sort().reverse());
  await page.getByRole("columnheader").getByRole("button", { name: /^Date/ }).click();
  const [first] = (await api("/conversation-logs?orderBy=occurredAt:asc&limit=1")).events;
  await page.locator(`tbody tr:first-child[data-id="${first.id}"]`).waitFor();
  await page.getByRole("columnheader", { name: "Date" }).and(page.locator("[aria-sort=ascending]")).waitFor();
});

test("The table displays the following information: Done by, Event, From, To, Date, Conversation link", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  assert.deepEqual(await columns(page), ["Done by", "Event", "From", "To", "Date", "Conversation link"]);
});

/**
 * The content of a column, with the event of each row.
 * @param {TestContext} t
 * @param {string} column
 */
async function cells(t, column) {
  const page = await openEvents(t, SUPERVISOR);
  const shown = await rows(page);
  const { events } = await api("/conversation-logs");
  return events.map((/** @type {any} */ event, /** @type {number} */ index) => ({ event, text: shown[index][column], page }));
}

test("Done by - User who performed the action", async (t) => {
  for (const { event, text } of await cells(t, "Done by")) {
    assert.match(text, new RegExp((event.doneBy.name ?? event.doneBy.id ?? "System").replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  }
});

test("Event - Type of event that occurred", async (t) => {
  for (const { event, text } of await cells(t, "Event")) assert.equal(text, event.label);
});

test("From - Previous value (if applicable)", async (t) => {
  for (const { event, text } of await cells(t, "From")) {
    if (event.from) assert.equal(text.replace(/\s+/g, " "), (event.from.label ?? event.from.value).replace(/\s+/g, " "));
    else assert.match(text, /none/);
  }
});

test("To - New value (if applicable)", async (t) => {
  for (const { event, text } of await cells(t, "To")) {
    if (event.to) assert.equal(text.replace(/\s+/g, " "), (event.to.label ?? event.to.value).replace(/\s+/g, " "));
    else assert.match(text, /none/);
  }
});

test("Date - Timestamp of the event, in the viewer's zone, exact UTC on hover", async (t) => {
  const shown = await cells(t, "Date");
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "Europe/Zagreb" });
  for (const { event, text } of shown) assert.equal(text, format.format(new Date(event.occurredAt)));
  const [{ event, page }] = shown;
  const time = page.locator("tbody time").first();
  assert.equal(await time.getAttribute("datetime"), event.occurredAt);
  assert.equal(await time.getAttribute("title"), event.occurredAt.replace("T", " ").replace("Z", " UTC"));
});

test("Conversation link - Direct link to the conversation", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const { events } = await api("/conversation-logs");
  const links = await page.getByRole("link", { name: /^Open conversation/ }).evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.deepEqual(links, events.map((/** @type {any} */ event) => event.conversation.url));
});

test("You can filter conversation logs by the following criteria: Event, Done by, From, To", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  for (const title of ["Event", "Done by", "From", "To"]) await filter(page, title).waitFor();
});

/**
 * Applies one filter by its label, and checks the list.
 * @param {TestContext} t
 * @param {string} title
 * @param {string} label
 * @param {(event: any) => boolean} fits
 */
async function filterBy(t, title, label, fits) {
  const page = await openEvents(t, SUPERVISOR);
  await choose(page, title, label);
  await apply(page);
  assert.deepEqual(await chips(page), [`${title}: ${label}`]);
  const { events } = await api(queryOf(page));
  assert.ok(events.length > 0 && events.every(fits), "the API's answer to the page's address fits the filter");
  assert.deepEqual(await ids(page), events.map((/** @type {any} */ event) => event.id));
}

test("Event - Type of event (status changed, assignment changed, etc.)", async (t) => {
  await filterBy(t, "Event", "Status changed", (event) => event.event === "STATUS_CHANGED");
  await filterBy(t, "Event", "Assignment changed", (event) => event.event === "ASSIGNMENT_CHANGED");
});

test("Done by - User who performed the action (filter)", async (t) => {
  const [{ doneBy }] = (await api("/conversation-logs?doneByType=USER&limit=1")).events;
  await filterBy(t, "Done by", doneBy.name, (event) => event.doneBy.id === doneBy.id);
});

test("From - Previous value (filter)", async (t) => {
  await filterBy(t, "From", "Open", (event) => event.from?.value === "OPEN");
});

test("To - New value (filter)", async (t) => {
  await filterBy(t, "To", "Solved", (event) => event.to?.value === "SOLVED");
});

test("To apply filters, select the wanted criteria and then select the Apply Filters button.", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const before = await ids(page);
  await choose(page, "Event", "Note added", "Note removed");
  assert.deepEqual(await ids(page), before, "nothing happens before the button is pressed");
  assert.deepEqual(await chips(page), []);
  await apply(page);
  assert.deepEqual((await chips(page)).sort(), ["Event: Note added", "Event: Note removed"]);
  const events = new Set((await rows(page)).map((row) => row["Event"]));
  assert.ok([...events].every((label) => ["Note added", "Note removed"].includes(label)), [...events].join());
});
