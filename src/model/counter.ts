/** What a counter can do, as sampling tells the filter. Units: the canonical unit of its series. */
export interface CounterRule {
  /** Where it begins again at 0; undefined where that is not known. */
  readonly wrapsAt: number | undefined;
  /** The most that it counts in a millisecond; infinite where that is not known. */
  readonly perMillisMax: number;
  /** The step between two neighbouring readings; 0 where there is none. */
  readonly resolution: number;
  /** The part of a reading by which it may fall from its rounding alone; leaving it out means that of a double. */
  readonly rounding?: number | undefined;
}
