/** `tidegate modbus scan`: who is on a bus, at which settings, how well each is heard, and what it may be. */

import { identifySunSpec } from "../../config/draft-sunspec.ts";
import { loadProfiles, profilesOf } from "../../config/profiles.ts";
import { createLink, type LinePlace, type LinkPlace, placeOf } from "../../inputs/modbus/place.ts";
import { walkSunSpec } from "../../inputs/modbus/walk-sunspec.ts";
import { describePlace } from "../../model/bus-place.ts";
import { EXIT, GatewayError } from "../../model/errors.ts";
import type { LineSettings } from "../../model/line-settings.ts";
import type { ModbusProfile } from "../../model/profile.ts";
import { millis, seconds } from "../../model/time.ts";
import { readArguments } from "../arguments.ts";
import type { Command, Terminal } from "../commands.ts";
import { findProfileFolders } from "../profiles/profiles.ts";
import { type ClearedSpan, describeCleared, findCleared, leaveAlone, listCleared } from "./cleared-registers.ts";
import { REAL_SURROUNDINGS, type ReadingSurroundings, type TableRead } from "./device-asker.ts";
import { readSunSpecWith } from "./discover.ts";
import { type AskUnit, fitProfiles, type ProfileFit } from "./fit-profiles.ts";
import { type Heard, listenOn } from "./listen.ts";
import { describeHeard, describeLine, formatScan } from "./scan-layout.ts";
import { readScanOptions, SCAN_FLAGS, SCAN_TEXTS, type ScanOptions } from "./scan-options.ts";
import { PacedAsker, patienceOf, type SweepManner, type SweptUnit, sweepUnits } from "./sweep.ts";
import { chooseTarget, findGateway, keepOffGateway, TARGET_FLAGS } from "./target.ts";

/** Most devices are delivered with one of these, so they are looked for first where the settings are not known. */
const UNITS_FIRST = 10;

/** How often each unit that was found is asked again, to hear how well it is heard. */
const ASKED_AGAIN = 10;

/** How often progress is said. */
const PROGRESS_EVERY = seconds(10);

/** The model of SunSpec that says who a device is. */
const SUNSPEC_COMMON = 1;

/** A unit with all that was found out about it. Units: `noiseBytes` bytes. */
export interface ScannedUnit extends SweptUnit {
  /** Absent over Modbus TCP. */
  readonly line?: LineSettings;
  readonly asked: number;
  readonly answered: number;
  /** What befell its answers on the line; absent over Modbus TCP, which does not show it. */
  readonly damaged?: number;
  readonly collided?: number;
  readonly noiseBytes?: number;
  /** What it says it is, if it speaks SunSpec. */
  readonly sunSpec?: string;
  readonly fits: readonly ProfileFit[];
}

/**
 * Scans; `loadKnown` gives the profiles that units may have. Exit code 1 when nobody was found, or others talk on the
 * line; 130 when it was stopped, after what was found until then.
 *
 * Errors: `CLI_USAGE`, those of `chooseTarget`, and `INPUT_UNREACHABLE`.
 */
export function createScan(
  surroundings: ReadingSurroundings = REAL_SURROUNDINGS,
  loadKnown: (folders: readonly string[]) => readonly ModbusProfile[] = (folders) =>
    profilesOf("modbus", loadProfiles(folders).profiles.values()),
): Command {
  return async (argv, terminal) => {
    const options = readArguments(argv, 1, { texts: [...TARGET_FLAGS, ...SCAN_TEXTS], flags: SCAN_FLAGS });
    const isNamed = options.text("instance") !== undefined;
    const asked = readScanOptions(options, isNamed ? (await chooseTarget(options, terminal)).settings : undefined);
    if (!isNamed) await keepOffGateway(asked.settings, findGateway(options.config, terminal), terminal);
    const profiles = loadKnown(findProfileFolders(options.config));
    const cleared = listCleared(profiles);
    const scan = { ...asked, read: chooseRead(asked, cleared), cleared };
    const stopping = new AbortController();
    terminal.onSignals({ stop: () => stopping.abort(new Error("stopped")) });
    const scanner = new Scanner(scan, surroundings, terminal, stopping.signal);
    const heard = await scanner.listen();
    const isStopped = (): boolean => stopping.signal.aborted;
    if (heard !== undefined && heard.bytes > 0 && !scan.isForced) {
      terminal.err(`${describeHeard(describePlace(scanner.place), heard).join("\n")}\n`);
      return isStopped() ? EXIT.interrupted : EXIT.failed;
    }
    const found = await scanner.scan((ask) => fitProfiles(profiles, ask));
    const told = { schema: 1, is_whole: !isStopped(), units: found };
    if (options.json) terminal.out(`${JSON.stringify(told, null, 2)}\n`);
    else terminal.out(formatScan(scanner.place, found, isStopped()));
    if (isStopped()) return EXIT.interrupted;
    return found.length === 0 ? EXIT.failed : EXIT.ok;
  };
}

