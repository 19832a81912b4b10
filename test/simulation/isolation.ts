/** What the trouble of all other intakes costs the first one: nothing, to the flush. */

import { INTAKE_FAULTS } from "./faults.ts";
import type { IntakeTraits } from "./intake-traits.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { playWorld, type WorldChange, type WorldEnd } from "./world.ts";

const FIRST = "intake-0";

/** Everything but the intakes is well, so that nothing else tells one world from the other. */
const CALM = {
  end: 0,
  restart: 0,
  retire: 0,
  jump: 0,
  diskRefuses: 0,
  diskStalls: 0,
  bitFlip: 0,
  writeMsMax: 0,
  disk: new Map(),
} satisfies WorldChange["swarm"];

/** Plays the world of a seed twice, without trouble and with; gives what came later to the first of its intakes. */
export async function findCosts(
  seed: number,
  bug?: PlantedBug,
): Promise<{ readonly others: number; readonly costs: readonly string[] }> {
  // Policies by which samples are refused because too many wait are known to make all pay for one.
  const setting = { whenFull: "drop-oldest", pendingMax: 1_000_000, heldBytesMax: 2 ** 26 } as const;
  const change = { isSeveral: true, swarm: CALM, setting, ...(bug === undefined ? {} : { bug }) };
  const quiet = await playWorld(seed, { ...change, traits: (traits) => calm(traits) });
  const troubled = await playWorld(seed, {
    ...change,
    traits: (traits, name) => (name === FIRST ? calm(traits) : trouble(traits)),
  });
  return { others: quiet.intakes.size - 1, costs: compareFirst(quiet, troubled) };
}

function calm({ metering: _metering, ...traits }: IntakeTraits): IntakeTraits {
  return { ...traits, weather: { intake: new Map(), outage: 0 }, poison: { share: 0, isCurable: true } };
}

function trouble(traits: IntakeTraits): IntakeTraits {
  const each = 0.9 / INTAKE_FAULTS.length;
  const intake = new Map(INTAKE_FAULTS.map((fault) => [fault, fault === "silence" ? 2 * each : each]));
  return { ...traits, weather: { intake, outage: 0.02 }, poison: { share: 0.05, isCurable: true } };
}

/** A sample that is written in the very millisecond of a flush may go with it or with the next. */
function compareFirst(quiet: WorldEnd, troubled: WorldEnd): readonly string[] {
  const intake = quiet.intakes.get(FIRST);
  const later = troubled.intakes.get(FIRST)?.arrivals ?? [];
  return (intake?.arrivals ?? []).flatMap(({ at, held }) => {
    const until = at + (intake?.traits.flushInterval ?? 0);
    if (until >= quiet.healedAt) return [];
    const heldThen = later.findLast((arrival) => arrival.at <= until)?.held ?? 0;
    return heldThen >= held ? [] : [`${held} points were there at ${at}, and by ${until} only ${heldThen}`];
  });
}
