import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { formatPlan } from "../src/cli/reload.ts";
import { planReload, type ReloadFacts } from "../src/gateway-reload.ts";
import type { ConfigProblem, GatewayConfig, LoadedConfig } from "../src/model/config.ts";
import { GatewayError } from "../src/model/errors.ts";
import type { InputModule } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import { ACCEPTED, CONFIG, startGateway } from "./running-gateway.ts";
import { FakeInput, voltagePoint } from "./support/fake-input.ts";

type Changes = Partial<GatewayConfig["checks"][number]["instances"][number]>;

/** Nothing is known but the configuration. */
const NO_FACTS: ReloadFacts = { inputs: [], running: new Map() };

const [CHECK] = CONFIG.checks;
const [ONE] = CHECK?.instances ?? [];

/** A configuration whose one check has instances like the first, each with changes. */
function configOf(...changes: readonly Changes[]): GatewayConfig {
  if (CHECK === undefined || ONE === undefined) throw new Error("the harness has an instance");
  return { ...CONFIG, checks: [{ ...CHECK, instances: changes.map((change) => ({ ...ONE, ...change })) }] };
}

function loaded(config: GatewayConfig | undefined, ...problems: readonly Partial<ConfigProblem>[]): LoadedConfig {
  return { config, problems: problems as readonly ConfigProblem[], notices: [], secrets: [] };
}

describe("the plan of a reload", () => {
  test("is refused while the main file has problems", () => {
    expect(() => planReload(CONFIG, loaded(undefined), NO_FACTS)).toThrow(/goes on as it was/u);
  });

  test("starts, stops and changes only what differs in meaning", () => {
    const running = configOf({ name: "same" }, { name: "gone" }, { name: "slower" });
    const next = configOf({ name: "same", line: 99 }, { name: "slower", interval: seconds(5) }, { name: "new" });
    expect(planReload(running, loaded(next), NO_FACTS).plan).toMatchObject({
      start: ["fake:new"],
      stop: ["fake:gone"],
      change: ["fake:slower"],
      keep: ["fake:same"],
      restart_needed: [],
    });
  });

  test("lets a check go on as it was while its file has problems", () => {
    const next = { ...CONFIG, checks: [] };
    const { plan, config } = planReload(CONFIG, loaded(next, { check: "fake" }), NO_FACTS);
    expect(plan).toMatchObject({ stop: [], keep: ["fake:one"], kept_despite_problems: ["fake"] });
    expect(config.checks).toEqual(CONFIG.checks);
  });

  test("names what counts after a restart only, and keeps it as it runs", () => {
    const next = { ...CONFIG, hostname: "pi-2", tags: ["site:b"] };
    const { plan, config } = planReload(CONFIG, loaded(next), NO_FACTS);
    expect(plan.restart_needed).toEqual(["hostname", "tags"]);
    expect(config.hostname).toBe(CONFIG.hostname);
  });

  test("counts series that settings name without a profile, and those that instances have learned of", () => {
    const pointsOf = (settings: unknown) => (settings as string[]).map(voltagePoint);
    const entry = { name: "fake", usesProfile: false, settings: v.object({}), defaultName: () => "fake" };
    const load = () => Promise.reject(new Error("nothing is run"));
    const running = configOf({ name: "stays" }, { name: "gone", settings: ["a", "b"] }, { name: "wider" });
    const next = configOf({ name: "stays" }, { name: "new", settings: ["c"] }, { name: "wider", interval: seconds(9) });
    const points = ["x", "y", "z"].map(voltagePoint);
    const learned = new Map(["stays", "gone", "wider"].map((name) => [`fake:${name}`, points]));
    const named = { inputs: [{ ...entry, pointsOf: (of: unknown) => pointsOf(Array.isArray(of) ? of : []), load }] };
    expect(planReload(running, loaded(next), { ...named, running: learned }).plan).toMatchObject({
      ...{ series_gained: 1, series_lost: 3, series_found_later: [] },
    });
    const unnamed = { inputs: [{ ...entry, load }], running: learned };
    expect(planReload(running, loaded(next), unnamed).plan).toMatchObject({
      ...{ series_gained: 0, series_lost: 3, series_found_later: ["fake:new", "fake:wider"] },
    });
  });

  test("is laid out for a person", () => {
    const next = { ...configOf({ name: "two" }), hostname: "pi-2" };
    expect(formatPlan(planReload(CONFIG, loaded(next), NO_FACTS).plan, true)).toBe(
      [
        "A reload would:",
        "  start    fake:two",
        "  stop     fake:one",
        "  keep     0 as they are, without a gap",
        "  series   0 gained, 0 lost, beside what fake:two will find while running",
        "  Changed, and counts after a restart only: hostname",
        "",
      ].join("\n"),
    );
  });
});

const [MAIN] = CONFIG.intakes;

/** The usual configuration with other intakes: the usual one under these names, each with changes. */
function withIntakes(intakes: Readonly<Record<string, object>>): GatewayConfig {
  if (MAIN === undefined) throw new Error("the harness has an intake");
  const all = Object.entries(intakes).map(([name, changes]) => ({ ...MAIN, name, url: `http://${name}`, ...changes }));
  return { ...CONFIG, intakes: all };
}

