import { describe, expect, test } from "vitest";
import { formatTable } from "../../src/cli/table.ts";
import { loadProfiles, profilesOf } from "../../src/config/profiles.ts";
import { READ_FUNCTION } from "../../src/decode/modbus-pdu.ts";
import type { LinkPlace } from "../../src/inputs/modbus/place.ts";
import { planReads } from "../../src/inputs/modbus/plan.ts";
import { type CostOfRead, costOfReadsAt } from "../../src/inputs/modbus/read-cost.ts";
import { type ModbusProfile, pointEnd, TABLES, type Table } from "../../src/model/profile.ts";
import { type Field, STRATEGIES } from "./telegraf-strategies.ts";

const { profiles } = loadProfiles([new URL("../../device-profiles/", import.meta.url).pathname]);

function lineOf(baud: number): LinkPlace {
  return { kind: "serial", serial: "/dev/ttyAMA0", line: { baud, parity: "none", stopBits: 1 } };
}

const PLACES: Readonly<Record<string, LinkPlace>> = {
  "1200 baud": lineOf(1200),
  "9600 baud": lineOf(9600),
  "115200 baud": lineOf(115_200),
  tcp: { kind: "tcp", host: "10.0.0.5", port: 502 },
};

/** What Telegraf reads through unless told otherwise. */
const FILL = 50;

type Requests = readonly (Field & { readonly table: Table })[];

function fieldsOf(profile: ModbusProfile, table: Table): Field[] {
  const spans = profile.points
    .filter((point) => point.table === table)
    .map((point): Field => ({ start: point.address, end: pointEnd(point) }))
    .sort((left, right) => left.start - right.start);
  return spans.filter(({ start }, index) => start !== spans[index - 1]?.start);
}

function ours(profile: ModbusProfile, costOf: CostOfRead): Requests {
  return planReads(profile, costOf).map(({ table, request: { address, count } }) => ({
    table,
    start: address,
    end: address + count,
  }));
}

function theirs(profile: ModbusProfile, name: keyof typeof STRATEGIES): Requests {
  const limits = { countMax: profile.maxRegisters, fill: profile.maxGap };
  return TABLES.flatMap((table) =>
    STRATEGIES[name](fieldsOf(profile, table), limits).map((field) => ({ table, ...field })),
  );
}

function costOfRequests(requests: Requests, costOf: CostOfRead): number {
  return requests.reduce(
    (sum, { table, start, end }) => sum + costOf({ functionCode: READ_FUNCTION[table], count: end - start }).duration,
    0,
  );
}

function describeRequests(requests: Requests, costOf: CostOfRead): string {
  const registers = requests.reduce((sum, { start, end }) => sum + end - start, 0);
  return `${requests.length} / ${registers} / ${costOfRequests(requests, costOf).toFixed(0)}`;
}

const NAMES = Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[];

/** Each profile as it is, and as it would be if its gaps were known to be readable. */
const VARIANTS = profilesOf("modbus", profiles.values()).flatMap((profile) => [profile, { ...profile, maxGap: FILL }]);

describe("a plan beside the four of Telegraf", () => {
  test.each(Object.entries(PLACES))("at %s is never the worse one, of any shipped profile", (_, place) => {
    const costOf = costOfReadsAt(place);
    for (const profile of VARIANTS) {
      const own = costOfRequests(ours(profile, costOf), costOf);
      for (const name of NAMES) {
        const other = costOfRequests(theirs(profile, name), costOf);
        expect(own, `${profile.id}, gaps of ${profile.maxGap}, ${name}`).toBeLessThanOrEqual(other + 1e-6);
      }
    }
  });

  test("at 9600 baud and over TCP comes to these requests, registers and milliseconds", async () => {
    const columns = [
      { heading: "PROFILE" },
      { heading: "BUS" },
      { heading: "GAP", align: "right" as const },
      ...["OURS", ...NAMES.map((name) => name.toUpperCase())].map((heading) => ({ heading, align: "right" as const })),
    ];
    const rows = VARIANTS.flatMap((profile) =>
      ["9600 baud", "tcp"].map((bus) => {
        const costOf = costOfReadsAt(PLACES[bus] as LinkPlace);
        const plans = [ours(profile, costOf), ...NAMES.map((name) => theirs(profile, name))];
        const cells = plans.map((requests) => describeRequests(requests, costOf));
        return [profile.id, bus, String(profile.maxGap), ...cells];
      }),
    );
    await expect(`${formatTable(columns, rows).join("\n")}\n`).toMatchFileSnapshot("../golden/modbus/plans.txt");
  });
});
