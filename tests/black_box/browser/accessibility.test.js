/** axe in every state, in light and dark mode, on a narrow screen; and the page loads only its own files. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";

import { open, openEvents } from "./support/browser.js";
import { settled } from "./support/page.js";
import { AGENT, BOTH, SETUP, SUPERVISOR, URL_OF_DEMO, tokenOf } from "./support/service.js";

/** @import { Page } from "playwright-core" */
/** @import { TestContext } from "node:test" */

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The rules whose result the dark mode can change: it changes nothing but colours. */
const RULES_OF_COLOURS = ["color-contrast", "link-in-text-block"];
const FILTERED = "/?log=audit-logs&itemType=QUEUE&event=QUEUE_RENAMED&doneByType=USER";

/** Each state of the page, and how to get there. Twenty rows, because axe takes longer for each. @type {{ [name: string]: (t: TestContext, options: object) => Promise<Page> }} */
const STATES = {
  "signing in": async (t, options) => {
    const page = await open(t, null, "/", options);
    await page.locator("#demo-roles button").first().waitFor();
    return page;
  },
  "no access": async (t, options) => {
    const page = await open(t, AGENT, "/", options);
    await page.locator("#no-access").waitFor();
    return page;
  },
  "conversation logs": (t, options) => openEvents(t, BOTH, "/?limit=20", options),
  "audit logs, filtered": (t, options) => openEvents(t, BOTH, FILTERED, options),
  "a filter's list, in groups": async (t, options) => {
    const page = await openEvents(t, SUPERVISOR, "/?limit=20", options);
    await openFilters(page);
    await page.getByRole("form", { name: "Filters" }).getByRole("button", { name: /^To / }).click();
    await page.getByRole("checkbox").first().waitFor();
    return page;
  },
  "the dates": async (t, options) => {
    const page = await openEvents(t, SETUP, "/?limit=20", options);
    await openFilters(page);
    await page.locator("#dates").click();
    await page.getByRole("radio", { name: "Custom" }).check();
    await page.locator("#date-from").fill("2026-10-25");
    return page;
  },
  "Copy as": async (t, options) => {
    const page = await openEvents(t, SUPERVISOR, "/?limit=20", options);
    await page.getByRole("button", { name: "Copy as" }).click();
    await page.getByRole("menuitem").first().waitFor();
    return page;
  },
  live: async (t, options) => {
    const page = await openEvents(t, SUPERVISOR, "/?limit=20", options);
    await settled(page, () => page.getByRole("button", { name: "Live", exact: true }).click());
    await page.getByText("New events appear at the top.").waitFor();
    return page;
  },
  "a search without a hit": async (t, options) => {
    const page = await open(t, SETUP, "/?log=audit-logs&itemId=billing", options);
    await page.locator(".offer").first().waitFor();
    return page;
  },
  "a log for another role": async (t, options) => {
    const page = await open(t, SETUP, "/?log=conversation-logs", options);
    await page.getByRole("button", { name: "Open Audit logs" }).waitFor();
    return page;
  },
  "an expired token": async (t, options) => {
    const page = await open(t, tokenOf(SETUP, { seconds: -3600 }), "/", options);
    await page.getByText("Your token has expired.").waitFor();
    await page.locator("#demo-roles button").first().waitFor();
    return page;
  },
  "a message at the edge": async (t, options) => {
    const page = await openEvents(t, SUPERVISOR, "/?limit=20", options);
    // Without a clipboard, the page shows the code.
    await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.getByRole("button", { name: "Copy as" }).click();
    await page.getByRole("menuitem", { name: "curl" }).click();
    await page.locator("#toast pre").waitFor();
    return page;
  },
  "a filter's list": async (t, options) => {
    const page = await openEvents(t, SETUP, "/?limit=20", options);
    await openFilters(page);
    await page.getByRole("button", { name: /^Event / }).click();
    await page.getByRole("checkbox").first().waitFor();
    return page;
  },
  "a row's menu": async (t, options) => {
    const page = await openEvents(t, SUPERVISOR, "/?limit=20", options);
    await page.getByRole("button", { name: /^Actions for/ }).first().click();
    await page.getByRole("menuitem").first().waitFor();
    return page;
  },
  details: async (t, options) => {
    const page = await openEvents(t, SETUP, "/?log=audit-logs&event=QUEUE_WORKING_HOURS_CHANGED&limit=20", options);
    await page.getByRole("button", { name: /^Actions for/ }).first().click();
    await page.getByRole("menuitem", { name: "View details" }).click();
    await page.getByRole("dialog").locator("dl").waitFor();
    return page;
  },
  empty: async (t, options) => {
    const page = await open(t, SETUP, "/?log=audit-logs&itemId=there-is-none", options);
    await page.getByText("No events match").waitFor();
    return page;
  },
  error: async (t, options) => {
    const page = await open(t, SETUP, "/?log=audit-logs&event=QUEUE_RENAMD", options);
    await page.getByRole("alert").locator("h2").waitFor();
    return page;
  },
};

