/**
 * Sends once more what an intake had refused, when a person asks for it: in batches of their own beside the lanes,
 * halved as the others are. What is taken leaves the samples set aside, and the books of the cursor follow; what is
 * refused stays, with the new answer. Each step is one look into the log or one request, so that live samples never
 * wait for more than that.
 */

import type { PointBatch } from "../model/intake.ts";
import type { Cursor, Sequence, SetAsideStep } from "../model/log.ts";
import type { RetryReport, UnsentReason } from "../model/retry-report.ts";
import type { Series } from "../model/series.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type AskParts, askIntake, toKeptAnswer, toShownAnswer } from "./ask-intake.ts";
import type { AgeWindow } from "./batch.ts";
import {
  type Candidate,
  type Checked,
  checkNeighbours,
  chooseCandidates,
  type LogView,
  takeNeighbours,
  whyUnsent,
} from "./choose-set-aside.ts";
import { nameAtIntake, type SampleRoutes, seriesInLog } from "./series-at-intake.ts";

/** Samples refused one by one, with none taken between, after which the rest is not asked about: requests cost. */
const REFUSALS_MAX = 50;

/** What stands for a series whose definition is lost: only who means all of them means it. */
const NAMELESS: Series = { metric: "", tags: [], kind: "gauge", unit: "" };

/** What a retry is made of. */
export interface RetryParts extends AskParts {
  readonly cursor: Cursor;
  readonly log: LogView;
  readonly routes: SampleRoutes;
  readonly logger: Logger;
  /** What the intake takes, told anew for each request. */
  readonly window: () => AgeWindow;
}

/** The retries of one intake, one round after the other. */
export class SetAsideRetry {
  readonly #parts: RetryParts;
  #matches: ((series: Series) => boolean) | undefined;
  #report: RetryReport | undefined;
  #setAside: ReadonlySet<Sequence> = new Set();
  readonly #unchecked: Candidate[] = [];
  readonly #ready: Checked[] = [];
  /** What is to be asked next lies at the end. */
  readonly #batches: (readonly Checked[])[] = [];
  #refusals = 0;

  constructor(parts: RetryParts) {
    this.#parts = parts;
  }

  get isRunning(): boolean {
    return this.#report?.isRunning === true;
  }

  /** How the latest round goes or went; undefined before the first. */
  get report(): RetryReport | undefined {
    return this.#report;
  }

  /** Begins a round about what is set aside of the series that match. A round that runs goes on instead. */
  begin(matches: (series: Series) => boolean): void {
    if (this.isRunning) return;
    this.#matches = matches;
    this.#refusals = 0;
    const unsent = { tooOld: 0, tooFarAhead: 0, inOrderOnly: 0, untold: 0, nameless: 0 };
    const none = { chosen: 0, delivered: 0, collapsed: 0, refused: 0, unsent, reason: "" };
    this.#report = { intake: this.#parts.intake.name, isRunning: true, ...none };
  }

