/** How often something may happen that happened so and so often. */

/** Gives the mean that is not exceeded, with 95 % confidence: with it as few, or fewer, come in 5 % of cases. */
export function boundMean(count: number): number {
  let low = count;
  let high = 2 * count + 10;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(count, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

function chanceOfAtMost(count: number, mean: number): number {
  let chance = 0;
  let logTerm = -mean;
  for (let each = 0; each <= count; each += 1) {
    if (each > 0) logTerm += Math.log(mean / each);
    chance += Math.exp(logTerm);
  }
  return chance;
}
