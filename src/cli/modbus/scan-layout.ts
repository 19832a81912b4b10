/** What `modbus scan` prints. */

import type { LinkPlace } from "../../inputs/modbus/place.ts";
import { describePlace } from "../../model/bus-place.ts";
import type { LineSettings } from "../../model/line-settings.ts";
import { type Column, formatTable } from "../table.ts";
import type { Heard } from "./listen.ts";
import type { ScannedUnit } from "./scan.ts";

const COLUMNS: readonly Column[] = [
  { heading: "UNIT", align: "right" },
  { heading: "LINE" },
  { heading: "ANSWERED", align: "right" },
  { heading: "MS", align: "right" },
  { heading: "DAMAGED", align: "right" },
  { heading: "COLLIDED", align: "right" },
  { heading: "NOISE", align: "right" },
  { heading: "MAY BE" },
];

/** Profiles that are named for one unit. */
const NAMED_MAX = 3;

/** Says how a line is set, as in 9600 baud, parity none. */
export function describeLine({ baud, parity, stopBits }: LineSettings): string {
  return `${baud} baud, parity ${parity}${stopBits === 1 ? "" : ", 2 stop bits"}`;
}

/** Says who else talks on a line, and that nothing was asked. */
export function describeHeard(place: string, heard: Heard & { readonly line: LineSettings }): readonly string[] {
  const { units, line, bytes } = heard;
  const end = "Nothing was asked, since two masters spoil each other's answers. Stop the other one, or add --force.";
  if (units.length === 0) {
    return [
      `${place}: ${bytes} bytes were heard that are no Modbus RTU at any of the settings tried: another protocol, ` +
        "another rate, or a bus without bias, which hears noise.",
      "Nothing was asked. Look for the other device, or add --force.",
    ];
  }
  const lines = units.map(({ unit, requests, answers, isWritten, asked }) => {
    const what = asked.size === 0 ? "" : `: ${[...asked].join(", ")}`;
    return `  unit ${unit}, asked ${requests} times, answered ${answers} times${isWritten ? ", is written to" : ""}${what}`;
  });
  return [`${place}: another master talks there, at ${describeLine(line)}:`, ...lines, end];
}

/** Lays out who was found. */
export function formatScan(place: LinkPlace, found: readonly ScannedUnit[], isStopped: boolean): string {
  const where = describePlace(place);
  if (found.length === 0 && isStopped) return `Stopped before the end; until then nobody had answered at ${where}.\n`;
  if (found.length === 0) return `Nobody answered at ${where}. ${adviceOf(place)}\n`;
  const stopped = isStopped ? ["Stopped before the end; there may be more."] : [];
  const lines = [
    ...formatTable(COLUMNS, found.map(cellsOf)),
    "",
    ...describeDrops(found),
    ...found
      .filter(({ isSlow }) => isSlow)
      .map(({ unit }) => `Unit ${unit} answers late: give it a longer \`timeout\`.`),
    ...stopped,
    "What fits best, for conf.d/modbus.yaml:",
    "",
    "instances:",
    ...found.map((unit) => `  - ${instanceOf(place, unit)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function cellsOf(found: ScannedUnit): readonly string[] {
  const { unit, line, asked, answered, tookMs, damaged, collided, noiseBytes } = found;
  const shown = (count: number | undefined): string => (count === undefined ? "-" : String(count));
  return [
    ...[String(unit), line === undefined ? "-" : `${line.baud} ${line.parity}`, `${answered} of ${asked}`],
    ...[String(tookMs), shown(damaged), shown(collided), shown(noiseBytes), describeDevice(found)],
  ];
}

function describeDevice({ sunSpec, fits, refusal, answered }: ScannedUnit): string {
  if (sunSpec !== undefined) return `SunSpec: ${sunSpec || "a device without a name"}`;
  const [best] = fits;
  if (best === undefined) {
    if (answered === 0) return "nothing that could be understood";
    return typeof refusal === "number" ? `no profile known (exception ${refusal})` : "no profile known";
  }
  const said = best.isIdentified ? ", as it says itself" : "";
  const same = fits.filter(
    ({ telling, isIdentified }) => telling === best.telling && isIdentified === best.isIdentified,
  );
  const names = same.slice(0, NAMED_MAX).map(({ profile }) => profile);
  return `${names.join(" or ")} (${best.telling} of ${best.asked} points make sense${said})`;
}

/** Names the units that are worse to hear than others; where all are, it is the line. */
function describeDrops(found: readonly ScannedUnit[]): readonly string[] {
  const share = ({ damaged = 0, collided = 0, asked }: ScannedUnit): number => (damaged + collided) / asked;
  const bad = found.filter((unit) => share(unit) > 0 || 2 * unit.answered < unit.asked);
  if (bad.length === 0) return [];
  if (bad.length === found.length && found.length > 1) {
    return ["All units are hard to hear: check termination, bias and shield of the line, and its settings.", ""];
  }
  const lines = bad.map(
    ({ unit, damaged = 0, collided = 0, asked, answered }) =>
      `Unit ${unit} is hard to hear: of ${asked} requests ${answered} were answered, ${damaged} damaged, ${collided} by ` +
      "another. Check its drop: its terminals, its length, and that no two units have this id.",
  );
  return [...lines, ""];
}

const FRAMING_KEYS: Readonly<Record<LinkPlace["kind"], readonly string[]>> = {
  tcp: [],
  udp: ["framing: udp"],
  serial: [],
  "ascii-serial": ["framing: ascii"],
  "rtu-over-tcp": ["framing: rtu"],
  "ascii-over-tcp": ["framing: ascii"],
  telnet: ["framing: telnet"],
};

function instanceOf(place: LinkPlace, { unit, line, fits, sunSpec }: ScannedUnit): string {
  const where = "host" in place ? [`host: ${place.host}`] : [`serial: ${place.serial}`];
  const port = "host" in place && place.port !== 502 ? [`port: ${place.port}`] : [];
  const framing = FRAMING_KEYS[place.kind];
  const dataBits = "line" in place && place.line.dataBits === 7 ? ["data_bits: 7"] : [];
  const settings =
    line === undefined
      ? []
      : [`baud: ${line.baud}`, `parity: ${line.parity}`, ...(line.stopBits === 1 ? [] : ["stop_bits: 2"])];
  const known = fits[0] === undefined ? [] : [`profile: ${fits[0].profile}`];
  const keys = [...where, ...port, ...framing, ...settings, ...dataBits, `unit: ${unit}`, ...known].join(", ");
  if (known.length > 0) return `{ ${keys} }`;
  return `{ ${keys} }  # ${sunSpec === undefined ? "and a profile of its manual" : "and the profile that `tidegate modbus discover` writes"}`;
}

function adviceOf(place: LinkPlace): string {
  if (!("line" in place))
    return "Look for its units in the menu of the gateway, or ask something else by --ask input:0.";
  return (
    "Check power, both wires of the bus, and which of them is A; --ask input:0 asks for something else, --timeout 1 " +
    "waits longer."
  );
}
