import { importsOf } from "./imports.ts";
import { isCode, isIn, type Rule } from "./source-file.ts";

/** Where the house is entered; what is not reached from here never runs. */
const ENTRANCES = ["src/main.ts", "src/launch.js"];

/** Where tests and tools are entered; the configuration of the tests names the reporter and what is set up. */
const WORKSHOP_ENTRANCES =
  /\.test\.ts$|\.config\.ts$|^docs\/render\.ts$|\/run\.ts$|(closing-line-reporter|left-as-found)\.ts$/u;

/** Every file is used: those of the house by the house, those beside it by a test or a tool. */
export const deadFiles: Rule = (files) => {
  const code = files.filter(isCode);
  const edges = new Map(code.map((file) => [file.path, importsOf(file).map((edge) => edge.target)]));
  const alive = reachable(edges, ENTRANCES);
  const useful = reachable(
    edges,
    code.map((file) => file.path).filter((path) => WORKSHOP_ENTRANCES.test(path)),
  );
  return code
    .filter(({ path }) => (isIn(path, "src") || isIn(path, "hardware-sim") ? !alive.has(path) : !useful.has(path)))
    .map(({ path }) => {
      const who = isIn(path, "src") || isIn(path, "hardware-sim") ? ENTRANCES.join(" or ") : "any test or tool";
      return `${path}:1: is not reached from ${who}; use it or delete it`;
    });
};

function reachable(edges: ReadonlyMap<string, readonly string[]>, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [...from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    waiting.push(...(edges.get(path) ?? []));
  }
  return seen;
}
