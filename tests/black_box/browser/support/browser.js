/** A real browser for all tests. Errors of its pages fail the tests. */

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { chromium } from "playwright-core";

import { URL_OF_DEMO, tokenOf } from "./service.js";

/** @import { Browser, BrowserContextOptions, Page } from "playwright-core" */
/** @import { TestContext } from "node:test" */

/** Headless, without background tasks of the browser; without a sandbox as root (in a container). */
const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

/** The timeout of each action on the page, in milliseconds. It is long, because the machine can be busy. */
const TIMEOUT = 30_000;

/** @type {Browser} */
let browser;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: FLAGS });
});
after(() => browser?.close());

/** @typedef {Omit<BrowserContextOptions, "viewport"> & { viewport?: { width: number, height: number } }} Options */

/**
 * Opens the page with a token of these roles (without any: `null`), in the time zone of Zagreb. It must have no errors.
 * @param {TestContext} test
 * @param {string[] | string | null} rolesOrToken
 * @param {string} [path]
 * @param {Options} [options]
 * @returns {Promise<Page>}
 */
export async function open(test, rolesOrToken, path = "/", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: "Europe/Zagreb", locale: "en-GB", ...options });
  test.after(() => context.close());
  context.setDefaultTimeout(TIMEOUT);
  const page = await context.newPage();
  watch(test, page);
  if (rolesOrToken !== null) {
    const token = typeof rolesOrToken === "string" ? rolesOrToken : tokenOf(rolesOrToken);
    await page.addInitScript((token) => sessionStorage.getItem("logbook.token") ?? sessionStorage.setItem("logbook.token", token), token);
  }
  await page.goto(URL_OF_DEMO + path);
  return page;
}

/** Opens the page and waits for its events. @param {Parameters<typeof open>} parameters */
export async function openEvents(...parameters) {
  const page = await open(...parameters);
  await page.locator("tbody tr").first().waitFor();
  return page;
}

/**
 * Asserts that the page has no errors and does not violate its Content-Security-Policy. A refused request is not an error.
 * @param {TestContext} test
 * @param {Page} page
 */
function watch(test, page) {
  /** @type {string[]} */
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) errors.push(message.text());
  });
  test.after(() => assert.deepEqual(errors, [], "the page has errors"));
}
