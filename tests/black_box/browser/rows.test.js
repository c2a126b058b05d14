/** The rows: how many are visible when the page opens, and how their texts are laid out. The measured figures are printed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { openEvents } from "./support/browser.js";
import { rows } from "./support/page.js";
import { BOTH, BUSY, SETUP, SUPERVISOR, api, record, tagCreated, tokenOf } from "./support/service.js";

/** @import { Page } from "playwright-core" */

const LOGS = ["conversation-logs", "audit-logs"];

/** The number of rows that are fully visible. @param {Page} page */
function visibleRows(page) {
  return page.locator("tbody tr").evaluateAll((rows) => rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length);
}

for (const log of LOGS) {
  for (const [width, height, least] of [[1280, 800, 8], [360, 740, 2]]) {
    test(`When the page opens at ${width} × ${height}, at least ${least} rows are fully visible: ${log}`, async (t) => {
      const page = await openEvents(t, BOTH, `/?log=${log}`, { viewport: { width, height } });
      const visible = await visibleRows(page);
      t.diagnostic(`${visible} rows`);
      assert.ok(visible >= least, `${visible} rows`);
    });
  }

  test(`Nothing is scrolled sideways at 320 px: ${log}`, async (t) => {
    const page = await openEvents(t, BOTH, `/?log=${log}`, { viewport: { width: 320, height: 640 } });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    t.diagnostic(`${await overflow()} px`);
    assert.equal(await overflow(), 0);
    await page.locator("#filters summary").click();
    assert.equal(await overflow(), 0, "with open filters");
    await page.locator("tbody tr .event").first().click();
    await page.getByRole("dialog").locator("dl").waitFor();
    assert.equal(await overflow(), 0, "with details");
    assert.ok(await page.getByRole("dialog").evaluate((dialog) => dialog.scrollWidth <= dialog.clientWidth));
  });

  test(`The head of the table remains visible: ${log}`, async (t) => {
    const page = await openEvents(t, BOTH, `/?log=${log}`, { viewport: { width: 1280, height: 800 } });
    await page.locator("tbody tr").nth(40).scrollIntoViewIfNeeded();
    const { top } = await page.locator("thead th").first().evaluate((head) => head.getBoundingClientRect());
    assert.equal(top, 0);
  });

  test(`One element of a row is emphasized: ${log}`, async (t) => {
    const page = await openEvents(t, BOTH, `/?log=${log}`, { viewport: { width: 1280, height: 800 } });
    const bold = await page.locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll("td *")].filter((part) => part.textContent && Number(getComputedStyle(part).fontWeight) > 500).map((part) => part.className)),
    );
    for (const parts of bold) assert.deepEqual(parts, ["event"]);
  });

  for (const width of [1280, 1024, 800, 360]) {
    test(`No word of a cell is broken at ${width} px: ${log}`, async (t) => {
      const page = await openEvents(t, BOTH, `/?log=${log}&limit=200`, { viewport: { width, height: 800 } });
      assert.deepEqual(await brokenWords(page), []);
    });

    test(`No time is cut off at ${width} px in a wide font: ${log}`, async (t) => {
      const page = await openEvents(t, BOTH, `/?log=${log}&limit=200`, { viewport: { width, height: 800 } });
      await page.evaluate(() => void (document.body.style.fontFamily = "monospace"));
      const times = await page.locator("tbody time").evaluateAll((times) =>
        times.map((time) => ({ text: time.textContent, space: /** @type {Element} */ (time.parentElement).getBoundingClientRect().right - time.getBoundingClientRect().right })),
      );
      assert.ok(times.length > 0);
      assert.deepEqual(times.filter(({ space }) => space < 0), []);
    });
  }
}

/** The words of the table that are on more than one line. @param {Page} page */
function brokenWords(page) {
  return page.locator("tbody").evaluate((body) => {
    const broken = [];
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement?.closest(".unseen")) continue;
      // Browsers may break after a hyphen, and between letters of scripts without spaces. These breaks are allowed.
      for (const { index, 0: word } of (node.textContent ?? "").matchAll(/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Arabic}\p{N}@._]{2,}/gu)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
      }
    }
    return broken;
  });
}

test("Long names, addresses and values are truncated, and can be read completely", async (t) => {
  const long = {
    person: "Maximiliane-Alexandra von Württemberg-Hohenlohe-Langenburg the Younger",
    item: `customer.service.of.the.northern.district+${"x".repeat(60)}@an-address-that-is-very-long.example.org`,
    value: `https://example.org/${"a-very-long-path/".repeat(8)}`,
  };
  const event = { ...tagCreated(`long-${Date.now()}`), doneBy: { type: "USER", id: "u-long", name: long.person }, to: { value: long.value } };
  await record("audit-logs", [{ ...event, item: { ...event.item, name: long.item } }]);
  for (const width of [1280, 360]) {
    const page = await openEvents(t, tokenOf(SETUP, { accountId: BUSY }), `/?log=audit-logs&itemId=${event.item.id}`, { viewport: { width, height: 800 } });
    const onSeveralLines = await page.locator("tbody .line").evaluateAll((lines) => lines.filter((line) => line.getClientRects().length > 1 || line.scrollHeight > 1.8 * parseFloat(getComputedStyle(line).lineHeight)).length);
    assert.equal(onSeveralLines, 0);
    const titles = await page.locator("tbody [title]").evaluateAll((parts) => parts.map((part) => part.getAttribute("title") ?? ""));
    for (const text of Object.values(long)) assert.ok(titles.some((title) => title.includes(text)), `${text} in ${titles.join(" | ")}`);
    await page.locator("tbody .event").click();
    const details = await page.getByRole("dialog").innerText();
    for (const text of Object.values(long)) assert.ok(details.includes(text), text);
  }
});

test("An address that is longer than its column ends with an ellipsis", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs&event=SENDER_ADDED_TO_QUEUE", { viewport: { width: 1000, height: 800 } });
  const cut = await page.locator("tbody td :not(.unseen)").evaluateAll((parts) =>
    parts.filter((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0 && getComputedStyle(part).display !== "inline").map((part) => getComputedStyle(part).textOverflow),
  );
  assert.ok(cut.length > 0, "some are longer");
  assert.deepEqual(new Set(cut), new Set(["ellipsis"]));
});

test("The audit table shows the ID of the item", async (t) => {
  const page = await openEvents(t, SETUP, "/?log=audit-logs");
  const shown = await rows(page);
  const { events } = await api("/audit-logs");
  for (const [index, { item }] of events.entries()) assert.ok(shown[index]["Item"].endsWith(item.id), shown[index]["Item"]);
});

test("Nothing moves while the page loads: the layout shift is 0", async (t) => {
  for (const log of LOGS) {
    const page = await openEvents(t, BOTH, `/?log=${log}`, { viewport: { width: 1280, height: 800 } });
    const shift = await page.evaluate(
      () =>
        new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += /** @type {any} */ (entry).value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(sum), 300);
        }),
    );
    t.diagnostic(`${log}: ${shift}`);
    assert.equal(shift, 0);
  }
});

test("The conversation link of the demo leads to the events of the conversation", async (t) => {
  const page = await openEvents(t, SUPERVISOR);
  const [{ conversation }] = (await api("/conversation-logs?limit=1")).events;
  await page.getByRole("link", { name: `Open conversation ${conversation.id}` }).first().click();
  await page.getByText(`Conversation: ${conversation.id}`).waitFor();
  await page.locator("tbody tr").first().waitFor();
  const { events } = await api(`/conversation-logs?conversationId=${conversation.id}`);
  assert.equal(await page.locator("tbody tr").count(), events.length);
});
