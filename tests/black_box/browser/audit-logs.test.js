/** The tab Audit logs. The titles are sentences of the product's documentation. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openEvents } from "./support/browser.js";
import { apply, chips, choose, chooseDates, chooseFromMenu, columns, filter, ids, queryOf, rows, settled } from "./support/page.js";
import { SETUP, api } from "./support/service.js";

/** @import { Page } from "playwright-core" */

const LOG = "/?log=audit-logs";

/** The list equals the response of the API to the same filters, and every event matches. @param {Page} page @param {(event: any) => boolean} fits */
async function holds(page, fits) {
  const { events } = await api(queryOf(page));
  assert.ok(events.length > 0 && events.every(fits), "the API's answer to the page's address fits the filter");
  assert.deepEqual(await ids(page), events.map((/** @type {any} */ event) => event.id));
}

test("BETA: This feature is currently released as a Beta version, as it is a continuous work in progress.", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  await page.getByText("This feature is currently released as a Beta version, as it is a continuous work in progress.").waitFor();
  await page.getByText("BETA", { exact: true }).waitFor();
});

test("The Audit logs tab displays records of changes made to objects within Conversations settings.", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  assert.deepEqual(await columns(page), ["Done by", "Event", "Item", "From", "To", "Date"]);
  const shown = await rows(page);
  const { events } = await api("/audit-logs");
  for (const [index, { item, label }] of events.entries()) {
    assert.equal(shown[index]["Event"], label);
    assert.ok(shown[index]["Item"].startsWith(item.name ?? item.id), shown[index]["Item"]);
  }
});

test("You can search audit logs by item ID using the Search by field, or apply the following filters", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  const [{ item }] = (await api("/audit-logs?itemType=QUEUE&limit=1")).events;
  await page.getByLabel("Search by item ID").fill(item.id);
  await settled(page, () => page.getByLabel("Search by item ID").press("Enter"));
  assert.deepEqual(await chips(page), [`Item: ${item.name}`]);
  await holds(page, (event) => event.item.id === item.id);
  assert.equal(await page.getByLabel("Search by item ID").inputValue(), item.id);
});

for (const [label, code] of [["User", "USER"], ["System", "SYSTEM"], ["API user", "API_USER"]]) {
  test(`Filter by who or what made the change: ${label}`, async (t) => {
    const page = await openEvents(t, SETUP, LOG);
    await choose(page, "Done by", label);
    await apply(page);
    await holds(page, (event) => event.doneBy.type === code);
  });
}

/** The events of the text, in its groups. @type {{ [group: string]: string[] }} */
const CAPACITIES = {
  "Account configuration events": ["live messaging", "live chat", "voice", "email"].flatMap((channel) => ["created", "changed", "deleted"].map((what) => `Account capacity ${channel} ${what}`)),
  "Agent configuration events": ["live messaging", "live chat", "voice", "email"].flatMap((channel) => ["created", "changed", "deleted"].map((what) => `Agent capacity ${channel} ${what}`)),
};
/** @type {{ [group: string]: string[] }} */
const EVENTS = {
  "Tag events": ["Tag created", "Tag renamed", "Tag deleted"],
  "Queue events": [
    "Queue created",
    "Queue renamed",
    "Queue deleted",
    "Queue working hours changed",
    "Agent added to queue",
    "Agent removed from queue",
    "Sender added to queue",
    "Sender removed from queue",
    "Queue default sender changed",
    "Assignment method changed for queue",
  ],
  ...CAPACITIES,
  "Route events": ["Route created", "Route renamed", "Route destination queue changed", "Route priority changed", "Route enabled changed", "Route only during working hours changed"],
};

test("Filter by the type of event that occurred: Tag, Queue, Account configuration, Agent configuration and Route events", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  await filter(page, "Event").click();
  const dialog = page.getByRole("dialog", { name: "Event" });
  await dialog.getByRole("checkbox").first().waitFor();
  const groups = await dialog.locator("fieldset").evaluateAll((groups) =>
    groups.map((group) => [group.querySelector("legend")?.textContent, [...group.querySelectorAll("label")].map((label) => label.textContent)]),
  );
  assert.deepEqual(groups, Object.entries(EVENTS));
});

for (const [group, labels] of Object.entries(EVENTS)) {
  test(`${group}: ${labels.join(", ")}`, async (t) => {
    const page = await openEvents(t, SETUP, LOG);
    await choose(page, "Event", ...labels);
    await apply(page);
    assert.deepEqual((await chips(page)).sort(), labels.map((label) => `Event: ${label}`).sort());
    await holds(page, (event) => labels.includes(event.label));
  });
}

test("Filter by date range: From - Start date and time", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  const { events } = await api("/audit-logs?limit=20");
  const start = local(events[10].occurredAt);
  await chooseDates(page, { from: [start.date, start.time] });
  await apply(page);
  await holds(page, (event) => event.occurredAt >= start.instant);
});

test("Filter by date range: To - End date and time", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  const { events } = await api("/audit-logs?limit=20");
  const end = local(events[10].occurredAt);
  await chooseDates(page, { to: [end.date, end.time] });
  await apply(page);
  await holds(page, (event) => event.occurredAt < end.instant);
  await filter(page, "Date").click();
  const group = page.getByRole("dialog", { name: "Date" }).getByRole("group", { name: "To" });
  assert.deepEqual([await group.getByLabel("Date").inputValue(), await group.getByLabel("Time (optional)").inputValue()], [end.date, end.time]);
});

/** The minute of an instant: as it is typed in Zagreb, and in UTC. @param {string} occurredAt */
function local(occurredAt) {
  const minute = new Date(occurredAt.slice(0, 16) + "Z");
  const [date, time] = minute.toLocaleString("sv-SE", { timeZone: "Europe/Zagreb" }).slice(0, 16).split(" ");
  return { date, time, instant: minute.toISOString() };
}

const ITEM_TYPES = { TAG: "Tag", QUEUE: "Queue", AGENT_CONFIGURATION: "Agent configuration", ACCOUNT_CONFIGURATION: "Account configuration", ROUTE: "Route" };

for (const [code, label] of Object.entries(ITEM_TYPES)) {
  test(`Filter by the type of item that was changed: ${label}`, async (t) => {
    const page = await openEvents(t, SETUP, LOG);
    await page.getByLabel("Item", { exact: true }).selectOption(label);
    await apply(page);
    await holds(page, (event) => event.item.type === code);
  });
}

test("When you select an item type (for example, Item → Tag), an additional filter appears, allowing you to select specific items from that category.", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  assert.equal(await page.locator("#items").isVisible(), false);
  await page.getByLabel("Item", { exact: true }).selectOption("Tag");
  const [{ item }] = (await api("/audit-logs?itemType=TAG&limit=1")).events;
  await choose(page, "Tag", item.name);
  await apply(page);
  assert.deepEqual(await chips(page), ["Item: Tag", `Item: ${item.name}`]);
  await holds(page, (event) => event.item.type === "TAG" && event.item.id === item.id);
});

test("To see all events related to a specific item, select the three dots menu next to any log entry and click View events related to this item.", async (t) => {
  const page = await openEvents(t, SETUP, LOG);
  const { events } = await api("/audit-logs");
  await settled(page, () => chooseFromMenu(page, 3, "View events related to this item"));
  const related = await api(`/audit-logs/${events[3].id}/related`);
  assert.deepEqual(await ids(page), related.events.map((/** @type {any} */ event) => event.id));
});
