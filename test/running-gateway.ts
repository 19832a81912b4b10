import * as v from "valibot";
import { Gateway, type GatewayParts } from "../src/gateway.ts";
import type { GatewayConfig } from "../src/model/config.ts";
import type { InputEntry, InputModule, InputPoint } from "../src/model/input.ts";
import { seconds } from "../src/model/time.ts";
import type { HttpRoute } from "../src/platform/http-client.ts";
import { openLevelLog } from "../src/store/level-log.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { FakeDisk } from "./support/fake-database.ts";
import { FakeHttpClient, type Reaction } from "./support/fake-http-client.ts";
import { FakeInput, voltagePoint } from "./support/fake-input.ts";
import { createKeepingLogger } from "./support/keeping-logger.ts";
import { LOG_OPTIONS } from "./support/log-options.ts";
import { createSeededRandom } from "./support/seeded-random.ts";

/** The answer of an intake that takes a payload. */
export const ACCEPTED = { status: 202, headers: {}, body: '{"errors":[]}' };

/** A gateway that polls a value a second, of several one after the other, on a fake disk and a fake intake. */
export async function startGateway(
  reaction: Reaction = ACCEPTED,
  value: number | readonly number[] = 230,
  point: InputPoint = voltagePoint("l1"),
  changes: Partial<GatewayParts> = {},
  prepare: (clock: FakeClock) => void = () => undefined,
  disk = new FakeDisk(),
) {
  const clock = new FakeClock();
  prepare(clock);
  const logger = createKeepingLogger();
  const log = await openLevelLog(disk.open(), clock, (changes.config ?? CONFIG).store, () => undefined);
  const script = [value].flat().map((each) => ({ values: [[0, each] as const] }));
  const module: InputModule = {
    createLinks: () => undefined,
    createInput: (_, context) => new FakeInput([point], script, context.clock),
  };
  const input: InputEntry = {
    name: "fake",
    usesProfile: false,
    settings: v.object({}),
    defaultName: () => "fake",
    load: () => Promise.resolve(module),
  };
  const http = new FakeHttpClient(clock, () => reaction);
  const routes: HttpRoute[] = [];
  const gateway = new Gateway({
    config: CONFIG,
    problems: [],
    inputs: [input],
    log,
    openHttp: (route) => {
      routes.push(route);
      return http;
    },
    clock,
    random: createSeededRandom(1),
    logger,
    version: "0.0.0",
    pid: 1,
    ...changes,
  });
  await gateway.start();
  return { clock, disk, log, logger, http, routes, gateway };
}

/** One intake and one machine with one point, polled each second. */
export const CONFIG: GatewayConfig = {
  file: "tidegate.yaml",
  hostname: "pi-1",
  tags: [],
  runPath: "run",
  logLevel: "info",
  hasSelfMetrics: false,
  store: { ...LOG_OPTIONS, path: "run/log" },
  hasSelfEvents: false,
  seriesMax: 10_000,
  clockPolicy: "auto",
  intakes: [
    {
      name: "main",
      kind: "datadog",
      url: "http://intake.test",
      apiKey: "0".repeat(32),
      flushInterval: seconds(5),
      timeout: seconds(20),
      maxAge: seconds(3600),
    },
  ],
  checks: [
    {
      name: "fake",
      input: "fake",
      instances: [
        {
          check: "fake",
          name: "one",
          file: "conf.d/fake.yaml",
          line: 1,
          tags: [],
          namespace: "",
          interval: seconds(1),
          settings: {},
        },
      ],
    },
  ],
};
