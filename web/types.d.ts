/** The shapes of the contract that the page uses; for the type checker only, never served. */

export type LogName = "conversation-logs" | "audit-logs";
export type ActorType = "USER" | "SYSTEM" | "API_USER";
export type ItemType = "TAG" | "QUEUE" | "AGENT_CONFIGURATION" | "ACCOUNT_CONFIGURATION" | "ROUTE";
export type Order = "occurredAt:desc" | "occurredAt:asc";

export interface Actor {
  type: ActorType;
  id: string | null;
  name: string | null;
}

export interface LabelledValue {
  value: string;
  label: string | null;
}

/** An event of either log: one has `conversation`, the other `item` and `details`. */
export interface LogEvent {
  id: string;
  sequence: number;
  occurredAt: string;
  recordedAt: string;
  event: string;
  label: string;
  doneBy: Actor;
  from: LabelledValue | null;
  to: LabelledValue | null;
  operationId: string | null;
  conversation?: { id: string; url: string };
  item?: { type: ItemType; id: string; name: string | null };
  details?: object | null;
}

export interface EventPage {
  events: LogEvent[];
  pagination: {
    limit: number;
    nextCursor: string | null;
    previousCursor: string | null;
    total?: { count: number; relation: "EXACT" | "AT_LEAST" };
  };
}

export interface EventType {
  code: string;
  label: string;
  group: ItemType | null;
}

/** An actor or an item that a facet offers. */
export interface FacetValue {
  type: ActorType | ItemType;
  id: string | null;
  name: string | null;
  deleted?: boolean;
}

export interface FacetPage {
  values: FacetValue[];
  pagination: { limit: number; nextCursor: string | null };
}

/** The first values of one event type. */
export interface ValueGroup {
  event: string;
  label: string;
  values: LabelledValue[];
  hasMore: boolean;
}

export interface Problem {
  title: string;
  status: number;
  detail: string;
  requestId: string;
  violations?: { location: string; message: string }[];
}

/** The applied filters by the contract's names. Each has at least one value. */
export type Filters = { [name: string]: string[] };

/** The state in the page's URL. */
export interface View {
  log: LogName | null;
  filters: Filters;
  order: Order;
  limit: number;
  cursor: string | null;
  /** The event whose details are open. */
  show: string | null;
}

/** One choice of a picker. */
export interface Option {
  value: string;
  label: string;
  /** Distinguishes options with equal labels. */
  hint?: string;
  group?: string;
}

/** Loads the choices of a picker, a page at a time. `note` explains how to find those that are not listed. */
export type Source = (
  search: string,
  cursor: string | null,
  signal: AbortSignal,
) => Promise<{ options: Option[]; next: string | null; note?: string }>;

/** A field of the filter form: its element, how it reads the filters and writes them, and how it updates its labels when names are known. */
export interface Field {
  element: HTMLElement;
  read: (filters: Filters) => void;
  write: (filters: Filters) => void | Promise<void>;
  relabel?: () => void;
}

export interface Column {
  title: string;
  cell: (event: LogEvent) => Node | string;
}

/** A log as the page shows it. */
export interface Log {
  name: LogName;
  title: string;
  text: string;
  /** The role that reads it, in a token and in words. */
  role: string;
  roleTitle: string;
  beta: boolean;
  columns: Column[];
  /** The words of "View events related to this …", and the filters that it sets. */
  related: { noun: string; filters: (event: LogEvent) => Filters };
}