/**
 * Chooses what every unit is asked for: never what a read clears in a device that one of them may be.
 *
 * Errors: `CLI_USAGE` where the command line chose such a register.
 */
function chooseRead({ read, isReadChosen }: ScanOptions, cleared: readonly ClearedSpan[]): TableRead {
  let chosen = read;
  for (;;) {
    const span = findCleared(cleared, chosen);
    if (span === undefined) return chosen;
    if (isReadChosen) {
      throw new GatewayError("CLI_USAGE", `--ask: found ${describeCleared(span)}, expected a register that bears it.`);
    }
    chosen = { ...chosen, address: span.end };
  }
}

/** A scan that knows what to leave alone. */
type CarefulScan = ScanOptions & { readonly cleared: readonly ClearedSpan[] };

type FindFits = (ask: AskUnit) => Promise<readonly ProfileFit[]>;

class Scanner {
  readonly place: LinkPlace;
  readonly #scan: CarefulScan;
  readonly #surroundings: ReadingSurroundings;
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  readonly #manner: SweepManner;
  #lines: readonly LineSettings[];

  constructor(scan: CarefulScan, surroundings: ReadingSurroundings, terminal: Terminal, signal: AbortSignal) {
    this.place = placeOf(scan.settings);
    this.#scan = scan;
    this.#surroundings = surroundings;
    this.#terminal = terminal;
    this.#signal = signal;
    this.#lines = scan.lines;
    this.#manner = {
      ...{ read: scan.read, clock: surroundings.clock, signal },
      ...{ timeout: millis(Math.round(scan.timeout * 1000)), gap: millis(1000 / scan.rate) },
    };
  }

  /**
   * Listens; undefined where a line cannot be heard, or not as RTU. Bytes at a wrong rate are bytes too, so the other
   * settings are only tried once there are some, and those at which frames are heard are the only ones left.
   */
  async listen(): Promise<(Heard & { readonly line: LineSettings }) | undefined> {
    const { place } = this;
    const [first] = this.#lines;
    if (place.kind !== "serial" && place.kind !== "rtu-over-tcp") return undefined;
    if (this.#scan.listen === 0 || first === undefined) return undefined;
    this.#say(`Listening to ${describePlace(place)} for ${this.#scan.listen} s, before anything is asked.`);
    let heard = { ...(await this.#listenAt(first, place)), line: first };
    for (const line of heard.bytes > 0 ? this.#lines.slice(1) : []) {
      if (heard.units.length > 0 || this.#signal.aborted) break;
      this.#say(`Somebody talks there. Listening at ${describeLine(line)}.`);
      heard = { ...(await this.#listenAt(line, place)), line };
    }
    if (heard.units.length > 0) this.#lines = [heard.line];
    return heard;
  }

  /** Looks for units, at the settings that are left, and finds out about each. */
  async scan(findFits: FindFits): Promise<readonly ScannedUnit[]> {
    const { units, isThorough } = this.#scan;
    const isOpen = this.#lines.length > 1 && units.length > UNITS_FIRST;
    const passes = isOpen ? [units.slice(0, UNITS_FIRST), units.slice(UNITS_FIRST)] : [units];
    const found: ScannedUnit[] = [];
    for (const [index, pass] of passes.entries()) {
      for (const line of this.#lines) {
        const met = await this.#scanLine(line, pass, findFits);
        found.push(...met);
        if (met.length === 0 || isThorough) continue;
        // All units of a line have the same settings, so that only the others are left to be looked for.
        for (const rest of passes.slice(index + 1)) found.push(...(await this.#scanLine(line, rest, findFits)));
        return found;
      }
    }
    return found;
  }

  async #listenAt(line: LineSettings, place: LinePlace): Promise<Heard> {
    const { clock } = this.#surroundings;
    return await listenOn(place, line, this.#surroundings, clock, seconds(this.#scan.listen), this.#signal);
  }

  async #scanLine(line: LineSettings, units: readonly number[], findFits: FindFits): Promise<readonly ScannedUnit[]> {
    if (this.#signal.aborted) return [];
    const { clock } = this.#surroundings;
    const { place: given } = this;
    const place: LinkPlace = "line" in given ? { ...given, line: { ...given.line, ...line } } : given;
    const link = createLink(place, clock, this.#surroundings);
    const where = "line" in place ? `${describePlace(place)} at ${describeLine(line)}` : describePlace(place);
    this.#say(`Asking ${units.length} units of ${where}, at most ${this.#scan.rate} a second.`);
    try {
      const met: SweptUnit[] = [];
      let toldAt = clock.monotonic();
      const asker = new PacedAsker(link, this.#manner);
      await sweepUnits(asker, units, this.#manner, (found, unit) => {
        if (found !== undefined) {
          met.push(found);
          this.#say(`Unit ${unit} answers.`);
        } else if (clock.monotonic() - toldAt >= PROGRESS_EVERY) {
          toldAt = clock.monotonic();
          this.#say(`Unit ${unit} is not there; ${units.length - units.indexOf(unit) - 1} to go.`);
        }
      });
      const scanned: ScannedUnit[] = [];
      for (const swept of met) {
        scanned.push({ ...(await this.#examine(asker, swept, findFits)), ...("line" in place ? { line } : {}) });
      }
      return scanned;
    } finally {
      link.close();
    }
  }

  /** Hears how well a unit is heard, and what it may be. */
  async #examine(asker: PacedAsker, swept: SweptUnit, findFits: FindFits): Promise<ScannedUnit> {
    const { unit, isSlow } = swept;
    const timeout = isSlow ? patienceOf(this.#manner) : this.#manner.timeout;
    const ask = leaveAlone(this.#scan.cleared, (read) => asker.ask(unit, read, timeout));
    let asked = 1;
    let answered = swept.refusal === "damaged" ? 0 : 1;
    for (let round = 0; round < ASKED_AGAIN; round += 1) {
      const answer = await this.#tries(ask(this.#manner.read));
      if (this.#signal.aborted) break;
      asked += 1;
      answered += answer === undefined ? 0 : 1;
    }
    const counts = asker.link.countsOf?.(unit);
    const quality = {
      ...{ asked, answered },
      ...(counts === undefined
        ? {}
        : {
            damaged: counts.broken + counts.cutShort,
            collided: counts.ofAnotherUnit + counts.unfitting,
            noiseBytes: counts.noiseBytes,
          }),
    };
    // Who answers less than every second time would be taken for another device by what is missing.
    if (2 * answered < asked || this.#signal.aborted) return { ...swept, ...quality, fits: [] };
    this.#say(`Finding out what unit ${unit} may be.`);
    const told = await this.#tries(this.#findOut(ask, findFits));
    return { ...swept, ...quality, ...(told ?? { fits: [] }) };
  }

  async #findOut(ask: AskUnit, findFits: FindFits): Promise<Pick<ScannedUnit, "sunSpec" | "fits">> {
    const read = readSunSpecWith({ ask });
    const device = await this.#tries(walkSunSpec(read, (id) => id === SUNSPEC_COMMON));
    if (device === undefined) return { fits: await findFits(ask) };
    const { maker, model } = identifySunSpec(device);
    return { sunSpec: `${maker} ${model}`.trim(), fits: [] };
  }

  /** Gives undefined where an answer fails or the scan is stopped. */
  async #tries<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof GatewayError || this.#signal.aborted) return undefined;
      throw error;
    }
  }

  #say(text: string): void {
    this.#terminal.err(`${text}\n`);
  }
}
