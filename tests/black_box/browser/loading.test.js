/** What the page requests until it shows its rows. On a slow network each request and each round trip delays them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./support/browser.js";
import { BOTH, URL_OF_DEMO } from "./support/service.js";

/** @import { CDPSession, Page } from "playwright-core" */

/**
 * Loads the page; returns the requests that reached the network until it was idle, and the bytes that were received.
 * @param {Page} page
 * @param {CDPSession} cdp
 * @param {string} log
 */
async function load(page, cdp, log) {
  /** Paths and bytes by request. A response from the cache of the browser is no request. @type {Map<string, { path: string, bytes: number }>} */
  const requests = new Map();
  /** @type {[any, (event: any) => void][]} */
  const listeners = [
    ["Network.requestWillBeSent", ({ requestId, request }) => void requests.set(requestId, { path: new URL(request.url).pathname, bytes: 0 })],
    ["Network.requestServedFromCache", ({ requestId }) => void requests.delete(requestId)],
    ["Network.responseReceived", ({ requestId, response }) => void (response.fromDiskCache && requests.delete(requestId))],
    ["Network.loadingFinished", ({ requestId, encodedDataLength }) => Object.assign(requests.get(requestId) ?? {}, { bytes: encodedDataLength })],
  ];
  for (const [event, listener] of listeners) cdp.on(event, listener);
  await page.goto(`${URL_OF_DEMO}/?log=${log}`);
  await page.locator("tbody tr").first().waitFor();
  await page.waitForLoadState("networkidle");
  for (const [event, listener] of listeners) cdp.off(event, listener);
  const found = [...requests.values()];
  return { paths: found.map(({ path }) => path.replace(/-[\w-]{16}\./, ".")).sort(), bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
}

for (const log of ["conversation-logs", "audit-logs"]) {
  test(`An uncached load is five requests and at most 60 KB, a cached one is two requests: ${log}`, async (t) => {
    // A new context has an empty cache.
    const page = await open(t, BOTH, "/health/live");
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Network.enable");
    const uncached = await load(page, cdp, log);
    assert.deepEqual(uncached.paths, ["/", "/assets/icon.svg", "/assets/page.css", "/assets/page.js", `/${log}`]);
    assert.ok(uncached.bytes > 10_000 && uncached.bytes <= 60_000, `${uncached.bytes} bytes`);
    await page.goto(`${URL_OF_DEMO}/health/live`);
    const cached = await load(page, cdp, log);
    assert.deepEqual(cached.paths, ["/", `/${log}`]);
  });

  test(`Rows wait for the script, the style and one list only: ${log}`, async (t) => {
    const page = await open(t, BOTH, "/health/live");
    await page.route(
      (url) => !["/", `/${log}`].includes(url.pathname) && !/\.(js|css)$/.test(url.pathname),
      () => {}, // Never answered.
    );
    await page.goto(`${URL_OF_DEMO}/?log=${log}`, { waitUntil: "commit" });
    await page.locator("tbody tr").first().waitFor();
  });
}
