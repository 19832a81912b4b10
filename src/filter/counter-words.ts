import type { CounterStep } from "./counter.ts";

/** Says in a sentence what a counter did, in `unit`, to go on from the name of its series. Units: those of `unit`. */
export function describeCounterStep(step: CounterStep, before: number, value: number, unit: string): string {
  const [was, is] = [`${before} ${unit}`.trim(), `${value} ${unit}`.trim()];
  switch (step) {
    case "held":
      return `read ${is} after ${was}, which a counter cannot do; held back until three readings in 30 s agree`;
    case "anew":
      return `stays at ${is} after ${was}: taken for a counter that began anew, or a device that was replaced`;
    case "jumped":
      return `stays at ${is} after ${was}, more than \`max_per_hour\` allows: taken as read; look whether that is right`;
    default:
      return `goes on at ${is} after ${was}; what was read in between was wrong and is not kept`;
  }
}
