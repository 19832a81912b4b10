/** What is said of a receiver that is not heard, or not well. */

import type { Fault } from "../../model/input.ts";
import { formatSpan } from "../../model/time.ts";
import { receiverOf } from "./place.ts";
import type { Heard } from "./receiver.ts";
import type { NmeaSettings } from "./spec.ts";

/** A line now and then is lost on every wire; of more than this part of them a person should hear. */
const FLAWED_SHARE_MAX = 0.1;

/** Fewer flawed lines than this are no pattern. */
const FLAWED_COUNT_MIN = 3;

const FLAW_WORDS: Readonly<Record<keyof Heard["flaws"], string>> = {
  "no-checksum": "had no checksum",
  "bad-checksum": "had a wrong checksum",
  garbled: "were garbled",
  overlong: "did not end",
  "cut-short": "were cut short",
};

/** Says why nothing came. Units: `silence` milliseconds. */
export function describeSilence(settings: NmeaSettings, heard: Heard, silence: number): Fault {
  const receiver = receiverOf(settings);
  const span = formatSpan(silence);
  if (heard.bytes === 0 || settings.gpsd !== undefined) {
    const complaint = heard.complaint === "" ? "" : ` It says: ${heard.complaint}.`;
    const message = `${receiver} told nothing for ${span}; a receiver tells something each second.${complaint} ${ADVICE[wayOf(settings)]}`;
    return { code: "INPUT_TIMEOUT", message, points: [] };
  }
  const flaws = flawsIn(heard);
  const what = flaws === "" ? "none of them in a sentence" : `in lines that ${flaws}`;
  const message = `${receiver} sent ${heard.bytes} bytes in ${span}, ${what}; sentences of NMEA 0183 were expected. ${adviceOn(settings, heard)}`;
  return { code: "INPUT_BAD_REPLY", message, points: [] };
}

/** Says what was lost of what came; undefined where that is little. */
export function describeFlaws(settings: NmeaSettings, heard: Heard): Fault | undefined {
  const flawed = Object.values(heard.flaws).reduce((sum, count) => sum + count, 0);
  if (flawed < FLAWED_COUNT_MIN || flawed <= FLAWED_SHARE_MAX * (flawed + heard.lines)) return undefined;
  const message =
    `Of ${flawed + heard.lines} lines from ${receiverOf(settings)} ${flawed} were refused: they ${flawsIn(heard)}. ` +
    adviceOn(settings, heard);
  return { code: "INPUT_BAD_REPLY", message, points: [] };
}

type Way = "serial" | "tcp" | "gpsd";

const ADVICE: Readonly<Record<Way, string>> = {
  serial: "Check its power and the wire from its TX to RX, and that no other program has the port.",
  tcp: "Check that it sends NMEA 0183 to this port, and to more than one client.",
  gpsd: "Look with `gpspipe -w` whether gpsd has the receiver.",
};

function wayOf({ serial, gpsd }: NmeaSettings): Way {
  return serial !== undefined ? "serial" : gpsd !== undefined ? "gpsd" : "tcp";
}

function adviceOn(settings: NmeaSettings, { flaws }: Heard): string {
  const others = flaws["bad-checksum"] + flaws.garbled + flaws.overlong + flaws["cut-short"];
  if (flaws["no-checksum"] > others) return "If it never sends checksums, set `checksum: optional`.";
  if (settings.serial === undefined) return "Look at what the line in between loses.";
  return `Compare \`baud: ${settings.baud}\` with the receiver's (4800, 9600, 38400 and 115200 are usual), and look at the wiring.`;
}

function flawsIn({ flaws }: Heard): string {
  const words = Object.entries(FLAW_WORDS) as [keyof Heard["flaws"], string][];
  return words
    .filter(([flaw]) => flaws[flaw] > 0)
    .map(([flaw, said]) => `${said} (${flaws[flaw]})`)
    .join(", ");
}
