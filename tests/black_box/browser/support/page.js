/** Reads the Logs page and operates it as a user does. */

/** @import { Page } from "playwright-core" */

/** The columns' titles, without the one of the menus. @param {Page} page */
export async function columns(page) {
  const titles = await page.getByRole("columnheader").allInnerTexts();
  return titles.map((title) => title.replace(/[↓↑]/, "").trim()).filter((title) => title !== "Actions");
}

/**
 * The events that are listed, each by the titles of its columns.
 * @param {Page} page
 * @returns {Promise<{ [title: string]: string }[]>}
 */
export function rows(page) {
  return page.locator("tbody tr").evaluateAll((rows) =>
    rows.map((row) => Object.fromEntries([...row.querySelectorAll("td[data-title]")].map((cell) => [cell.getAttribute("data-title"), /** @type {HTMLElement} */ (cell).innerText.trim()]))),
  );
}

/** The ids of the events that are listed. @param {Page} page @returns {Promise<(string | null)[]>} */
export function ids(page) {
  return page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-id")));
}

/** The chips. @param {Page} page */
export async function chips(page) {
  return page.locator("#chips .chip span").allInnerTexts();
}

/**
 * Opens a filter and chooses values by their labels, searching for each.
 * @param {Page} page
 * @param {string} title
 * @param {...string} labels
 */
export async function choose(page, title, ...labels) {
  await filter(page, title).click();
  for (const label of labels) {
    await page.getByRole("searchbox", { name: `Search ${title}` }).fill(label);
    await page.getByRole("dialog", { name: title }).getByRole("checkbox", { name: beginningWith(label) }).first().check();
  }
  await page.keyboard.press("Escape");
}

/**
 * Chooses a period of the Date filter by its first and its last day, each with a time or without.
 * @param {Page} page
 * @param {{ [side in "from" | "to"]?: [date: string, time: string] }} period
 */
export async function chooseDates(page, { from, to }) {
  await filter(page, "Date").click();
  const dialog = page.getByRole("dialog", { name: "Date" });
  await dialog.getByRole("radio", { name: "Custom" }).check();
  for (const [title, value] of /** @type {const} */ ([["From", from], ["To", to]])) {
    if (!value) continue;
    const group = dialog.getByRole("group", { name: title });
    await group.getByLabel("Date").fill(value[0]);
    if (value[1]) await group.getByLabel("Time (optional)").fill(value[1]);
  }
  await page.keyboard.press("Escape");
}

/** A choice is named by its label, and often by its id after that. @param {string} label */
function beginningWith(label) {
  return new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}( |$)`);
}

/** The button that opens a filter. @param {Page} page @param {string} title */
export function filter(page, title) {
  return page.getByRole("form", { name: "Filters" }).getByRole("button", { name: new RegExp(`^${title} `) });
}

/**
 * Presses Apply Filters and waits for the response.
 * @param {Page} page
 */
export async function apply(page) {
  await settled(page, () => page.getByRole("button", { name: "Apply Filters" }).click());
}

/**
 * Performs an action that makes the page request events, and waits until they are shown.
 * @param {Page} page
 * @param {() => Promise<unknown>} act
 */
export async function settled(page, act) {
  const answered = page.waitForResponse((answer) => /\/(conversation|audit)-logs\?/.test(answer.url()));
  await act();
  await answered;
  await page.locator("#count:not(:has-text('Loading'))").waitFor();
  await page.locator("table[aria-busy]").waitFor({ state: "detached" });
}

/**
 * The path and query of the API for the URL of the page.
 * @param {Page} page
 */
export function queryOf(page) {
  const query = new URL(page.url()).searchParams;
  const log = query.get("log") ?? "conversation-logs";
  query.delete("log");
  return `/${log}?${query}`;
}

/**
 * Chooses an item in the three-dot menu of a row.
 * @param {Page} page
 * @param {number} row
 * @param {string} item
 */
export async function chooseFromMenu(page, row, item) {
  await page.getByRole("button", { name: /^Actions for/ }).nth(row).click();
  await page.getByRole("menuitem", { name: item }).click();
}