/** @param {Page} page */
async function openFilters(page) {
  const filters = page.locator("#filters");
  if (!(await filters.evaluate((element) => /** @type {HTMLDetailsElement} */ (element).open))) await filters.locator("summary").click();
}

for (const [name, reach] of Object.entries(STATES)) {
  for (const width of [1280, 360]) {
    test(`axe finds no violation in light and dark mode, and the page fits into ${width} px: ${name}`, async (t) => {
      const page = await reach(t, { colorScheme: "light", viewport: { width, height: 740 } });
      // The browser's tools insert axe. The policy of the page, which would forbid it, does not apply to them.
      await page.evaluate(AXE);
      assert.deepEqual(await violations(page), [], "light");
      await page.emulateMedia({ colorScheme: "dark" });
      assert.deepEqual(await violations(page, { runOnly: RULES_OF_COLOURS }), [], "dark");

      const widths = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth }));
      assert.equal(widths.content, widths.window, "nothing is to be scrolled sideways");
      const outside = await page.evaluate(() =>
        [...document.querySelectorAll("button, a, input, select, td, h1, h2")]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".skip, .unseen"))
          .filter((element) => !element.closest("thead"))
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1)
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(outside, []);
    });
  }
}

/** @param {Page} page @param {{ runOnly?: string[] }} [options] @returns {Promise<string[]>} */
function violations(page, options = {}) {
  return page.evaluate(async (options) => {
    const { violations } = await /** @type {any} */ (globalThis).axe.run(options);
    return violations.map((/** @type {any} */ violation) => `${violation.id}: ${violation.nodes.map((/** @type {any} */ node) => node.html).join(" ")}`);
  }, options);
}

test("The page loads only its own files: its policy is strict, and no tag or script is inline", async (t) => {
  const page = await openEvents(t, BOTH);
  /** @type {string[]} */
  const elsewhere = [];
  page.on("request", (request) => new URL(request.url()).origin === URL_OF_DEMO || elsewhere.push(request.url()));
  const answer = await page.reload();
  await page.locator("tbody tr").first().waitFor();
  const policy = answer?.headers()["content-security-policy"] ?? "";
  assert.equal(
    policy,
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  assert.deepEqual(elsewhere, []);
  assert.equal(await page.locator("[style], [onclick], style, script:not([src])").evaluateAll((found) => found.filter((element) => !element.matches("[popover]")).length), 0);
});

test("The page's modules are typed: tsc --checkJs --strict finds nothing", async () => {
  const { spawnSync } = await import("node:child_process");
  const tsc = new URL("node_modules/.bin/tsc", import.meta.url);
  const { status, stdout } = spawnSync(tsc.pathname, ["--project", new URL("tsconfig.json", import.meta.url).pathname], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
