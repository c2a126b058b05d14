/** The functions of the list: URL, pages, details, Export, Live. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { open, openEvents } from "./support/browser.js";
import { apply, chips, choose, chooseFromMenu, filter, ids, queryOf, rows, settled } from "./support/page.js";
import { BOTH, BUSY, SETUP, SUPERVISOR, URL_OF_DEMO, api, record, tagCreated, tokenOf } from "./support/service.js";

/** @import { Page } from "playwright-core" */

const FILTERED = "/?log=audit-logs&event=QUEUE_CREATED&event=QUEUE_RENAMED&doneByType=USER";

test("Applied filters are visible and removable, one by one or all", async (t) => {
  const page = await openEvents(t, SETUP, FILTERED);
  assert.deepEqual(await chips(page), ["Event: Queue created", "Event: Queue renamed", "Done by: User"]);
  await settled(page, () => page.getByRole("button", { name: "Remove filter Event: Queue created" }).click());
  assert.deepEqual(await chips(page), ["Event: Queue renamed", "Done by: User"]);
  assert.deepEqual([...new URL(page.url()).searchParams.getAll("event")], ["QUEUE_RENAMED"]);
  await settled(page, () => page.getByRole("button", { name: "Clear all filters" }).click());
  assert.deepEqual(await chips(page), []);
});

test("A link can be shared: the URL has the complete view", async (t) => {
  const page = await openEvents(t, SETUP, `${FILTERED}&orderBy=occurredAt:asc&limit=20`);
  const other = await openEvents(t, BOTH, page.url().replace(URL_OF_DEMO, ""));
  assert.deepEqual(await ids(other), await ids(page));
  assert.deepEqual(await chips(other), await chips(page));
  await page.reload();
  await page.locator("tbody tr").first().waitFor();
  assert.deepEqual(await ids(other), await ids(page));
});

test("Back restores the previous view: filters, tab and page", async (t) => {
  const page = await openEvents(t, BOTH, "/?log=audit-logs");
  const first = await ids(page);
  await settled(page, () => page.getByRole("button", { name: "Next" }).click());
  const second = await ids(page);
  await choose(page, "Event", "Route renamed");
  await apply(page);
  await settled(page, () => page.getByRole("tab", { name: "Conversation logs" }).click());
  await settled(page, () => page.goBack());
  assert.deepEqual(await chips(page), ["Event: Route renamed"]);
  await settled(page, () => page.goBack());
  assert.deepEqual(await ids(page), second);
  assert.deepEqual(await chips(page), []);
  await settled(page, () => page.goBack());
  assert.deepEqual(await ids(page), first);
  await settled(page, () => page.goForward());
  assert.deepEqual(await ids(page), second);
});

test("Next and previous pages, page size and total", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&itemType=TAG&limit=20");
  const { events, pagination } = await api("/audit-logs?itemType=TAG&limit=1000&includeTotal=true");
  const all = events.map((/** @type {any} */ event) => event.id);
  assert.equal(await page.locator("#count").innerText(), `${pagination.total.count.toLocaleString("en-GB")} events`);
  const walked = await ids(page);
  const next = page.getByRole("button", { name: "Next" });
  while ((await next.getAttribute("aria-disabled")) === "false") {
    await settled(page, () => next.click());
    walked.push(...(await ids(page)));
  }
  assert.deepEqual(walked, all);
  const last = await ids(page);
  await settled(page, () => page.getByRole("button", { name: "Previous" }).click());
  assert.deepEqual([...(await ids(page)), ...last], all.slice(-20 - last.length));
  await settled(page, () => page.getByLabel("Events per page").selectOption("100"));
  assert.deepEqual(await ids(page), all.slice(0, 100));
});

