/** How many series the gateway may have: those that inputs learn of while they run get what room is left. */

import { instanceLabel } from "./gateway-reload.ts";
import { countSeries } from "./model/companions.ts";
import type { InstanceConfig } from "./model/config.ts";
import type { Fault, InputPoint } from "./model/input.ts";
import type { DefinedSeries, LearnedSeries } from "./sampling/part-poller.ts";

/** Holds the limit for series found while running; that of series which settings name, the configuration holds. */
export class SeriesRoom {
  readonly #countMax: () => number;
  /** By the labels of instances. */
  readonly #counts = new Map<string, number>();

  /** `countMax` gives how many there may be now. */
  constructor(countMax: () => number) {
    this.#countMax = countMax;
  }

  /** Takes what the points of an instance cost that its settings name. */
  hold(instance: InstanceConfig, points: readonly InputPoint[]): void {
    const label = instanceLabel(instance);
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + countSeries(instance, points));
  }

  /** Gives back all that an instance has taken. */
  release(instance: InstanceConfig): void {
    this.#counts.delete(instanceLabel(instance));
  }

  /** Has the series of points made that an instance has learned of, as far as there is room; others are undefined. */
  define(
    instance: InstanceConfig,
    points: readonly InputPoint[],
    make: (points: readonly InputPoint[]) => DefinedSeries,
  ): LearnedSeries {
    let room = this.#countMax() - [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    const past = points.findIndex((point) => {
      room -= countSeries(instance, [point]);
      return room < 0;
    });
    const fitting = past < 0 ? points : points.slice(0, past);
    this.hold(instance, fitting);
    const { series, seriesIds } = make(fitting);
    return { series: points.map((_, index) => series[index]), seriesIds: points.map((_, index) => seriesIds[index]) };
  }

  /** Says that an input has learned of `count` points for which there was no room. */
  describeRefusal(count: number): Fault {
    const message =
      `${count} series that were found while it runs have no room: the gateway has ${this.#countMax()}, as many as ` +
      "max_series of tidegate.yaml allows. Their readings are dropped and counted. Let less of what comes become " +
      "metric or tag, or raise it, then `tidegate reload`.";
    return { code: "GATEWAY_SERIES_LIMIT", message, points: [] };
  }
}
