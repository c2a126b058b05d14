/** Copy as: the copied code is run, and prints exactly the filtered events. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { openEvents } from "./support/browser.js";
import { BOTH, BUSY, SETUP, api, record, tagCreated, tokenOf } from "./support/service.js";

const FILTERED = "event=QUEUE_CREATED&event=QUEUE_RENAMED&doneByType=USER";

/** The directory of the program `logbook`. */
const PROGRAMS = process.env["PROGRAMS_OF_TESTS"] ?? fileURLToPath(new URL("../../../target/debug", import.meta.url));

/**
 * The code that the page copies.
 * @param {import("node:test").TestContext} t
 * @param {string} path
 * @param {string} language
 * @param {string[] | string} [roles]
 */
async function copied(t, path, language, roles = BOTH) {
  const page = await openEvents(t, roles, path);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: language, exact: true }).click();
  await page.getByText(`The ${language} code was copied.`).waitFor();
  const code = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(!code.includes("eyJ"), "the token is not part of it");
  return code;
}

/**
 * Runs a program with the code in a temporary directory, and returns its output.
 * @param {import("node:test").TestContext} t
 * @param {string[]} command
 * @param {string} [input]
 * @param {string} [token]
 */
async function run(t, [program, ...words], input, token = tokenOf(BOTH)) {
  const directory = await mkdtemp(join(tmpdir(), "copy-as-"));
  t.after(() => rm(directory, { recursive: true }));
  const env = { ...process.env, LOGBOOK_TOKEN: token, PATH: `${PROGRAMS}${delimiter}${process.env["PATH"]}`, PYTHONIOENCODING: "utf-8" };
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd: directory, input, env, encoding: "utf8" });
  assert.equal(error, undefined);
  assert.equal(status, 0, stderr);
  return { stdout, directory };
}

/** The first word of each line. @param {string} text */
function firstWords(text) {
  return text.trim().split("\n").map((line) => line.split(" ")[0]);
}

/** @param {string} query @returns {Promise<string[]>} */
async function expected(query) {
  return (await api(`/audit-logs?${query}&limit=1000`)).events.map((/** @type {any} */ event) => event.id);
}

test("Copy as curl: the page that is shown", async (t) => {
  const code = await copied(t, `/?log=audit-logs&${FILTERED}&orderBy=occurredAt:asc&limit=20`, "curl");
  const { stdout } = await run(t, ["bash", "-c", code]);
  assert.deepEqual(JSON.parse(stdout).events.map((/** @type {any} */ event) => event.id), (await expected(`${FILTERED}&orderBy=occurredAt:asc`)).slice(0, 20));
});

test("Copy as curl: also a later page", async (t) => {
  const query = "doneByType=USER&orderBy=occurredAt:asc&limit=20";
  const { pagination } = await api(`/audit-logs?${query}`);
  const code = await copied(t, `/?log=audit-logs&${query}&cursor=${pagination.nextCursor}`, "curl");
  const { stdout } = await run(t, ["bash", "-c", code]);
  assert.deepEqual(JSON.parse(stdout).events.map((/** @type {any} */ event) => event.id), (await expected("doneByType=USER&orderBy=occurredAt:asc")).slice(20, 40));
});

test("Copy as TypeScript: the filtered events; the compiler accepts it", async (t) => {
  const code = await copied(t, `/?log=audit-logs&${FILTERED}`, "TypeScript");
  const { stdout } = await run(t, ["node", "--input-type=module"], code);
  assert.deepEqual(firstWords(stdout), await expected(FILTERED));
  const directory = await mkdtemp(join(tmpdir(), "copy-as-"));
  t.after(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, "logs.mts"), code);
  const here = fileURLToPath(new URL(".", import.meta.url));
  const options = ["--strict", "--noEmit", "--target", "es2023", "--module", "nodenext", "--types", "node", "--typeRoots", join(here, "node_modules/@types")];
  await run(t, [join(here, "node_modules/.bin/tsc"), ...options, join(directory, "logs.mts")]);
});

test("Copy as Python: the filtered events", async (t) => {
  const code = await copied(t, `/?log=audit-logs&${FILTERED}`, "Python");
  const { stdout } = await run(t, ["python3", "-"], code);
  assert.deepEqual(firstWords(stdout), await expected(FILTERED));
});

test("Copy as an export command: the filtered events, as a file", async (t) => {
  const code = await copied(t, `/?log=audit-logs&${FILTERED}`, "Export command");
  const { directory } = await run(t, ["bash", "-c", code]);
  const lines = (await readFile(join(directory, "audit-logs.ndjson"), "utf8")).trim().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).id).sort(), (await expected(FILTERED)).sort());
});

test("Copy as: the text of a filter is never executed", async (t) => {
  const value = `it's "$(touch broken)" \`touch broken\` \\ 🎉 ü & é %27`;
  const event = { ...tagCreated(`quoted-${Date.now()}`), to: { value } };
  await record("audit-logs", [event]);
  const token = tokenOf(SETUP, { accountId: BUSY });
  const path = `/?log=audit-logs&${new URLSearchParams({ itemId: event.item.id, toValue: value })}`;
  for (const [language, ...command] of [["curl", "bash"], ["TypeScript", "node", "--input-type=module"], ["Python", "python3", "-"], ["Export command", "bash"]]) {
    const code = await copied(t, path, language, token);
    const { stdout, directory } = await run(t, command, code, token);
    const output = language === "Export command" ? await readFile(join(directory, "audit-logs.ndjson"), "utf8") : stdout;
    assert.match(output, /Tag created/, language);
    await assert.rejects(readFile(join(directory, "broken")), language);
  }
});
