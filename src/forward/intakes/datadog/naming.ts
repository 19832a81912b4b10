/**
 * Names as Datadog keeps them. It would bend a name that breaks its rules by itself, so we bend it first, and what is
 * sent is what will be found.
 *
 * Where Datadog would cut off what comes before the first letter we put a letter before it, so that `1.flow` and
 * `2.flow` stay two metrics.
 */

import { METRIC_CHARACTERS_MAX, TAG_CHARACTERS_MAX } from "./limits.ts";

/**
 * Spells a metric name in ASCII letters, digits, underscores and dots, beginning with a letter.
 *
 * Limits: 200 characters.
 * Source: Datadog documentation, Custom Metrics, "Naming custom metrics".
 */
export function toMetricName(name: string): string {
  const spelled = name.replace(/[^A-Za-z0-9_.]/gu, "_");
  return (/^[A-Za-z]/u.test(spelled) ? spelled : `m_${spelled}`).slice(0, METRIC_CHARACTERS_MAX);
}

/**
 * Spells a tag in lowercase letters of any script, digits and `_ - : . /`, beginning with a letter and not ending with
 * a colon.
 *
 * Limits: 200 characters.
 * Source: Datadog documentation, Getting Started with Tags, "Define tags".
 */
export function toTag(tag: string): string {
  const spelled = tag.toLowerCase().replace(/[^\p{L}\p{N}_\-:./]/gu, "_");
  const led = /^\p{L}/u.test(spelled) ? spelled : `t_${spelled}`;
  const cut = led.length <= TAG_CHARACTERS_MAX ? led : [...led].slice(0, TAG_CHARACTERS_MAX).join("");
  return cut.replace(/:+$/u, "");
}