  /** Ends the round; what was not sent stays set aside. */
  end(reason: string): void {
    if (this.#report === undefined || !this.isRunning) return;
    for (const list of [this.#unchecked, this.#ready, this.#batches]) list.length = 0;
    this.#report = { ...this.#report, isRunning: false, reason };
    const { intake, chosen, delivered, collapsed, refused } = this.#report;
    if (chosen === 0 && reason === "") return;
    const gaveWay = collapsed === 0 ? "" : `, ${collapsed} gave way to later ones`;
    const why = reason === "" ? "" : ` It ended early: ${reason}.`;
    const found = `Intake ${intake} was sent what is set aside once more: of ${chosen} samples it took ${delivered}`;
    this.#parts.logger.info(`${found} and refused ${refused} again${gaveWay}.${why}`);
  }

  /** Does the next thing of a round; `countMax` bounds a batch. Errors: `INTAKE_UNREACHABLE`, `STORE_FAILED`. */
  async step(countMax: number): Promise<void> {
    const batch = this.#batches.pop();
    if (batch !== undefined) await this.#send(batch);
    else if (this.#matches !== undefined) await this.#choose(this.#matches);
    else if (this.#unchecked.length > 0 && this.#ready.length < countMax) await this.#check();
    else if (this.#ready.length > 0) this.#batches.push(this.#ready.splice(0, countMax));
    else this.end("");
  }

  async #choose(matches: (series: Series) => boolean): Promise<void> {
    const { cursor, intake, log, window } = this.#parts;
    this.#matches = undefined;
    const samples = await cursor.readSetAside();
    this.#setAside = new Set(samples.map(({ sequence }) => sequence));
    const known = new Map(log.series());
    const nameOf = nameAtIntake((id) => known.get(id));
    const named = samples.filter(({ series }) => matches(nameOf(series) ?? NAMELESS));
    const meant = named.filter(({ series }) => known.has(seriesInLog(series)));
    const { chosen, unsent } = chooseCandidates(meant, window(), intake, cursor);
    this.#note({ chosen: named.length });
    this.#noteUnsent([...unsent, ["nameless", named.length - meant.length]]);
    this.#unchecked.push(...chosen);
  }

  async #check(): Promise<void> {
    const { cursor, intake, log, routes } = this.#parts;
    const neighbours = takeNeighbours(this.#unchecked);
    const isSetAside = (sequence: Sequence): boolean => this.#setAside.has(sequence);
    const found = await checkNeighbours(neighbours, intake.resolution, cursor, isSetAside, log, routes);
    this.#noteUnsent(found.unsent);
    if (found.collapsed.length > 0) await this.#settle({ delivered: [], collapsed: found.collapsed, refused: [] });
    this.#ready.push(...found.chosen);
  }

  async #send(batch: readonly Checked[]): Promise<void> {
    const { window } = this.#parts;
    const limits = window();
    const candidates = batch.filter(({ sample }) => whyUnsent(sample.at, limits) === undefined);
    for (const { sample, before } of batch) {
      const reason = whyUnsent(sample.at, limits);
      if (reason !== undefined) this.#noteUnsent([[reason, 1 + before.length]]);
    }
    if (candidates.length === 0) return;
    const verdict = await askIntake(toPoints(candidates), this.#parts);
    if (verdict.kind === "accepted") await this.#takeAccepted(candidates);
    else if (verdict.kind === "retry" || verdict.kind === "hold") this.end(verdict.reason);
    else if (candidates.length > 1) {
      const middle = Math.floor(candidates.length / 2);
      this.#batches.push(candidates.slice(middle), candidates.slice(0, middle));
    } else if (verdict.kind === "split") this.end(`${verdict.reason}, for a payload of one sample`);
    else await this.#takeRefused(candidates[0] as Checked, verdict.reason);
  }

  async #takeAccepted(candidates: readonly Checked[]): Promise<void> {
    this.#refusals = 0;
    const delivered: Sequence[] = [];
    const collapsed: Sequence[] = [];
    for (const { sample, before, isOverwriting } of candidates) {
      (isOverwriting ? collapsed : delivered).push(sample.sequence);
      collapsed.push(...before);
    }
    await this.#settle({ delivered, collapsed, refused: [] });
  }

  /** What was to give way to a sample that is refused again stays with it, and counts as it does. */
  async #takeRefused({ sample, before }: Checked, reason: string): Promise<void> {
    await this.#settle({ delivered: [], collapsed: [], refused: [{ ...sample, answer: toKeptAnswer(reason) }] });
    this.#note({ refused: (this.#report?.refused ?? 0) + before.length });
    this.#refusals += 1;
    if (this.#refusals < REFUSALS_MAX) return;
    this.end(`${REFUSALS_MAX} were refused one by one, the last with "${toShownAnswer(reason)}"`);
  }

  async #settle(step: SetAsideStep): Promise<void> {
    await this.#parts.cursor.settleSetAside(step);
    const { delivered = 0, collapsed = 0, refused = 0 } = this.#report ?? {};
    this.#note({
      delivered: delivered + step.delivered.length,
      collapsed: collapsed + step.collapsed.length,
      refused: refused + step.refused.length,
    });
  }

  #note(change: Partial<RetryReport>): void {
    if (this.#report !== undefined) this.#report = { ...this.#report, ...change };
  }

  #noteUnsent(found: readonly (readonly [UnsentReason, number])[]): void {
    if (this.#report === undefined) return;
    const unsent = { ...this.#report.unsent };
    for (const [reason, count] of found) unsent[reason] += count;
    this.#note({ unsent });
  }
}

/** Shape: no two candidates of one series and moment. */
function toPoints(candidates: readonly Candidate[]): PointBatch {
  const sorted = [...candidates].sort(
    (one, other) => one.sample.series - other.sample.series || one.moment - other.moment,
  );
  return {
    series: Uint32Array.from(sorted, ({ sample }) => sample.series),
    moment: Float64Array.from(sorted, ({ moment }) => moment),
    value: Float64Array.from(sorted, ({ sample }) => sample.value),
    count: sorted.length,
  };
}
