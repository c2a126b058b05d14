/** Live: new events, as they are stored. */

/** @import { Filters, LogEvent, LogName } from "./types.d.ts" */
/** @import { Api } from "./api.js" */
import { ApiError } from "./api.js";

/** Events that arrive within this time are shown together; in milliseconds. */
const GATHER = 250;

/** The waits before reconnecting, in milliseconds. The last one repeats. */
const WAITS = [500, 1000, 2000, 5000, 10_000];

export class Live {
  /** @param {{ onEvents: (events: LogEvent[]) => void, onState: (connected: boolean) => void, onError: (error: unknown) => void }} settings */
  constructor({ onEvents, onState, onError }) {
    this.onEvents = onEvents;
    this.onState = onState;
    this.onError = onError;
    /** @type {AbortController | null} */
    this.call = null;
  }

  get isOn() {
    return this.call !== null;
  }

  stop() {
    this.call?.abort();
    this.call = null;
  }

  /**
   * Follows a log after a sequence until it is stopped or refused. Reconnects if the connection is lost.
   * @param {Api} api
   * @param {LogName} log
   * @param {Filters} filters
   * @param {number} after
   */
  async start(api, log, filters, after) {
    this.stop();
    const { signal } = (this.call = new AbortController());
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        this.onState(true);
        for await (const { id, data } of api.stream(log, filters, after, signal)) {
          if (id !== "") after = Number(id);
          this.gather(JSON.parse(data), signal);
          failures = 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        // A refusal is final; lost connections and a busy service are retried.
        if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
          this.stop();
          return this.onError(error);
        }
      }
      if (signal.aborted) return;
      this.onState(false);
      await new Promise((resolve) => setTimeout(resolve, WAITS[Math.min(failures, WAITS.length - 1)]));
    }
  }

  /**
   * @param {LogEvent} event
   * @param {AbortSignal} signal
   */
  gather(event, signal) {
    if (this.gathered) return void this.gathered.push(event);
    const gathered = (this.gathered = [event]);
    setTimeout(() => {
      this.gathered = undefined;
      if (!signal.aborted) this.onEvents(gathered);
    }, GATHER);
  }
}
