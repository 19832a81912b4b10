/**
 * What others reach: standard, low FP and low FN, each with its own best threshold, on the whole corpus of 58 files and
 * on the half that was looked at while our detectors were made: 29 files, by turns from each category.
 */

type Scores = readonly [standard: number, lowFalse: number, lowMissed: number];

/** One row of the benchmark's own scoreboard. */
export interface Published {
  readonly name: string;
  readonly whole: Scores;
  readonly half: Scores;
  /** Whether it is told the least and the greatest value of a file beforehand. */
  readonly isToldRange: boolean;
}

/** How many files the whole corpus has, the half, and one that is in this half and not in the other. */
const WHOLE_FILES = 58;
const HALF_FILES = 29;
const OF_HALF = "realKnownCause/machine_temperature_system_failure.csv";

/** What others reach: on these files where they are the whole corpus or the half, else on the whole, and says so. */
export function publishedFor(
  names: readonly string[],
  each: Published,
): { readonly name: string; readonly scores: Scores } {
  const isHalf = names.length === HALF_FILES && names.includes(OF_HALF);
  const isSame = isHalf || names.length === WHOLE_FILES;
  return {
    name: `${each.name}, published${isSame ? "" : ` for all ${WHOLE_FILES} files`}`,
    scores: isHalf ? each.half : each.whole,
  };
}

/** Source: the scoreboard and the published results of NAB 1.1, github.com/numenta/NAB. */
export const PUBLISHED: readonly Published[] = [
  { name: "ARTime", whole: [74.9, 65.2, 80.4], half: [73.4, 65.9, 79.3], isToldRange: true },
  { name: "Numenta HTM", whole: [70.1, 63.2, 74.3], half: [71.4, 64.9, 75.6], isToldRange: true },
  { name: "CAD OSE", whole: [69.9, 67.0, 73.2], half: [74.4, 70.3, 78.2], isToldRange: true },
  { name: "earthgecko Skyline", whole: [58.2, 46.2, 63.8], half: [63.4, 51.2, 69.0], isToldRange: false },
  { name: "KNN CAD", whole: [58.0, 43.4, 64.8], half: [58.5, 41.5, 66.4], isToldRange: false },
  { name: "Relative Entropy", whole: [54.6, 47.6, 58.8], half: [47.1, 38.4, 51.6], isToldRange: true },
  { name: "Random Cut Forest", whole: [51.7, 38.4, 59.7], half: [52.0, 38.4, 59.1], isToldRange: false },
  { name: "Twitter ADVec", whole: [47.1, 33.6, 53.5], half: [49.4, 34.5, 56.8], isToldRange: false },
  { name: "Windowed Gaussian", whole: [39.6, 20.9, 47.4], half: [40.4, 24.6, 47.7], isToldRange: false },
  { name: "Etsy Skyline", whole: [35.7, 27.1, 44.5], half: [43.9, 30.8, 51.9], isToldRange: false },
];
