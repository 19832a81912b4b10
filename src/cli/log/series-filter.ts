/** Which series a person means: `voltage{phase:l1}`, `power.*`, `{instance:press}`. */

import { GatewayError } from "../../model/errors.ts";
import type { Series } from "../../model/series.ts";

/**
 * Reads a metric, in which `*` stands for anything, and in braces tags that a series must have; either may be left out.
 *
 * Errors: `CLI_USAGE` when the braces do not close.
 */
export function createSeriesFilter(text: string): (series: Pick<Series, "metric" | "tags">) => boolean {
  const parts = /^([^{}]*)(?:\{([^{}]*)\})?$/u.exec(text.trim());
  if (parts === null) {
    throw new GatewayError("CLI_USAGE", `expected a series as voltage{phase:l1}, found "${text}".`);
  }
  const [, metric = "", tagList = ""] = parts;
  const tags = tagList.split(",").filter((tag) => tag !== "");
  const words = metric.split("*").map((word) => word.replaceAll(/[.+?^$()|[\]\\]/gu, "\\$&"));
  const pattern = new RegExp(`^${words.join(".*")}$`, "u");
  return (series) => (metric === "" || pattern.test(series.metric)) && tags.every((tag) => series.tags.includes(tag));
}
