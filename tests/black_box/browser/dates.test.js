/** The Date filter: preset periods, whole days, and optional times. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openEvents } from "./support/browser.js";
import { apply, chips, chooseDates, filter, ids, queryOf, settled } from "./support/page.js";
import { BOTH, SETUP, SUPERVISOR, api } from "./support/service.js";

/** @import { Page } from "playwright-core" */

const HOUR = 3_600_000;

/** @param {Page} page @param {string} preset */
async function choosePreset(page, preset) {
  await filter(page, "Date").click();
  await page.getByRole("radio", { name: preset }).check();
  await page.keyboard.press("Escape");
  await apply(page);
}

/** What the address has. @param {Page} page */
function period(page) {
  const query = new URL(page.url()).searchParams;
  return { from: query.get("dateFrom"), to: query.get("dateTo") };
}

for (const [preset, hours] of /** @type {const} */ ([["Last hour", 1], ["Last 7 days", 7 * 24], ["Last 30 days", 30 * 24]])) {
  test(`Preset period: ${preset}`, async (t) => {
    const page = await openEvents(t, BOTH, "/?log=audit-logs");
    await choosePreset(page, preset);
    const { from, to } = period(page);
    const start = Date.now() - hours * HOUR;
    assert.ok(from !== null && Math.abs(Date.parse(from) - start) < HOUR / 2, `${from}`);
    assert.equal(to, null);
    assert.match(await filter(page, "Date").innerText(), new RegExp(preset));
    const { events } = await api(queryOf(page));
    assert.deepEqual(await ids(page), events.map((/** @type {any} */ event) => event.id));
  });
}

test("Preset period: Today begins at midnight in the viewer's zone; Any time removes it", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  await choosePreset(page, "Today");
  const today = new Date().toLocaleDateString("sv-SE", { timeZone: "Europe/Zagreb" });
  const { from } = period(page);
  assert.equal(new Date(from ?? "").toLocaleString("sv-SE", { timeZone: "Europe/Zagreb" }), `${today} 00:00:00`);
  await choosePreset(page, "Any time");
  assert.deepEqual(period(page), { from: null, to: null });
  assert.deepEqual(await chips(page), []);
});

test("The zone is shown at the table and at the choice of dates", async (t) => {
  for (const width of [1280, 360]) {
    const page = await openEvents(t, SETUP, "/?log=audit-logs", { viewport: { width, height: 740 } });
    assert.equal(await page.locator("#zone").innerText(), "Times in Europe/Zagreb");
    if (width < 768) await page.locator("#filters summary").click();
    await filter(page, "Date").click();
    await page.getByRole("radio", { name: "Custom" }).check();
    await page.getByRole("dialog", { name: "Date" }).getByText("Times in Europe/Zagreb").waitFor();
  }
});

test("A time is optional: a day without one is included completely", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  // In Zagreb, clocks go back on 25 October 2026, so that day has 25 hours.
  await chooseDates(page, { from: ["2026-10-25", ""], to: ["2026-10-25", ""] });
  await apply(page);
  assert.deepEqual(period(page), { from: "2026-10-24T22:00:00.000Z", to: "2026-10-25T23:00:00.000Z" });
  await filter(page, "Date").click();
  for (const title of ["From", "To"]) {
    const group = page.getByRole("dialog", { name: "Date" }).getByRole("group", { name: title });
    assert.equal(await group.getByLabel("Date").inputValue(), "2026-10-25", title);
    assert.equal(await group.getByLabel("Time (optional)").inputValue(), "", title);
  }
});

test("A period that ends before it begins is reported at once", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  await chooseDates(page, { from: ["2026-10-25", "12:00"], to: ["2026-10-24", "12:00"] });
  await filter(page, "Date").click();
  await page.getByText("The end must be after the start.").waitFor();
});

test("A preset begins anew with each Apply", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  await choosePreset(page, "Last hour");
  const first = Date.parse(period(page).from ?? "");
  await page.clock.install({ time: Date.now() + 3 * HOUR });
  await settled(page, () => page.getByRole("button", { name: "Apply Filters" }).click());
  const hours = (Date.parse(period(page).from ?? "") - first) / HOUR;
  assert.ok(Math.abs(hours - 3) < 0.1, `${hours} hours later`);
});

test("A changed end leaves the seconds of the start", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&dateFrom=2026-08-06T15:10:29.5Z&dateTo=2026-10-06T15:10:29.5Z");
  await chooseDates(page, { to: ["2026-10-25", "18:20"] });
  await apply(page);
  assert.deepEqual(period(page), { from: "2026-08-06T15:10:29.5Z", to: "2026-10-25T17:20:00.000Z" });
});

test("An unchanged date keeps its seconds in the URL", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&dateFrom=2026-08-06T15:10:29.5Z");
  await settled(page, () => page.getByRole("button", { name: "Apply Filters" }).click());
  assert.equal(period(page).from, "2026-08-06T15:10:29.5Z");
});

test("Keyboard alone: a preset, then a custom period", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  await filter(page, "Date").focus();
  await page.keyboard.press("Enter");
  await page.locator("[type=radio]:focus").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("[type=radio]:checked").getAttribute("value"), "today");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "dates", "the focus is back");
  await page.keyboard.press("Enter");
  await page.locator("[type=radio]:focus").waitFor();
  for (let pressed = 0; pressed < 3; pressed += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "date-from");
  await page.keyboard.type("10252026");
  assert.equal(await page.locator("#date-from").inputValue(), "2026-10-25");
  await page.keyboard.press("Escape");
  for (let pressed = 0; pressed < 6; pressed += 1) {
    if ((await page.evaluate(() => document.activeElement?.textContent)) === "Apply Filters") break;
    await page.keyboard.press("Tab");
  }
  await settled(page, () => page.keyboard.press("Enter"));
  assert.equal(period(page).from, "2026-10-24T22:00:00.000Z");
});
