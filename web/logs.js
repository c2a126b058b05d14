/** The two tabs: their columns, and the roles that may view them. */

/** @import { Log, LogName } from "./types.d.ts" */
import * as cells from "./cells.js";

/** @type {Log[]} */
export const LOGS = [
  {
    name: "conversation-logs",
    title: "Conversation logs",
    text: "Who made changes to specific conversations, and when those changes occurred.",
    role: "CONVERSATIONS_SUPERVISOR",
    roleTitle: "Supervisor for Conversations",
    beta: false,
    columns: [
      { title: "Done by", cell: cells.doneBy },
      { title: "Event", cell: cells.event },
      { title: "From", cell: cells.from },
      { title: "To", cell: cells.to },
      { title: "Date", cell: cells.date },
      { title: "Conversation link", cell: cells.conversation },
    ],
    related: { noun: "conversation", filters: ({ conversation }) => ({ conversationId: [conversation?.id ?? ""] }) },
  },
  {
    name: "audit-logs",
    title: "Audit logs",
    text: "Changes made to objects within Conversations settings.",
    role: "CONVERSATIONS_SETUP",
    roleTitle: "Conversations setup",
    beta: true,
    columns: [
      { title: "Done by", cell: cells.doneBy },
      { title: "Event", cell: cells.event },
      { title: "Item", cell: cells.item },
      { title: "From", cell: cells.from },
      { title: "To", cell: cells.to },
      { title: "Date", cell: cells.date },
    ],
    related: { noun: "item", filters: ({ item }) => ({ itemType: [item?.type ?? ""], itemId: [item?.id ?? ""] }) },
  },
];

/** @param {LogName} name */
export function logOf(name) {
  return name === "audit-logs" ? LOGS[1] : LOGS[0];
}