test("The details have all fields of the event, and a link to it", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&event=QUEUE_WORKING_HOURS_CHANGED");
  const [event] = (await api(queryOf(page))).events;
  await chooseFromMenu(page, 0, "View details");
  const dialog = page.getByRole("dialog", { name: event.label });
  const text = await dialog.innerText();
  const parts = [event.id, event.sequence, event.event, event.item.id, event.item.name, event.operationId, event.from.label, event.to.label, event.from.value, event.to.value];
  for (const part of parts) assert.ok(text.includes(String(part)), `${part} in ${text}`);
  for (const instant of [event.occurredAt, event.recordedAt]) assert.ok(text.includes(instant.replace("T", " ").replace("Z", " UTC")), instant);
  assert.deepEqual(JSON.parse(await dialog.locator("dd pre").innerText()), event.details);
  assert.equal(new URL(page.url()).searchParams.get("show"), event.id);

  const other = await open(t, SETUP, page.url().replace(URL_OF_DEMO, ""));
  await other.getByRole("dialog", { name: event.label }).getByText(event.id, { exact: true }).waitFor();

  await page.keyboard.press("Escape");
  await page.waitForURL((url) => !url.searchParams.has("show"));
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.goForward();
  await dialog.waitFor();
});

test("Copy link copies the URL of the event", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const [first] = await ids(page);
  await chooseFromMenu(page, 0, "Copy link");
  await page.getByText("The link was copied.").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, `${URL_OF_DEMO}/?log=conversation-logs&show=${first}`);
});

test("View events related to this conversation shows what happened to it, in the conversation logs", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const [first] = await ids(page);
  await settled(page, () => chooseFromMenu(page, 0, "View events related to this conversation"));
  const related = await api(`/conversation-logs/${first}/related`);
  assert.deepEqual(await ids(page), related.events.map((/** @type {any} */ event) => event.id));
});

test("Export saves exactly the filtered events, as CSV and as NDJSON", async (t) => {
  const page = await openEvents(t, SETUP, `${FILTERED}&limit=20`);
  const { events } = await api("/audit-logs?event=QUEUE_CREATED&event=QUEUE_RENAMED&doneByType=USER&limit=1000");
  const expected = events.map((/** @type {any} */ event) => event.id);

  const ndjson = await exported(page, "NDJSON, for programs");
  assert.match(ndjson.name, /audit.*\.ndjson$/);
  assert.deepEqual(ndjson.text.trim().split("\n").map((line) => JSON.parse(line).id), expected);

  const csv = await exported(page, "CSV, for spreadsheets");
  assert.match(csv.name, /audit.*\.csv$/);
  for (const id of expected) assert.ok(csv.text.includes(id), id);
  assert.equal(csv.text.trim().split("\r\n").length, expected.length + 1);
});

/** @param {Page} page @param {string} form */
async function exported(page, form) {
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: form }).click();
  const file = await saved;
  await page.getByText(`Saved as ${file.suggestedFilename()}.`).waitFor();
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

/** A reader of the account to which tests write. */
const WATCHER = tokenOf(SETUP, { accountId: BUSY });

test("Live: new events that match the filters appear at the top, each once", async (t) => {
  const unique = Date.now().toString(36);
  await record("audit-logs", [tagCreated(`${unique}-0`)]);
  const page = await openEvents(t, WATCHER, "/?log=audit-logs&event=TAG_CREATED&limit=20");
  const live = page.getByRole("button", { name: "Live", exact: true });
  await settled(page, () => live.click());
  await page.getByText("New events appear at the top.").waitFor();
  await record("audit-logs", [tagCreated(`${unique}-1`), { ...tagCreated(`${unique}-other`), event: "TAG_DELETED" }]);
  await page.locator("tbody tr:first-child").getByText(`${unique}-1`).first().waitFor();
  await record("audit-logs", [tagCreated(`${unique}-2`), tagCreated(`${unique}-3`)]);
  await page.locator("tbody tr:first-child").getByText(`${unique}-3`).first().waitFor();
  const mine = (await rows(page)).map((row) => row["To"]).filter((text) => text.startsWith(unique));
  assert.deepEqual(mine, [3, 2, 1, 0].map((number) => `${unique}-${number}`));
  const listed = await ids(page);
  assert.equal(new Set(listed).size, listed.length);

  await live.click();
  assert.equal(await live.getAttribute("aria-pressed"), "false");
  await record("audit-logs", [tagCreated(`${unique}-4`)]);
  await page.reload();
  await page.locator("tbody tr:first-child").getByText(`${unique}-4`).first().waitFor();
});