test("the plan of a reload changes the intakes that differ in what they do", () => {
  const running = withIntakes({ same: {}, gone: {}, other: {}, older: { maxAge: null } });
  const older = { maxAge: Number.POSITIVE_INFINITY };
  const next = withIntakes({ new: {}, older, same: { appKey: "for commands" }, other: { apiKey: "another" } });
  const { plan, config } = planReload(running, loaded(next), NO_FACTS);
  expect(plan.intakes).toEqual({ start: ["new"], stop: ["gone"], change: ["older", "other"] });
  expect([plan.restart_needed, config.intakes]).toEqual([[], next.intakes]);
  const text = formatPlan(plan, false);
  expect(text).toContain("  start    intake new\n  stop     intake gone\n  change   intake older, intake other\n");
  expect(text).toContain(
    "Intake gone keeps its place in the log until `tidegate log cursors --drop gone`, and no samples.",
  );
});

describe("a running gateway whose intakes change", () => {
  test("stops and starts those alone, and the books of the others go on", async () => {
    const config = withIntakes({ main: {}, second: {} });
    const { clock, gateway, http, routes, log } = await startGateway(undefined, 230, undefined, { config });
    const hostsSince = (count: number) => new Set(http.requests.slice(count).map(({ url }) => url.host));
    await clock.advance(seconds(12));
    const before = http.requests.length;
    await clock.until(gateway.reload(loaded(withIntakes({ third: {}, second: {} })), false));
    expect(hostsSince(before)).toEqual(new Set(["main", "third"]));
    expect(routes).toHaveLength(3);
    await clock.advance(seconds(30));
    const { intakes } = gateway.status();
    expect(intakes.map(({ name }) => name)).toEqual(["third", "second"]);
    expect(log.care.cursors().map(({ name, keepsSamples }) => [name, keepsSamples])).toEqual([
      ["main", false],
      ["second", true],
      ["third", true],
    ]);
    const last = await clock.until(gateway.stop());
    const [third, second] = last.intakes.map(({ books }) => books);
    expect(second).toMatchObject({ sampled: 42, delivered: 42, waiting: 0 });
    expect(third).toMatchObject({ delivered: third?.sampled, waiting: 0 });
    expect(clock.pending()).toEqual([]);
  });

  test("goes on for one that comes back where it was, and has lost nothing of what waited", async () => {
    const { clock, gateway, http } = await startGateway(undefined, 230, undefined, {
      config: withIntakes({ main: {} }),
    });
    await clock.advance(seconds(12));
    http.react = () => "unreachable";
    await clock.advance(seconds(10));
    await clock.until(gateway.reload(loaded(withIntakes({})), false));
    expect(gateway.status().intakes).toEqual([]);
    await clock.advance(seconds(10));
    http.react = () => ACCEPTED;
    await clock.until(gateway.reload(loaded(withIntakes({ main: {} })), false));
    await clock.advance(seconds(60));
    const { intakes, instances } = await clock.until(gateway.stop());
    const sampled = instances[0]?.sampled;
    expect(intakes[0]?.books).toMatchObject({ sampled, delivered: sampled, expired: { log_full: 0 }, waiting: 0 });
  });

  test("sends to the other address with the other key, each sample once", async () => {
    const { clock, gateway, http } = await startGateway(undefined, 230, undefined, {
      config: withIntakes({ main: {} }),
    });
    await clock.advance(seconds(12));
    const moved = withIntakes({ main: { url: "http://elsewhere", apiKey: "another" } });
    await clock.until(gateway.reload(loaded(moved), false));
    const before = http.requests.length;
    await clock.advance(seconds(20));
    const since = http.requests.slice(before).map(({ url, headers }) => `${url.host} ${headers["dd-api-key"]}`);
    expect(new Set(since)).toEqual(new Set(["elsewhere another"]));
    const { intakes, instances } = await clock.until(gateway.stop());
    const sampled = instances[0]?.sampled;
    expect(intakes[0]?.books).toMatchObject({ sampled, delivered: sampled, collapsed: 0, waiting: 0 });
  });

  test("changes nothing where the log has no place for one that is new", async () => {
    const { clock, gateway, log, routes } = await startGateway();
    const openCursor = log.cursor.bind(log);
    const failure = new GatewayError("STORE_FAILED", "no room");
    log.cursor = (name) => (name === "new" ? Promise.reject(failure) : openCursor(name));
    const reloading = gateway.reload(loaded({ ...withIntakes({ new: {} }), checks: [] }), false);
    await expect(clock.until(reloading)).rejects.toBe(failure);
    expect([gateway.status().intakes.map(({ name }) => name), routes.length]).toEqual([["main"], 1]);
    expect(gateway.status().instances).toHaveLength(1);
    await clock.until(gateway.stop());
  });
});

