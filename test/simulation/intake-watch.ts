/** Follows the cursor of one intake through all lives, and holds its steps, payloads and bytes against what came. */

import type { IntakePoint } from "../../hardware-sim/intake/check-series.ts";
import { isOfFull, nameAtIntake, SampleRoutes } from "../../src/forward/series-at-intake.ts";
import type { Cursor, CursorStep, Log, SetAsideStep } from "../../src/model/log.ts";
import type { SeriesId } from "../../src/model/series.ts";
import type { Clock } from "../../src/model/time.ts";
import { BudgetWatch } from "./budget-watch.ts";
import { DeliveryWitness } from "./delivery-witness.ts";
import { type IntakeTraits, TIMEOUT } from "./intake-traits.ts";
import { isCompanionMetric, isFullMetric, nameOf, tagValue } from "./point-name.ts";
import { auditStep } from "./step-audit.ts";
import { countUnpassed, type LaneListener, type LaneStep, WatchedLanes } from "./watched-lanes.ts";

/** The part of an age limit that is given up for the time a request may take, at most. */
const UNDER_WAY_SHARE = 0.1;

const HOUR_MS = 3_600_000;

/** The clock is put back by less in all, and by as much an intake of Datadog's looks ahead. */
const JUMPS_BACK_MAX = 600_000;

/** What a life tells of itself to those who watch its intakes. */
export interface WatchedLife {
  readonly log: Pick<Log, "seriesOf" | "defineSeries">;
  /** Whether what an intake had refused is sent to it once more now. */
  isRetrying(intake: string): boolean;
  /** Whether bits of definitions turned over, so that nobody can tell what a series is. */
  readonly isNameless: () => boolean;
  /** Whether bits of cursors turned over. */
  readonly isForgotten: boolean;
  /** Whether the intake takes everything by now. */
  readonly isReleased: boolean;
}

/** Watches over one intake. */
export class IntakeWatch implements LaneListener {
  readonly violations: string[] = [];
  readonly witness: DeliveryWitness;
  readonly budget: BudgetWatch | undefined;
  /** Whether a life since the intake was last configured lost what was not on disk. */
  #mayForget = false;
  /** Gaps that were made in lives before. */
  #gapsBefore = 0;
  readonly #clock: Clock;
  readonly #traits: IntakeTraits;
  readonly #held = new Map<string, Set<number>>();
  /** The last moment of each series that it held when a life began after one that is forgotten. */
  readonly #forgottenUntil = new Map<string, number>();
  /** Names and moments of samples that went in full by themselves. */
  readonly #odd = new Set<string>();
  #cursor: Cursor | undefined;
  #lanes: WatchedLanes | undefined;
  #life: WatchedLife | undefined;

  constructor(clock: Clock, traits: IntakeTraits) {
    const { metering, older, resolution, maxAge, poison } = traits;
    this.#clock = clock;
    this.#traits = traits;
    const isChanging = metering !== undefined || older === "thin" || poison.share > 0;
    this.witness = new DeliveryWitness({
      isChanging,
      isExact: resolution === 1,
      isForgetful: maxAge <= JUMPS_BACK_MAX,
    });
    this.budget = metering && new BudgetWatch(metering, clock);
  }

  /** Gaps that were made so far. */
  get gapCount(): number {
    return this.#gapsBefore + (this.#lanes?.gapCount ?? 0);
  }

  /**
   * Whether the gateway may believe an intake to hold what it refuses as late, because of a request or a life of which
   * nobody heard, and be wrong: the clock was put back, or a life that is forgotten had the sample refused by itself.
   */
  get isGuessing(): boolean {
    return this.witness.shifts > 0 || this.#traits.poison.share > 0;
  }

