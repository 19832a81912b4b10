import { OUTCOME, showWords } from "../../decode/fields/frame-reader.ts";
import { GatewayError } from "../../model/errors.ts";
import type { BusTurn, Fault } from "../../model/input.ts";
import { FLAG } from "../../model/samples.ts";
import { faultsOf, isOfDevice, type MannerParts, type PollSight } from "./point-faults.ts";
import type { LineFrame } from "./serial-line.ts";

/** After so many requests in a row that nothing answered the rest of a poll is given up. */
const UNANSWERED_MAX = 2;

/** One request, and the points it is asked for. */
interface Question {
  readonly bytes: Uint8Array;
  readonly points: ReadonlySet<number>;
}

/** What came of the questions of one poll. */
interface Progress {
  readonly faults: Fault[];
  readonly complaints: Map<string, string>;
  absent: number;
  answered: number;
  unanswered: number;
}

/** A device that says what it is asked for. */
export class Asking {
  /** Answers that held nothing of what was asked for. */
  strangerCount = 0;
  readonly #parts: MannerParts;
  readonly #questions: readonly Question[];

  constructor(parts: MannerParts) {
    this.#parts = parts;
    const byRequest = Map.groupBy(parts.points.keys(), (index) => parts.points[index]?.request ?? "");
    this.#questions = [...byRequest].map(([request, points]) => ({
      bytes: Buffer.from(request, "latin1"),
      points: new Set(points),
    }));
  }

  /** Nothing comes by itself. */
  onEager(_listener: () => void): void {}

  leave(): void {}

  /** Asks everything once. Errors: `INPUT_UNREACHABLE`, `INPUT_LINK_CLOSED`, or the signal's reason. */
  async poll(signal: AbortSignal, turn: BusTurn): Promise<PollSight> {
    const progress: Progress = { faults: [], complaints: new Map(), absent: 0, answered: 0, unanswered: 0 };
    for (const [index, question] of this.#questions.entries()) {
      if (index > 0) await turn.giveWay();
      const { brokenCount } = this.#parts.line.splitter;
      try {
        this.#take(question, await this.#parts.line.ask(question.bytes, signal), progress);
      } catch (error) {
        if (!(error instanceof GatewayError) || signal.aborted) throw error;
        // A frame that came damaged is one all the same; bytes that are none may be of anybody.
        if (this.#parts.line.splitter.brokenCount > brokenCount) progress.answered += 1;
        const isOver = this.#fail(question, error, progress);
        if (!isOver) continue;
        this.#giveUp(this.#questions.slice(index + 1), error, progress);
        break;
      }
    }
    const faults = [...progress.faults, ...faultsOf(this.#parts.name, progress.complaints)];
    return { faults, absent: progress.absent, isReachable: progress.answered > 0 };
  }

  #take(question: Question, { frame, content }: LineFrame, progress: Progress): void {
    const { reader, points, mailbox, clock } = this.#parts;
    progress.unanswered = 0;
    const at = clock.now();
    if (!reader.read(frame, content, (index) => question.points.has(index))) this.strangerCount += 1;
    const isItsOwn = isOfDevice(this.#parts);
    if (isItsOwn) progress.answered += 1;
    const words = isItsOwn ? "" : `"${showWords(content)}"`;
    for (const index of question.points) {
      const outcome = reader.outcome[index];
      const isSettled = outcome === OUTCOME.value;
      if (isSettled || outcome === OUTCOME.unsettled) {
        mailbox.put(index, at, reader.value[index] ?? Number.NaN, isSettled ? 0 : FLAG.suspect);
      } else if (outcome === OUTCOME.absent) {
        progress.absent += 1;
      } else if (outcome === OUTCOME.missing || outcome === OUTCOME.bad) {
        const complaint = reader.complaint[index] ?? "";
        const where = complaint.includes(words) ? "" : ` in ${words}`;
        progress.complaints.set(points[index]?.name ?? "", `${complaint}${where}`);
      }
    }
  }

  /** Notes that a question failed; says whether the others need not be asked. */
  #fail({ points }: Question, { code, message }: GatewayError, progress: Progress): boolean {
    progress.faults.push({ code, message, points: this.#namesOf(points) });
    if (code === "INPUT_UNREACHABLE" || code === "INPUT_LINK_CLOSED") return true;
    progress.unanswered = code === "INPUT_TIMEOUT" ? progress.unanswered + 1 : 0;
    return progress.unanswered >= UNANSWERED_MAX;
  }

  #giveUp(left: readonly Question[], { code, message }: GatewayError, { faults }: Progress): void {
    const names = left.flatMap(({ points }) => this.#namesOf(points));
    const last = faults.pop();
    faults.push({ code, message, points: [...(last?.points ?? []), ...names] });
  }

  #namesOf(points: ReadonlySet<number>): readonly string[] {
    return [...points].map((index) => this.#parts.points[index]?.name ?? "");
  }
}
