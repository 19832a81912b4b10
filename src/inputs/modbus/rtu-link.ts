import type { ReadRequest } from "../../decode/modbus-pdu.ts";
import { answerFrameBytes } from "../../decode/rtu-frame.ts";
import type { LineSettings } from "../../model/line-settings.ts";
import { type Clock, type Millis, millis } from "../../model/time.ts";
import { LineCounts, type UnitCounts } from "./line-counts.ts";
import { type LineCoding, LineTiming } from "./line-timing.ts";
import { OwedAnswers } from "./owed-answers.ts";
import { ReconnectingLink } from "./reconnecting-link.ts";
import { type OpenLine, RtuConnection, type RtuLine } from "./rtu-connection.ts";

/** Unit, function code, two words and checksum. Source: MODBUS over Serial Line V1.02, 2.5.1. */
const REQUEST_FRAME_BYTES = 8;

/** What a line is. */
export interface RtuLineParts {
  /** Says in messages which line it is. */
  readonly name: string;
  readonly settings: LineSettings;
  readonly openLine: OpenLine;
  /** How the frames that `openLine` takes and gives are carried. Leaving it out means as they are. */
  readonly coding?: LineCoding;
  /** Leaving it out means that timeouts never close the connection, as on a port of this machine. */
  readonly timeoutsInARowMax?: number;
  /** Whole sentences: what to look at when the other side closes. Leaving it out means nothing. */
  readonly closingAdvice?: string;
  /** Leaving it out means the line's own. */
  readonly owed?: OwedAnswers;
}

/** Modbus RTU over one line, for all units on it. */
export class RtuLink extends ReconnectingLink {
  readonly canGiveUpEarly = true;
  readonly #line: RtuLine;

  constructor(
    { name, settings, openLine, coding, timeoutsInARowMax, closingAdvice, owed }: RtuLineParts,
    clock: Clock,
  ) {
    super(name, clock);
    this.#line = {
      name,
      clock,
      openLine,
      timing: new LineTiming(settings, coding),
      owed: owed ?? new OwedAnswers(clock),
      counts: new LineCounts(),
      timeoutsInARowMax: timeoutsInARowMax ?? Number.POSITIVE_INFINITY,
      closingAdvice: closingAdvice ?? "",
    };
  }

  /** What went over the line of one unit, since the link was made. */
  countsOf(unit: number): Readonly<UnitCounts> {
    return this.#line.counts.of(unit);
  }

  /** With the silence before it. */
  wireTime(read: ReadRequest): Millis {
    const { timing } = this.#line;
    return millis(timing.silence + timing.wireTime(REQUEST_FRAME_BYTES + answerFrameBytes(read), 2));
  }

  lateCountOf(unit: number): number {
    return this.#line.counts.of(unit).late;
  }

  protected connect(timeout: Millis): Promise<RtuConnection> {
    return RtuConnection.open(this.#line, timeout);
  }
}
