/** The page with the keyboard alone, and its accessibility tree for screen readers. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, openEvents } from "./support/browser.js";
import { chips, ids, settled } from "./support/page.js";
import { BOTH, SETUP, SUPERVISOR, URL_OF_DEMO } from "./support/service.js";

/** @import { Page } from "playwright-core" */

/** Presses Tab until something of that role and name has the focus. @param {Page} page @param {Parameters<Page["getByRole"]>[0]} role @param {string | RegExp} name @param {string} [key] */
async function tabTo(page, role, name, key = "Tab") {
  const target = page.getByRole(role, { name }).first();
  for (let pressed = 0; pressed < 80; pressed += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`Tab does not lead to the ${role} ${name}`);
}

test("Keyboard alone: sign in, change the tab, filter, open the menu and the details, and go to the next page", async (t) => {
  const page = await open(t, null);
  await page.locator("#demo-roles button").first().waitFor();
  await tabTo(page, "button", /^Supervisor and Setup/);
  await page.keyboard.press("Enter");
  await page.locator("tbody tr").first().waitFor();

  await page.locator("table:focus").waitFor();

  await tabTo(page, "tab", "Conversation logs", "Shift+Tab");
  await settled(page, () => page.keyboard.press("ArrowRight"));
  await page.getByRole("tab", { name: "Audit logs", selected: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Audit logs");

  await tabTo(page, "button", /^Event /);
  await page.keyboard.press("Enter");
  await page.getByRole("checkbox", { name: "Tag created" }).waitFor();
  await page.keyboard.type("queue");
  await page.getByRole("checkbox", { name: "Tag created" }).waitFor({ state: "detached" });
  await page.getByRole("checkbox", { name: "Queue created" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement?.id), "event", "Escape gives the focus back");
  await tabTo(page, "button", "Apply Filters");
  await settled(page, () => page.keyboard.press("Enter"));
  assert.deepEqual(await chips(page), ["Event: Queue created", "Event: Queue renamed"]);

  await tabTo(page, "button", /^Actions for/);
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  assert.match((await page.evaluate(() => document.activeElement?.textContent)) ?? "", /^View events related/);
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement?.classList.contains("dots")), true, "Escape gives the focus back");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem").first().waitFor();
  const details = page.getByRole("menuitem", { name: "View details" });
  while (!(await details.evaluate((item) => item === document.activeElement))) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").locator("dl").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.waitForURL((url) => !url.searchParams.has("show"));

  await page.goto(`${URL_OF_DEMO}/?log=audit-logs&limit=20`);
  await page.locator("tbody tr").first().waitFor();
  const first = await ids(page);
  await tabTo(page, "button", "Next");
  await settled(page, () => page.keyboard.press("Enter"));
  assert.notDeepEqual(await ids(page), first);
});

test("A screen reader finds landmarks, tabs, form, table and pages", async (t) => {
  const page = await openEvents(t, BOTH);
  await page.getByRole("banner").waitFor();
  await page.getByRole("main").waitFor();
  await page.getByRole("tablist", { name: "Logs" }).waitFor();
  await page.getByRole("tabpanel", { name: "Conversation logs" }).waitFor();
  await page.getByRole("form", { name: "Filters" }).waitFor();
  await page.getByRole("table", { name: "Conversation logs" }).waitFor();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  await page.getByRole("status").getByText("events").first().waitFor();
  assert.equal(await page.getByRole("row").count(), 51);
  await page.setViewportSize({ width: 360, height: 740 });
  assert.equal(await page.getByRole("row").count(), 51, "cards are still a table");
  assert.equal(await page.getByRole("columnheader").count(), 7);
});

test("The accessibility tree of a list: banner, tabs, filters, count, table and pages, in the order of reading", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&event=QUEUE_RENAMED&limit=20");
  const tree = await page.locator("body").ariaSnapshot();
  const order = [
    "link \"Skip to the events\"",
    "banner:",
    "heading \"Logs\" [level=1]",
    "button \"Sign out\"",
    "main:",
    "tablist \"Logs\":",
    "tab \"Audit logs\" [selected]",
    "tabpanel \"Audit logs\":",
    "form \"Filters\":",
    "searchbox \"Search by item ID\"",
    "button \"Event Queue renamed\"",
    "button \"Date Any time\"",
    "button \"Apply Filters\"",
    "list \"Applied filters\":",
    "status:",
    "button \"Live\"",
    "button \"Copy as\"",
    "button \"Export\"",
    "region \"Events\":",
    "table \"Audit logs\":",
    "columnheader \"Done by\"",
    "columnheader \"Date",
    "button \"Queue renamed\"",
    "button \"Actions for Queue renamed",
    "navigation \"Pages\":",
  ];
  let from = 0;
  for (const part of order) {
    const at = tree.indexOf(part, from);
    assert.ok(at >= 0, `${part} is missing after character ${from} of\n${tree}`);
    from = at;
  }
});

test("The accessibility tree of the details: what changed, every part, and what can be done", async (t) => {
  const page = await openEvents(t, SUPERVISOR, "/?event=STATUS_CHANGED&fromValue=OPEN&toValue=SOLVED&doneByType=USER");
  await page.locator("tbody .event").first().click();
  await page.getByRole("dialog").locator("dl").waitFor();
  const tree = await page.getByRole("dialog", { name: "Status changed" }).ariaSnapshot();
  const parts = ["heading \"Status changed\"", "button \"Previous event\"", "button \"Next event\"", "button \"Close\"", "img \"changed to\"", "term: Done by", "button \"Filter by this person\"", "button \"Copy link\""];
  for (const part of parts) assert.ok(tree.includes(part), `${part} is missing in\n${tree}`);
});

test("Keyboard alone: search by item ID, a row's details, its neighbours, and a filter by one of its parts", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  await tabTo(page, "searchbox", "Search by item ID");
  await page.keyboard.type("Q-01");
  await settled(page, () => page.keyboard.press("Enter"));
  const listed = await ids(page);
  await tabTo(page, "button", "Copy as");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "curl" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.locator(".sort:focus").waitFor();
  await page.keyboard.press("Tab");
  await page.locator(".event:focus").waitFor();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.locator("dl").waitFor();
  await tabTo(page, "button", "Next event");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("show") === listed[1]);
  await tabTo(page, "button", "Filter by this event");
  await settled(page, () => page.keyboard.press("Enter"));
  assert.equal((await chips(page)).length, 2);
  await page.locator("#count:focus").waitFor();
});