test("Live lists at most 500 events, and Next shows those that follow", async (t) => {
  const tag = tagCreated(`${Date.now().toString(36)}-many`);
  const many = (/** @type {number} */ count) => Array.from({ length: count }, () => ({ ...tag, occurredAt: new Date().toISOString() }));
  await record("audit-logs", many(30));
  const page = await openEvents(t, WATCHER, `/?log=audit-logs&itemId=${tag.item.id}&limit=20`);
  await settled(page, () => page.getByRole("button", { name: "Live", exact: true }).click());
  await page.getByText("New events appear at the top.").waitFor();
  await record("audit-logs", many(480));
  await page.locator("#count").getByText("510 events").waitFor();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 500);
  await record("audit-logs", many(1));
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 20);
  await page.locator("#count").getByText("511 events").waitFor();
  const first = await ids(page);
  await settled(page, () => page.getByRole("button", { name: "Next" }).click());
  const { events } = await api(`/audit-logs?itemId=${tag.item.id}&limit=40`, { accountId: BUSY });
  assert.deepEqual([...first, ...(await ids(page))], events.map((/** @type {{ id: string }} */ { id }) => id));
});

test("Live resumes after a lost connection", async (t) => {
  const unique = Date.now().toString(36);
  await record("audit-logs", [tagCreated(`${unique}-before`)]);
  const page = await openEvents(t, WATCHER, "/?log=audit-logs&limit=20");
  let cut = true;
  await page.route("**/audit-logs/stream?*", async (route) => {
    if (!cut) return route.continue();
    cut = false;
    await record("audit-logs", [tagCreated(`${unique}-while-away`)]);
    return route.abort();
  });
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await page.locator("tbody tr:first-child").getByText(`${unique}-while-away`).first().waitFor();
});

test("Texts of a log are shown as text, never as markup", async (t) => {
  const name = `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script>\u202e & "quoted"`;
  const event = tagCreated(`markup-${Date.now()}`);
  await record("audit-logs", [{ ...event, item: { ...event.item, name }, to: { value: name, label: name }, details: { [name]: name } }]);
  const page = await openEvents(t, WATCHER, `/?log=audit-logs&itemId=${event.item.id}`);
  assert.equal((await rows(page))[0]["To"], name);
  await chooseFromMenu(page, 0, "View details");
  await page.getByRole("dialog").locator("dd pre").waitFor();
  assert.equal(await page.title(), "Audit logs – Logbook");
  assert.equal(await page.locator("main img, dialog img, body script").count(), 0);
});

test("Live raises the number of events", async (t) => {
  const unique = Date.now().toString(36);
  const tag = tagCreated(`${unique}-count`);
  await record("audit-logs", [tag]);
  const page = await openEvents(t, WATCHER, `/?log=audit-logs&itemId=${tag.item.id}`);
  assert.equal(await page.locator("#count").innerText(), "1 event");
  await settled(page, () => page.getByRole("button", { name: "Live", exact: true }).click());
  await record("audit-logs", [tag, { ...tag, event: "TAG_RENAMED" }, { ...tag, event: "TAG_DELETED" }]);
  await page.locator("#count").getByText("4 events").waitFor();
  assert.equal((await ids(page)).length, 4);
});

test("Filters that are not applied yet survive a change of order, page and size", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&limit=20");
  await choose(page, "Event", "Tag created");
  await page.getByLabel("Search by item ID").fill("t-0");
  await page.getByLabel("Item", { exact: true }).selectOption("Tag");
  await settled(page, () => page.getByRole("columnheader").getByRole("button", { name: /^Date/ }).click());
  await settled(page, () => page.getByRole("button", { name: "Next" }).click());
  await settled(page, () => page.getByLabel("Events per page").selectOption("50"));
  assert.deepEqual(await chips(page), []);
  assert.match(await filter(page, "Event").innerText(), /Tag created/);
  assert.equal(await page.getByLabel("Search by item ID").inputValue(), "t-0");
  assert.equal(await page.getByLabel("Item", { exact: true }).inputValue(), "TAG");
});

test("Apply Filters sends a request even if nothing was changed", async (t) => {
  const unique = Date.now().toString(36);
  const tag = tagCreated(`${unique}-again`);
  await record("audit-logs", [tag]);
  const page = await openEvents(t, WATCHER, `/?log=audit-logs&itemId=${tag.item.id}`);
  await record("audit-logs", [{ ...tag, event: "TAG_DELETED" }]);
  const steps = await page.evaluate(() => history.length);
  await apply(page);
  assert.equal((await ids(page)).length, 2);
  assert.equal(await page.evaluate(() => history.length), steps, "the same view is no step that Back leads to");
});
