/** The lists of the filters: their choices, their order, and that no choice moves before a click. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, openEvents } from "./support/browser.js";
import { apply, chips, choose, filter, ids, queryOf } from "./support/page.js";
import { SETUP, SUPERVISOR, api } from "./support/service.js";

/** @import { Page } from "playwright-core" */

/** Opens a filter and waits for its choices. @param {Page} page @param {string} title */
async function openList(page, title) {
  await filter(page, title).click();
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.getByRole("checkbox").first().waitFor();
  return dialog;
}

/** The groups of an open list, with the labels in them. @param {import("playwright-core").Locator} dialog @returns {Promise<[string, string[]][]>} */
function groups(dialog) {
  return dialog.locator("fieldset").evaluateAll((groups) =>
    groups.map((group) => [group.querySelector("legend")?.textContent ?? "", [...group.querySelectorAll(".option-label")].map((label) => label.textContent ?? "")]),
  );
}

for (const [title, facet] of [["From", "fromValue"], ["To", "toValue"]]) {
  test(`${title} offers values by event type: codes first, free text last`, async (t) => {
    const page = await openEvents(t, SUPERVISOR);
    const dialog = await openList(page, title);
    const listed = await groups(dialog);
    const names = listed.map(([name]) => name);
    const statuses = listed.find(([name]) => name === "Status changed")?.[1] ?? [];
    const expected = await api(`/conversation-logs/facets/${facet}?event=STATUS_CHANGED`);
    assert.deepEqual(statuses, expected.values.map((/** @type {any} */ value) => value.label));
    assert.ok(names.indexOf("Status changed") < names.indexOf("Topic changed"), names.join());
    const notes = title === "From" ? "Note removed" : "Note added";
    assert.ok(names.indexOf("Topic changed") < names.indexOf(notes), names.join());
    assert.ok(listed.every(([, values]) => values.length <= 5), "no group hides the others");
  });

  test(`${title} offers the values of the chosen event, also before it is applied`, async (t) => {
    const page = await openEvents(t, SUPERVISOR);
    await choose(page, "Event", "Status changed");
    const dialog = await openList(page, title);
    const expected = await api(`/conversation-logs/facets/${facet}?event=STATUS_CHANGED`);
    assert.deepEqual(await groups(dialog), [["Status changed", expected.values.map((/** @type {any} */ value) => value.label)]]);
    await dialog.getByRole("checkbox", { name: "Solved" }).check();
    await page.keyboard.press("Escape");
    await apply(page);
    assert.deepEqual(await chips(page), ["Event: Status changed", `${title}: Solved`]);
    const { events } = await api(queryOf(page));
    assert.deepEqual(await ids(page), events.map((/** @type {any} */ event) => event.id));
  });
}

test("Values that begin with the search come before those that contain it", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const labels = async (/** @type {string} */ title, /** @type {string} */ search) => {
    const dialog = page.getByRole("dialog", { name: title });
    await filter(page, title).click();
    await dialog.getByRole("searchbox").fill(search);
    await dialog.getByRole("checkbox").first().waitFor();
    const groups = await dialog.locator(".options").evaluate((list) => {
      const groups = list.querySelectorAll("fieldset");
      return (groups.length > 0 ? [...groups] : [list]).map((group) => [...group.querySelectorAll(".option-label")].map((label) => label.textContent ?? ""));
    });
    await dialog.getByRole("button", { name: "Done" }).click();
    return groups;
  };
  for (const [title, search] of [["Done by", "a"], ["To", "so"], ["To", "a"]]) {
    let mixed = 0;
    for (const group of await labels(title, search)) {
      const begins = group.map((label) => label.toLowerCase().startsWith(search));
      assert.deepEqual(begins, [...begins].sort((one, other) => Number(other) - Number(one)), group.join());
      mixed += Number(new Set(begins).size === 2);
    }
    assert.ok(title === "To" || mixed > 0, `${title}, ${search}: both kinds are found`);
  }
});

test("One value of several event types is one choice", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const dialog = await openList(page, "To");
  const boxes = dialog.getByRole("checkbox", { name: "Open", exact: true });
  assert.equal(await boxes.count(), 2, "Conversation created and Status changed");
  await boxes.first().check();
  assert.equal(await boxes.nth(1).isChecked(), true);
  await page.keyboard.press("Escape");
  await apply(page);
  assert.deepEqual(await chips(page), ["To: Open"]);
});