  /** A life begins; samples below `movedUntil` are from before moments were moved. */
  meet(cursor: Cursor, life: WatchedLife, movedUntil: number): void {
    const before = this.#cursor;
    const unpassed = before === undefined ? movedUntil : countUnpassed(before, movedUntil);
    const movedCount = Math.max(0, countUnpassed(cursor, movedUntil) - unpassed);
    this.witness.begin(cursor.counts, before?.counts, movedCount);
    if (!life.isReleased) this.budget?.begin(cursor.spent, this.#mayForget || life.isForgotten);
    if (this.#mayForget) for (const [name, moments] of this.#held) this.#forgottenUntil.set(name, Math.max(...moments));
    this.#mayForget = false;
    this.#gapsBefore = this.gapCount;
    this.#cursor = cursor;
    this.#life = life;
    this.#lanes = new WatchedLanes(cursor, this);
  }

  /** The life is killed; `mayForget` where what it last wrote need not be there. */
  end(mayForget: boolean): void {
    this.#mayForget ||= mayForget;
    this.#lanes?.end();
  }

  /** How many points are sure that the books count: no copies of what was before something odd. */
  countSure(handled: number): number {
    const isCounted = ({ tags, metric, second }: IntakePoint): boolean =>
      !isFullMetric(metric) || this.#odd.has(`${nameThere(tags, metric)} ${Math.round(second * 1000)}`);
    return this.witness.countSure(handled, isCounted);
  }

  /** The intake keeps points. */
  take(points: readonly IntakePoint[], isHeard: boolean): void {
    for (const { tags, metric, second } of points) {
      const name = nameThere(tags, metric);
      const moments = this.#held.get(name) ?? new Set();
      this.#held.set(name, moments.add(Math.round(second * 1000)));
    }
    const { cursor, lanes, life } = this.#met();
    this.witness.take(points, cursor.counts, isHeard, lanes.position, life.isRetrying(cursor.name));
  }

  /** The intake refuses points as late. */
  inspect(points: readonly IntakePoint[]): void {
    const { lanes, cursor, life } = this.#met();
    if (!life.isRetrying(cursor.name)) this.witness.inspect(points, lanes.position);
  }

  onRead(): void {
    this.witness.noteRead();
  }

  onStep(step: LaneStep): void {
    const { maxAge, resolution, rollUpAge, older, order } = this.#traits;
    const { life, cursor } = this.#met();
    this.witness.noteStep(cursor.counts);
    this.#noteOdd(step);
    const now = this.#clock.now();
    const age = life.isReleased && older === "hold" ? Number.POSITIVE_INFINITY : maxAge;
    const isHolding = older === "hold" && (step.step.counts.tooOld ?? 0) > 0;
    if (isHolding) this.violations.push(`${step.step.counts.tooOld} samples expired where old ones are held`);
    const isGuessed = order === "per-series" && this.isGuessing;
    const found = auditStep({
      ...step,
      oldestAt: now - age + Math.min(TIMEOUT, age * UNDER_WAY_SHARE),
      resolution,
      thinnedBefore: rollUpAge && Math.floor((now - rollUpAge) / HOUR_MS) * HOUR_MS,
      routes: new SampleRoutes(life.log, this.#traits),
      isMetered: this.budget !== undefined && !life.isReleased,
      holds: life.isNameless() || isGuessed ? undefined : (...point) => this.#holds(...point),
    });
    this.violations.push(...found);
  }

  onStepped({ spent }: CursorStep): void {
    if (spent !== undefined) this.budget?.noteSaved(spent);
  }

  onLeft(): void {
    this.witness.noteLeft(this.#met().cursor.counts);
  }

  onSettling(): void {
    this.witness.noteSettling();
  }

  onSettled({ delivered, collapsed }: SetAsideStep): void {
    this.witness.noteSettled(delivered.length + collapsed.length, this.#met().cursor.counts);
  }

  /**
   * Whether it has a point, or has had it in other words. What a life had sent before its disk took it was told with
   * the samples that were lost; what the next one makes up of those that are left lies before that, and an intake that
   * takes a series in its order refuses it as such.
   */
  #holds(series: SeriesId, moment: number, isSummary: boolean): boolean {
    const { log } = this.#met().life;
    const { tags, metric } = nameAtIntake((id) => log.seriesOf(id))(series);
    const name = nameThere(tags, metric);
    if (this.#held.get(name)?.has(moment) === true) return true;
    const isToldAnew = isSummary && this.#traits.order === "per-series";
    return isToldAnew && moment < (this.#forgottenUntil.get(name) ?? Number.NEGATIVE_INFINITY);
  }

  /** Remembers the samples that go in full by themselves. */
  #noteOdd({ slice: { batch } }: LaneStep): void {
    const { resolution, isThinning } = this.#traits;
    if (isThinning !== true) return;
    const { log } = this.#met().life;
    const routes = new SampleRoutes(log, this.#traits);
    for (let row = 0; row < batch.count; row += 1) {
      const route = routes.of(batch.series[row] as number, batch.flags[row] as number);
      if (route < 0 || !isOfFull(route)) continue;
      const { tags, metric } = nameAtIntake((id) => log.seriesOf(id))(route);
      const moment = Math.floor((batch.at[row] as number) / resolution) * resolution;
      this.#odd.add(`${nameThere(tags, metric)} ${moment}`);
    }
  }

  #met(): { readonly cursor: Cursor; readonly lanes: WatchedLanes; readonly life: WatchedLife } {
    const [cursor, lanes, life] = [this.#cursor, this.#lanes, this.#life];
    if (cursor === undefined || lanes === undefined || life === undefined)
      throw new Error("something came before there was a cursor");
    return { cursor, lanes, life };
  }
}

/**
 * Names a series at the intake: what is not sure to be of its moment is of another, and so is what goes in full, and
 * what says how odd it is.
 */
function nameThere(tags: readonly string[], metric: string): string {
  return `${nameOf(tags)} ${tagValue(tags, "clock")} ${isFullMetric(metric)} ${isCompanionMetric(metric)}`;
}
