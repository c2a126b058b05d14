/** The Logs page: the session, the tabs, and navigation. */

/** @import { LogName, View } from "./types.d.ts" */
import * as address from "./address.js";
import { Api, ApiError } from "./api.js";
import { button, byId, moveFocus } from "./dom.js";
import { LogPage } from "./log-page.js";
import { LOGS, logOf } from "./logs.js";
import { noticeOf, showNotice } from "./notices.js";
import { askOtherTabs, claims, followOtherTabs, forgetToken, keepToken, logsOf, signOut, token } from "./session.js";
import { prepareSignIn } from "./sign-in.js";

/** The API with the current token, and the logs that it allows. @type {{ api: Api, logs: LogName[] } | null} */
let session = null;

const showSignIn = prepareSignIn(async (token) => {
  keepToken(token);
  session = null;
  await render();
  if (!byId("logs").hidden) byId("table").focus();
});
const logPage = new LogPage({ go, onRefused: signInAgain });

/**
 * Navigates to another view. A change of the list starts at its first page.
 * @param {Partial<View>} change
 * @param {{ replace?: boolean, state?: object }} [how]
 */
function go(change, { replace = false, state } = {}) {
  const target = address.of({ ...address.read(), cursor: null, ...change });
  // The same view does not add an entry to the history.
  if (replace || target === location.pathname + location.search) history.replaceState(state ?? null, "", target);
  else history.pushState(state ?? null, "", target);
  return render();
}

async function render() {
  const held = token();
  byId("sign-out").hidden = held === null;
  byId("account").textContent = "";
  if (held === null) {
    session = null;
    logPage.leave();
    showOnly("sign-in");
    return showSignIn();
  }
  const { sub, name, accountId } = claims(held) ?? {};
  byId("account").textContent = [name ?? sub, accountId].filter(Boolean).join(" · ");
  if (session?.api.token !== held) {
    const api = new Api(held);
    try {
      session = { api, logs: logsOf(held) ?? (await askForLogs(api)) };
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return signInAgain(error);
      showOnly("logs");
      return showNotice(noticeOf(error, button("Try again", () => render())));
    }
  }
  if (session.logs.length === 0) {
    byId("no-access-who").textContent = `your user${sub ? ` ${sub}` : ""} and the account${accountId ? ` ${accountId}` : ""}`;
    showOnly("no-access");
    return byId("no-access-title").focus();
  }
  const view = address.read();
  const log = view.log ?? session.logs[0];
  showTabs(session.logs, log);
  showOnly("logs");
  document.title = `${logOf(log).title} – Logbook`;
  return logPage.show(session.api, { ...view, log }, session.logs);
}

/** Shows one of the three parts of the page. @param {"sign-in" | "no-access" | "logs"} part */
function showOnly(part) {
  for (const id of ["sign-in", "no-access", "logs"]) byId(id).hidden = id !== part;
}

/** For roles with unknown names: requests what they allow. @param {Api} api */
async function askForLogs(api) {
  const answers = LOGS.map(async ({ name }) => {
    try {
      await api.eventTypes(name);
      return [name];
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) return [];
      throw error;
    }
  });
  return (await Promise.all(answers)).flat();
}

/** The token has expired or is invalid. The URL is unchanged, so that the view is restored after sign-in. @param {ApiError} error */
function signInAgain(error) {
  forgetToken();
  session = null;
  logPage.leave();
  showOnly("sign-in");
  byId("sign-out").hidden = true;
  byId("account").textContent = "";
  const expired = error.message.includes("expired");
  const what = expired ? "Your token has expired." : `${error.message}.`;
  showSignIn(`${what} Sign in with a new one to continue where you were. (Request ${error.requestId})`);
}

/**
 * @param {LogName[]} logs
 * @param {LogName} open
 */
function showTabs(logs, open) {
  const list = byId("tabs");
  const hadFocus = list.contains(document.activeElement);
  const tabs = LOGS.filter(({ name }) => logs.includes(name)).map(({ name, title }, index) => {
    const selected = name === open;
    const reachable = selected || (index === 0 && !logs.includes(open));
    const attributes = { role: "tab", id: `tab-${name}`, "aria-selected": String(selected), "aria-controls": "panel", tabindex: reachable ? 0 : -1 };
    return button(title, () => go({ log: name, filters: {}, show: null }), attributes);
  });
  list.replaceChildren(...tabs);
  list.onkeydown = (event) => moveFocus(event, tabs, { back: "ArrowLeft", on: "ArrowRight" })?.click();
  byId("panel").setAttribute("aria-labelledby", `tab-${logs.includes(open) ? open : logs[0]}`);
  if (hadFocus) tabs.find((tab) => tab.tabIndex === 0)?.focus();
}

for (const id of ["sign-out", "other-token"]) {
  byId(id).addEventListener("click", () => {
    signOut();
    history.pushState(null, "", location.pathname);
    void render();
    byId("sign-in-title").focus();
  });
}
addEventListener("popstate", () => void render());
followOtherTabs(() => void render());
if (token() !== null) void render();
// Another tab of the browser may have the token. The page is rendered when it arrives.
else void askOtherTabs().then((held) => (held === null ? render() : undefined));
