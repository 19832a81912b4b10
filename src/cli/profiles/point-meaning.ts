/** What a point measures, as far as its unit and the words of its name tell it in English, German or French. */

import { metricsOfUnit } from "./point-words.ts";

/**
 * Words that tell metrics of one unit apart; the first that fits counts. "Delivered" and "received" are left out: one
 * maker means by them the opposite of another.
 */
const WORDS: readonly (readonly [metric: string, words: RegExp])[] = [
  ["voltage.line", /l1-?l2|l2-?l3|l3-?l1|l12|l23|l31|u12|u23|u31|line-to-line|l-l|verkettet|aussenleiter|composee/u],
  ["voltage", /voltage|spannung|tension|(^|-)l[123](-|$)/u],
  ["power.factor", /power-factor|leistungsfaktor|facteur-de-puissance|cos-?phi|^pf(-|$)/u],
  ["energy.active.import", /import|bezug|verbrauch|consum|consomm|soutir/u],
  ["energy.active.export", /export|abgabe|einspeis|lieferung|inject/u],
  ["energy.active.total", /total|gesamt|summe/u],
  ["energy.reactive.import", /import|bezug|soutir/u],
  ["energy.reactive.export", /export|abgabe|inject/u],
  ["energy.reactive.total", /total|gesamt|summe/u],
  ["humidity", /humid|feuchte/u],
  ["level", /level|fullstand|niveau/u],
  ["battery.charge", /battery|batterie|charge/u],
  ["volume.stored", /stored|tank|inhalt|reservoir/u],
  ["machine.state", /state|status|zustand|etat/u],
];

const MOTOR = /motor|moteur|antrieb/u;

/** Chooses the metric of a point by its name, in kebab-case, among those of its unit; undefined when words fail. */
export function chooseMetric(name: string, unit: string): string | undefined {
  const ofUnit = unit === "" ? ["power.factor", "machine.state"] : metricsOfUnit(unit);
  const apart = ofUnit.filter((metric) => metric.startsWith("motor.") === MOTOR.test(name));
  const left = apart.length > 0 ? apart : ofUnit;
  if (left.length === 1) return left[0];
  return WORDS.find(([metric, words]) => left.includes(metric) && words.test(name))?.[0];
}

/** Finds the phase that a name tells, as the shipped profiles tag it. */
export function phaseTagOf(name: string, metric: string): string | undefined {
  if (!/^(voltage|current|power|energy)\b/u.test(metric)) return undefined;
  const [, first, second] = /(?:^|-)l([123])(?:-?l([123]))?(?:-|$)/u.exec(name) ?? [];
  if (first !== undefined) return `phase:l${first}${second === undefined ? "" : `-l${second}`}`;
  return /^(power|energy)\b/u.test(metric) && /total|gesamt|summe|somme/u.test(name) ? "phase:total" : undefined;
}
