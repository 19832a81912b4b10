/** `tidegate status --watch`: how the gateway is, second by second, through its restarts. */

import { GatewayError } from "../model/errors.ts";
import type { Status } from "../model/status.ts";
import { type Clock, type EpochMillis, type MonotonicMillis, seconds, sleep } from "../model/time.ts";
import type { Terminal } from "./commands.ts";
import { formatLiveLine, type LiveView, layOutLive } from "./live-layout.ts";
import { paint } from "./paint.ts";
import { formatAge } from "./quantities.ts";
import { formatMoment } from "./status-layout.ts";

const REDRAW = seconds(1);
/** Where the output is no terminal, a line this often; one more when the gateway goes or comes. */
const LINE_EVERY = seconds(5);
/** How long it is said that a gateway was away. */
const RETURN_SHOWN = seconds(600);

/**
 * Asks each second until it is told to stop, and draws on the screen, or prints lines where there is none. A gateway
 * that goes away is waited for: whoever watches a restart wants to see it come back.
 *
 * Errors: those of the first answer, such as `GATEWAY_NOT_RUNNING`.
 */
export async function watch(ask: () => Promise<Status>, terminal: Terminal, clock: Clock): Promise<void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  terminal.onSignals({ stop });
  const gateway = new WatchedGateway(clock);
  gateway.answered(await ask());
  using screen = terminal.openScreen(stop);
  let lineDue = clock.monotonic();
  while (!stopping.signal.aborted) {
    const view = gateway.view();
    if (screen !== undefined) {
      screen.show((size) => layOutLive(view, size).map((line) => paint(line, terminal)));
    } else if (clock.monotonic() >= lineDue || gateway.hasChanged) {
      lineDue = (clock.monotonic() + LINE_EVERY) as MonotonicMillis;
      terminal.out(`${formatMoment(clock.now())} ${formatLiveLine(view)}\n`);
    }
    await sleep(clock, "the next look at the gateway", REDRAW, stopping.signal);
    if (stopping.signal.aborted) return;
    await gateway.ask(ask);
  }
}

/** What is known of a gateway that may go and come back. */
class WatchedGateway {
  readonly #clock: Clock;
  #status: Status | undefined;
  #title = "";
  #silence: { readonly since: MonotonicMillis; message: string } | undefined;
  #return: { readonly at: MonotonicMillis; readonly note: string } | undefined;
  #hasChanged = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it went or came at the last look. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  async ask(ask: () => Promise<Status>): Promise<void> {
    try {
      this.answered(await ask());
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#hasChanged = this.#silence === undefined;
      this.#silence ??= { since: this.#clock.monotonic(), message: "" };
      this.#silence.message = error.message;
    }
  }

  answered(status: Status): void {
    this.#hasChanged = this.#silence !== undefined;
    if (this.#silence !== undefined) {
      const gone = formatAge(this.#clock.monotonic() - this.#silence.since);
      const back = `until ${formatMoment(this.#clock.now() as EpochMillis)}`;
      const how = this.#status?.pid === status.pid ? "" : `; it was started anew, as process ${status.pid}`;
      this.#return = { at: this.#clock.monotonic(), note: `no gateway answered for ${gone} ${back}${how}` };
    }
    this.#silence = undefined;
    this.#status = status;
    this.#title = `Tidegate ${status.version} on ${status.hostname}`;
  }

  view(): LiveView {
    const now = this.#clock.monotonic();
    const title = this.#title;
    if (this.#silence !== undefined) {
      const { since, message } = this.#silence;
      const note = `${message} Silent for ${formatAge(now - since)}; watching on, until it is back.`;
      return { title, status: undefined, notes: [note], logLines: [] };
    }
    const status = this.#status;
    const notes = this.#return !== undefined && now - this.#return.at < RETURN_SHOWN ? [this.#return.note] : [];
    if (status === undefined) return { title, status, notes, logLines: [] };
    const up = `${title}, up ${formatAge(status.now - status.started_at)}`;
    return {
      title: up,
      status,
      notes: [...(status.running ? [] : ["it is starting or stopping"]), ...notes],
      logLines: [],
    };
  }
}