describe("a running gateway", () => {
  test("that is asked for a dry run changes nothing", async () => {
    const { clock, gateway } = await startGateway();
    const plan = await gateway.reload(loaded(configOf({ name: "two" })), true);
    expect(plan).toMatchObject({ start: ["fake:two"], stop: ["fake:one"] });
    expect(gateway.status().instances.map(({ instance }) => instance)).toEqual(["one"]);
    await clock.until(gateway.stop());
  });

  test("says in its log what a reload could not take up", async () => {
    const { clock, gateway, logger } = await startGateway();
    await clock.until(gateway.reload(loaded({ ...CONFIG, hostname: "pi-2", checks: [] }, { check: "fake" }), false));
    expect(logger.lines.slice(-3)).toEqual([
      expect.stringMatching(/^info the configuration was taken up anew/),
      expect.stringMatching(/^warn problems in the files of fake: it goes on as before/),
      expect.stringMatching(/^warn changed, and counts after a restart only: hostname/),
    ]);
    await clock.until(gateway.stop());
  });

  test("has what goes on try again what its device refused, unless the reload is a dry run", async () => {
    let retries = 0;
    const module: InputModule = {
      createLinks: () => undefined,
      createInput: (_, context) => {
        const input = new FakeInput([voltagePoint("l1")], [{ values: [[0, 230]] }], context.clock);
        const retry = (): void => {
          retries += 1;
        };
        return Object.assign(input, { retry });
      },
    };
    const entry = { name: "fake", usesProfile: false, settings: v.object({}), defaultName: () => "fake" };
    const inputs = [{ ...entry, load: () => Promise.resolve(module) }];
    const { clock, gateway } = await startGateway(undefined, undefined, undefined, { inputs });
    await clock.until(gateway.reload(loaded(CONFIG), true));
    expect(retries).toBe(0);
    await clock.until(gateway.reload(loaded(CONFIG), false));
    expect(retries).toBe(1);
    await clock.until(gateway.stop());
  });

  test("gives series their room that had none, once there may be more of them", async () => {
    const script = [
      {
        newPoints: ["a", "b", "c", "d"].map(voltagePoint),
        values: [
          [0, 1],
          [3, 4],
          [2, 3],
          [0, 2],
        ] as const,
      },
      { values: [[3, 5]] as const },
    ];
    const module: InputModule = {
      createLinks: () => undefined,
      createInput: (_, context) => new FakeInput([voltagePoint("known")], script, context.clock),
    };
    const entry = { name: "fake", usesProfile: false, settings: v.object({}), defaultName: () => "fake" };
    const inputs = [{ ...entry, load: () => Promise.resolve(module) }];
    const config = { ...CONFIG, seriesMax: 3 };
    const { clock, gateway, log } = await startGateway(undefined, undefined, undefined, { inputs, config });
    await clock.advance(seconds(1));
    const [full] = gateway.status().instances;
    expect(full).toMatchObject({ series: 3, sampled: 4, state: "WARNING", faults: [{ code: "GATEWAY_SERIES_LIMIT" }] });
    expect(full?.faults[0]?.message).toMatch(/^2 series .* the gateway has 3, as many as max_series of tidegate\.yaml/);
    expect(full?.values.map(({ tags, value }) => [tags.at(-1), value])).toEqual([
      ["point:known", 2],
      ["point:b", 3],
    ]);
    expect([log.stats().seriesCount, log.stats().tally]).toEqual([3, { sampled: 4, dropped: { "series-limit": 1 } }]);
    await clock.until(gateway.reload(loaded({ ...CONFIG, seriesMax: 5 }), false));
    await clock.advance(seconds(1));
    expect(gateway.status().instances[0]).toMatchObject({ series: 5, state: "OK", faults: [] });
    expect(log.stats().tally).toEqual({ sampled: 5, dropped: { "series-limit": 1 } });
    await clock.until(gateway.stop());
  });

  test("that stops takes up nothing more", async () => {
    const { clock, gateway } = await startGateway();
    const stopping = gateway.stop();
    await expect(clock.until(gateway.reload(loaded(configOf({ name: "two" })), false))).rejects.toMatchObject({
      code: "GATEWAY_NOT_RUNNING",
    });
    await clock.until(stopping);
    expect(clock.pending()).toEqual([]);
  });

  test("goes on with what did not change, without leaving out a poll, and its books stay whole", async () => {
    const { clock, gateway } = await startGateway();
    await clock.advance(seconds(5));
    await clock.until(gateway.reload(loaded(configOf({}, { name: "two", interval: seconds(2) })), false));
    await clock.advance(seconds(10));
    const [one, two] = gateway.status().instances;
    expect(one).toMatchObject({ instance: "one", polls: 15 });
    expect(two).toMatchObject({ instance: "two", polls: 5 });
    await clock.until(gateway.reload(loaded(configOf({ name: "two", interval: seconds(2) })), false));
    expect(gateway.status().instances.map(({ instance }) => instance)).toEqual(["two"]);
    const { intakes } = await clock.until(gateway.stop());
    expect(intakes[0]?.books).toMatchObject({ sampled: 20, delivered: 20, waiting: 0 });
  });
});
