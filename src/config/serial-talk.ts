/** From what a profile, or an instance, writes of how a device speaks to what the input needs of it. */

import type { ProfileBasics } from "../model/profile.ts";
import type { LineDefaults, SerialPoint, SerialProfile } from "../model/serial-profile.ts";
import type { ComplainAt } from "./instance-profile.ts";
import type { SerialPointKeys, SerialProfileKeys } from "./serial-fields.ts";
import { buildChecksum, buildFraming } from "./serial-framing.ts";
import { buildSerialPoint } from "./serial-points.ts";

/** Where it is written: the layers of a profile, or the keys of an instance. */
export interface TalkSource {
  get<Key extends keyof SerialProfileKeys>(key: Key): SerialProfileKeys[Key] | undefined;
  getOfPoint<Key extends keyof SerialPointKeys>(point: string, key: Key): SerialPointKeys[Key] | undefined;
  pointNames(): readonly string[];
}

/**
 * Builds what is said of the device beside its id and sources. `complain` counts paths from the top of a profile, with
 * points below `points`; `isInline` lets metrics have any name.
 */
export function buildTalk(
  source: TalkSource,
  complain: ComplainAt,
  isInline: boolean,
): Omit<SerialProfile, keyof ProfileBasics> {
  const framing = buildFraming(source.get("framing"), complain);
  const checksum = source.get("checksum");
  const separator = source.get("separator");
  const points: SerialPoint[] = [];
  for (const name of source.pointNames()) {
    const point = buildSerialPoint(source, name, { complain, isInline });
    if (point !== undefined) points.push(point);
  }
  checkRequests(points, complain);
  const isListening = points.length > 0 && points.every(({ request }) => request === undefined);
  const isBlind = (framing.type === "fixed" || framing.type === "length") && framing.start.length === 0;
  if (isListening && isBlind && checksum === undefined) {
    const hint =
      "Add `start`, or a `checksum`: whoever begins to listen in the middle of a frame has to find the next one.";
    complain(["framing"], {
      found: "neither a start nor a checksum",
      expected: "one of them where a device speaks by itself",
      hint,
    });
  }
  const talk = {
    protocol: "serial" as const,
    line: lineOf(source),
    framing,
    ...(checksum === undefined ? {} : { checksum: buildChecksum(checksum, framing, complain) }),
    charset: source.get("charset") ?? "ascii",
    decimal: source.get("decimal") ?? ".",
    ...(separator === undefined ? {} : { separator }),
    pauseMs: source.get("pause") ?? 0,
    points,
  };
  return talk;
}

function lineOf(source: TalkSource): LineDefaults {
  const [baud, parity] = [source.get("baud"), source.get("parity")];
  const [dataBits, stopBits] = [source.get("data_bits"), source.get("stop_bits")];
  return {
    ...(baud === undefined ? {} : { baud }),
    ...(parity === undefined ? {} : { parity }),
    ...(dataBits === undefined ? {} : { dataBits }),
    ...(stopBits === undefined ? {} : { stopBits }),
  };
}

/** A device either is asked or speaks by itself; of both at once nobody could tell what answers what. */
function checkRequests(points: readonly SerialPoint[], complain: ComplainAt): void {
  const silent = points.find(({ request }) => request === undefined);
  const asked = points.find(({ request }) => request !== undefined);
  if (silent === undefined || asked === undefined) return;
  complain(["points", silent.name], {
    found: `no request, though ${asked.name} has one`,
    expected: "a request for every point, or for none",
    hint: "Write `request` once for all, or for each point.",
  });
}
