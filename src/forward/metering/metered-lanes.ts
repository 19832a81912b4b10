/** What a metered uplink asks of the lanes of its intake: to wait, to send less, and to keep what was spent. */

import { GatewayError } from "../../model/errors.ts";
import type { Intake, Payload, Verdict } from "../../model/intake.ts";
import type { Cursor } from "../../model/log.ts";
import type { Series, SeriesId } from "../../model/series.ts";
import { type Millis, millis } from "../../model/time.ts";
import type { IntakeLine } from "../intake-line.ts";
import type { SampleRoutes } from "../series-at-intake.ts";
import { AlarmsAhead } from "./send-ahead.ts";
import type { UplinkMetering } from "./uplink-metering.ts";

/** What they are made of. */
export interface MeteredParts {
  readonly cursor: Cursor;
  readonly intake: Intake;
  readonly seriesOf: (id: SeriesId) => Series;
  readonly routes: SampleRoutes;
  /** Leaving it out means that all goes as it comes. */
  readonly metering?: UplinkMetering | undefined;
}

/** The lanes of one intake, metered or not. */
export class MeteredLanes {
  readonly #parts: MeteredParts;
  readonly #line: IntakeLine;
  readonly #alarms = new AlarmsAhead();

  constructor(parts: MeteredParts, line: IntakeLine) {
    this.#parts = parts;
    this.#line = line;
  }

  /** How long nothing goes; 0 while all may. */
  get closedFor(): Millis {
    return this.#parts.metering?.closedFor() ?? millis(0);
  }

  /** Whether alarms go meanwhile. */
  get isSendingAhead(): boolean {
    return this.#parts.intake.order === "any" && this.#parts.metering?.isSendingAhead === true;
  }

  /** Sends a payload; undefined where the budget does not carry it. Errors: `INTAKE_UNREACHABLE`. */
  async send(payload: Payload): Promise<Verdict | undefined> {
    const isCarried = this.#parts.metering?.takes(payload, this.#line.urlOf(payload)) !== false;
    return isCarried ? await this.#line.send(payload) : undefined;
  }

  /** Sends alarms that are new; gives whether there may be more at once. */
  async sendAhead(): Promise<boolean> {
    const { metering, ...parts } = this.#parts;
    if (metering === undefined) return false;
    try {
      return await this.#alarms.send({
        ...parts,
        classOf: metering.classOf,
        window: () => this.#line.window(),
        note: (slice) => metering.noteOffered(slice),
        send: (payload) => this.send(payload),
      });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return false;
    }
  }

  /** Keeps what the uplink has carried where no step of a lane does; the next step does where that fails. */
  async keepSpent(): Promise<void> {
    const { metering, cursor } = this.#parts;
    if (metering === undefined) return;
    try {
      const { from: to } = await cursor.read(1);
      const spent = metering.toSave();
      if (spent !== undefined) await cursor.commit({ to, counts: {}, moments: cursor.moments, setAside: [], spent });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }
}
