/** Worlds that once broke a promise, played before all others; a change of the draws gives a seed another world. */

/** A world, and what was found in it. */
export interface Regression {
  readonly seed: number;
  /** Goes on after "where". */
  readonly found: string;
  /** Points of a payload in that world; leaving it out means so many that nothing is ever left behind. */
  readonly pointCountMax?: number;
  /** Whether its intakes have traits of their own. */
  readonly isSeveral?: boolean;
}

/** Every regression, oldest first. */
export const REGRESSIONS: readonly Regression[] = [
  { seed: 6, found: "a few rows took more room sealed than as they were, and the full log went over its limit" },
  { seed: 117, found: "samples counted twice while a slow disk deleted what every intake had" },
  { seed: 5161, found: "a block took more room thinned than as it was, and the full log went over its limit" },
  { seed: 1090, found: "a series whose definition was worn away began anew, before what was delivered" },
  {
    seed: 364,
    found: "a full log kept nothing of a clock that was set, and a power cut left its boot without a place",
  },
  { seed: 20150, found: "a stalled disk was asked for the time at which a power cut found nothing of it written" },
  { seed: 20246, found: "a series began anew with a worn definition, and what it overwrote was asked for twice" },
  { seed: 20896, found: "a kill undid the placing of a clock that was put back, and old samples came after new ones" },
  { seed: 30181, found: "the power was cut a moment after the clock was set, before the next write" },
  { seed: 30527, found: "a series that began anew behind a clock that was put back delivered from before" },
  { seed: 35697, found: "a worn definition that was not synced yet came back whole from a power cut" },
  { seed: 42179, found: "a step that no disk took was sent again in part, and the witness took all of it for sure" },
  { seed: 42259, found: "the clock was put back twice while one poll was under way, and its samples lay ahead" },
  {
    seed: 61,
    pointCountMax: 30,
    found: "samples that came in the millisecond of a flush were left behind by the next",
  },
  { seed: 49305, found: "samples that a put-back clock had moved came back from a crash where they lie now" },
  {
    seed: 5074,
    isSeveral: true,
    found: "the second piece of an answer began with zeros, and was taken for an answer to something never asked",
  },
  { seed: 1050, found: "what was refused was sent once more while a request from before the healing was under way" },
];