test("The list is not rebuilt, moved or closed while choices load", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  /** Each answer waits until it is let through. @type {(() => void)[]} */
  const held = [];
  await page.route("**/facets/**", async (route) => {
    await new Promise((resolve) => held.push(() => resolve(undefined)));
    await route.continue().catch(() => {});
  });
  const answers = async (/** @type {number} */ count) => {
    while (held.length < count) await page.waitForTimeout(10);
    for (const answer of held.splice(0)) answer();
  };
  await filter(page, "Done by").click();
  const dialog = page.getByRole("dialog", { name: "Done by" });
  const panel = () => dialog.evaluate((panel) => JSON.stringify([...panel.querySelectorAll(".options, .feet, input[type=search]")].map((part) => part.getBoundingClientRect())));
  await dialog.getByText("Loading …").waitFor();
  const before = await panel();
  await answers(1);
  const first = dialog.getByRole("checkbox").first();
  await first.waitFor();
  assert.equal(await panel(), before, "the answer moves nothing");

  // After this, every change of the list is recorded.
  await dialog.locator(".options").evaluate((list) => {
    const noted = /** @type {any} */ (globalThis);
    noted.removals = 0;
    new MutationObserver((changes) => changes.forEach((change) => (noted.removals += change.removedNodes.length))).observe(list, { childList: true, subtree: true });
  });
  const removals = () => page.evaluate(() => /** @type {any} */ (globalThis).removals);
  // "Show more", and new names in the events, only append to the list.
  const place = await first.boundingBox();
  if (await dialog.getByRole("button", { name: "Show more" }).isVisible()) {
    await dialog.getByRole("button", { name: "Show more" }).click();
    await answers(1);
    await dialog.getByText("Loading …").waitFor({ state: "hidden" });
  }
  assert.equal(await removals(), 0);
  assert.deepEqual(await first.boundingBox(), place);

  // A keystroke empties the list at once, so that results of the earlier search cannot be clicked. The new results remain.
  await dialog.getByRole("searchbox").fill("an");
  assert.equal(await dialog.getByRole("checkbox").count(), 0);
  const removed = await removals();
  await answers(2);
  await first.waitFor();
  await first.check();
  await page.waitForTimeout(400);
  assert.equal(held.length, 0, "nothing else is asked for");
  assert.equal(await removals(), removed, "what is listed is not rebuilt");
  assert.equal(await first.isChecked(), true);
  assert.equal(await dialog.isVisible(), true);
});

test("A late response to an earlier search is not shown", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  await page.route("**/facets/doneBy?*search=zu*", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 900));
    await route.continue().catch(() => {});
  });
  await filter(page, "Done by").click();
  const search = page.getByRole("searchbox", { name: "Search Done by" });
  await search.fill("zu");
  await page.waitForTimeout(300);
  await search.fill("routing");
  const dialog = page.getByRole("dialog", { name: "Done by" });
  await dialog.getByRole("checkbox", { name: /^Routing/ }).waitFor();
  await page.waitForTimeout(900);
  assert.equal(await dialog.getByRole("checkbox").count(), 1);
});

test("A list is invisible until it is placed", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  for (const title of ["Event", "Date"]) {
    // The event `toggle`, which places the list, arrives after the script of the click.
    const isVisible = await filter(page, title).evaluate((/** @type {HTMLButtonElement} */ button) => {
      button.click();
      const list = button.popoverTargetElement;
      return list?.matches(":popover-open") ? getComputedStyle(list).visibility : "not open";
    });
    assert.equal(isVisible, "hidden");
    await page.getByRole("dialog", { name: title }).waitFor();
    await page.keyboard.press("Escape");
  }
});

test("A list opens above its button where there is no room below, and within the window", async (t) => {
  for (const [width, height] of [[1280, 800], [360, 740], [1280, 420]]) {
    const page = await openEvents(t, SETUP, "/?log=audit-logs", { viewport: { width, height } });
    if (width < 768) await page.locator("#filters summary").click();
    for (const title of ["Event", "Date"]) {
      const opener = filter(page, title);
      // At the bottom of the window.
      await opener.evaluate((button) => {
        document.body.style.paddingTop = "";
        const below = button.getBoundingClientRect().bottom;
        document.body.style.paddingTop = `${innerHeight - below - 20}px`;
      });
      await opener.click();
      const panel = await page.getByRole("dialog", { name: title }).boundingBox();
      const button = await opener.boundingBox();
      assert.ok(panel && button && panel.y + panel.height <= button.y, `${title} is above its button at ${width} × ${height}`);
      assert.ok(panel.y >= 0 && panel.x >= 0 && panel.x + panel.width <= width, `${title} is in the window at ${width} × ${height}`);
      await page.keyboard.press("Escape");
      await opener.evaluate(() => (document.body.style.paddingTop = ""));
      await opener.click();
      const below = await page.getByRole("dialog", { name: title }).boundingBox();
      const top = await opener.boundingBox();
      assert.ok(below && top && below.y >= top.y + top.height && below.y + below.height <= height, `${title} is below its button at ${width} × ${height}`);
      await page.keyboard.press("Escape");
    }
  }
});

test("At most 50 values of a filter can be chosen", async (t) => {
  const values = Array.from({ length: 50 }, (_, number) => `fromValue=none-${number}`).join("&");
  const page = await open(t, SUPERVISOR, `/?log=conversation-logs&${values}`);
  const dialog = await openList(page, "From");
  const box = dialog.getByRole("checkbox", { checked: false }).first();
  await box.click();
  await dialog.getByText("At most 50 values can be chosen.").waitFor();
  assert.equal(await box.isChecked(), false);
  await dialog.getByRole("checkbox", { checked: true }).first().click();
  await box.click();
  assert.equal(await dialog.getByRole("checkbox", { checked: true }).count(), 50);
});
