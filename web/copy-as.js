/** Copy as: code that requests the filtered events from the API. The code reads the token from `LOGBOOK_TOKEN`. */

/** @import { LogName, View } from "./types.d.ts" */
import { byId, element } from "./dom.js";
import { openMenu } from "./menu.js";
import { copy } from "./notices.js";

/** @typedef {{ url: string, log: LogName, filters: [string, string][], order: string, limit: number, cursor: string | null }} Request */

/**
 * Opens a menu of languages, and copies the code in the chosen one.
 * @param {HTMLElement} opener
 * @param {View & { log: LogName }} view
 */
export function offerCopyAs(opener, { log, filters, order, limit, cursor }) {
  const pairs = Object.entries(filters).flatMap(([name, values]) => values.map((value) => /** @type {[string, string]} */ ([name, value])));
  const request = { url: location.origin, log, filters: pairs, order, limit, cursor };
  const actions = Object.entries(LANGUAGES).map(([name, write]) => {
    const run = () => {
      const text = write(request);
      const shown = element("div", {}, "Copy this:", element("pre", { tabindex: "0" }, text));
      return void copy(text, `The ${name} code was copied. It reads the token from LOGBOOK_TOKEN.`, shown);
    };
    return /** @type {[string, () => void]} */ ([name, run]);
  });
  openMenu(byId("menu"), opener, "Copy the filtered events as", actions);
}

/** @type {{ [name: string]: (request: Request) => string }} */
const LANGUAGES = { curl, TypeScript: typescript, Python: python, "Export command": exportCommand };

/** The page that the table shows. @param {Request} request */
function curl(request) {
  const query = queryOf(request, { orderBy: request.order, limit: String(request.limit), includeTotal: "true", ...(request.cursor && { cursor: request.cursor }) });
  return `curl --fail-with-body -sS -H "Authorization: Bearer $LOGBOOK_TOKEN" ${quoted(`${request.url}/${request.log}?${query}`)}\n`;
}

/** All pages. @param {Request} request */
function typescript({ url, log, filters, order }) {
  const parameters = [...filters, ["orderBy", order], ["limit", "1000"]].map((pair) => `  ${JSON.stringify(pair)},\n`).join("");
  return `const url = new URL(${JSON.stringify(`${url}/${log}`)});
for (const [name, value] of [
${parameters}]) url.searchParams.append(name, value);
const headers = { Authorization: \`Bearer \${process.env["LOGBOOK_TOKEN"]}\` };
let cursor;
do {
  if (cursor) url.searchParams.set("cursor", cursor);
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(await answer.text());
  const { events, pagination } = await answer.json();
  for (const event of events) console.log(event.id, event.occurredAt, event.label);
  cursor = pagination.nextCursor;
} while (cursor);
`;
}

/** All pages. JSON strings are also Python strings. @param {Request} request */
function python({ url, log, filters, order }) {
  const parameters = [...filters, ["orderBy", order], ["limit", "1000"]].map(([name, value]) => `    (${JSON.stringify(name)}, ${JSON.stringify(value)}),\n`).join("");
  return `import json, os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

parameters = [
${parameters}]
cursor = None
while True:
    query = urlencode(parameters + ([("cursor", cursor)] if cursor else []))
    headers = {"Authorization": "Bearer " + os.environ["LOGBOOK_TOKEN"]}
    page = json.load(urlopen(Request(${JSON.stringify(`${url}/${log}?`)} + query, headers=headers)))
    for event in page["events"]:
        print(event["id"], event["occurredAt"], event["label"])
    cursor = page["pagination"]["nextCursor"]
    if not cursor:
        break
`;
}

/** All events that match, as NDJSON. @param {Request} request */
function exportCommand({ url, log, filters }) {
  const all = filters.map(([name, value]) => ` --filter ${quoted(`${name}=${value}`)}`).join("");
  return `logbook export ${log} --url ${quoted(url)}${all} --output ${log}.ndjson\n`;
}

/**
 * @param {Request} request
 * @param {{ [name: string]: string }} more
 */
function queryOf({ filters }, more) {
  return new URLSearchParams([...filters, ...Object.entries(more)]).toString();
}

/** A word for a POSIX shell. @param {string} text */
function quoted(text) {
  return /^[\w:/.=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
