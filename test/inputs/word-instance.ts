import type { InstanceConfig } from "../../src/model/config.ts";
import type { ModbusProfile, Point } from "../../src/model/profile.ts";
import { type Millis, seconds } from "../../src/model/time.ts";
import { smallMeter, smallMeterInstance } from "./small-meter.ts";

/** Points of one register each, named for their address. */
export function words(...addresses: readonly number[]): Point[] {
  const [base] = smallMeter.points;
  if (base === undefined) throw new Error("the small meter has points");
  return addresses.map((address) => ({
    ...base,
    ...{ name: `word ${address}`, table: "holding-register", address, type: "uint16", tags: [`word:${address}`] },
  }));
}

/** What an instance of words may be other than usual. */
export interface WordChanges extends Partial<Pick<ModbusProfile, "id" | "maxGap" | "maxRegisters" | "clearOnRead">> {
  readonly name?: string;
  readonly interval?: Millis;
  readonly settings?: Parameters<typeof smallMeterInstance>[0];
}

/** An instance that reads points of unit 7. */
export function wordInstance(points: readonly Point[], changes: WordChanges = {}): InstanceConfig {
  const { name = "words", interval = seconds(15), settings, ...ofProfile } = changes;
  const profile = { ...smallMeter, id: "test/words", points, ...ofProfile };
  return { ...smallMeterInstance(settings), name, interval, profile };
}
