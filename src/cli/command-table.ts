/** The commands: one entry each here, one file each beside this one, loaded only when asked for. */

import type { Command } from "./commands.ts";

/** One command as help and completion show it. */
export interface CommandEntry {
  /** What it does, as a phrase that follows its name. */
  readonly summary: string;
  /** Its words and options; upper case stands for what the user fills in. */
  readonly usage: string;
  /** What `--help` says beside these, a line each. */
  readonly details?: readonly string[];
  load(): Promise<Command>;
}

/** Every command by its name, in the order they are listed. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  run: {
    summary: "run the gateway in the foreground",
    usage: "run [--config DIR] [--json]",
    load: async () => (await import("./run.ts")).run,
  },
  check: {
    summary: "poll a check once and print what it sees; sends nothing",
    usage: "check NAME [--instance N] [--table] [--check-rate] [--config DIR] [--json]",
    details: [
      "--table             one line for each point, instead of what would be sent",
      "--instance N        only this one, by its name or its number from 0",
      "-r, --check-rate    polls twice, a second apart",
    ],
    load: async () => (await import("./check.ts")).check,
  },
  new: {
    summary: "write the two files of a check of your own",
    usage: "new check NAME [--js] [--config DIR] [--json]",
    details: ["--js    JavaScript instead of TypeScript"],
    load: async () => (await import("./new-check.ts")).newCheck,
  },
  status: {
    summary: "say how the gateway is",
    usage: "status [--watch] [--config DIR] [--json]",
    details: ["--watch    goes on saying it until q is pressed"],
    load: async () => (await import("./status.ts")).status,
  },
  log: {
    summary: "say what the log holds, verify and repair it, export its readings",
    usage:
      "log stats | verify | repair | export [--format csv|jsonl] [--from TIME] [--to TIME] [--series SERIES] | " +
      "quarantine list | retry | drop [--intake NAME] [--series SERIES] [--yes] | " +
      "cursors [--drop NAME] [--config DIR] [--json]",
    details: [
      "quarantine is about samples that an intake refused one by one while it took",
      "others. list says which, and with what answer; retry has the running gateway",
      "send them once more, which never puts an older value over a newer one, and ends",
      "with exit code 1 when some are refused again; drop forgets them for good.",
      "",
      "--intake NAME, --series SERIES",
      "               only these; SERIES as in voltage{phase:l1}, * stands for anything",
      "--yes          drops indeed",
    ],
    load: async () => (await import("./log/log.ts")).log,
  },
  detect: {
    summary: "say of each reading in a file how odd it is",
    usage: "detect --input FILE.csv [--output FILE.csv] [--detector NAME] [--range L,H] [--json]",
    details: [
      "Reads timestamp,value and writes timestamp,value,anomaly_score,low,high:",
      "a score from 0 to 1, from 0.5 on worth a look, from 0.9 on an alarm, and the",
      "range that was expected. It goes by what came before, and learns first. What",
      "lasts has a score where it begins and where it gets worse, and 0 in between.",
      "A timestamp is 2026-11-21 10:00:00, in UTC where no zone stands with it, or a",
      "number of seconds, or of ms, us or ns, since 1970. Exit code 1 says that no row",
      "was understood.",
      "",
      "--input FILE                   - is standard input",
      "--output FILE                  left out, or as -, rows go to standard output,",
      "                               and what was found to standard error",
      "--detector NAME                basic, agile, robust, threshold, rate, or",
      "                               ensemble, which it is when left out",
      "--range L,H                    what the sensor can give, such as 0,16 for bar;",
      "                               to threshold its limits, which are learned when",
      "                               it is left out",
    ],
    load: async () => (await import("./detect/detect.ts")).detect,
  },
  filter: {
    summary: "show what a setting of the filter would have sent and saved",
    usage:
      "filter replay [--from TIME] [--to TIME] [--series SERIES] [--mode reduce|mark] [--detector NAME] " +
      "[--sensitivity watch|alarm] [--keep mean|deadband|swinging-door] [--deadband BAND] [--window S] [--pre S] " +
      "[--post S] [--heartbeat S] [--intake NAME] [--config DIR] [--json]",
    details: [
      "replay reads what the log holds of a time and says what would have gone to an",
      "intake, in its own encoding: readings, bytes and series, what was odd, and how",
      "much hourly averages differ. It changes nothing, and sends nothing.",
      "",
      "--from TIME, --to TIME    2026-11-21T10:00, -1h or now; left out, all there is",
      "--series SERIES           only these, a line each, as in voltage{phase:l1}",
      "--intake NAME             where several are configured, instead of the first",
      "",
      "The other options are keys of `filter` and go over what is configured. What is",
      "not configured is tried with `mode: reduce`. Detectors learn from the day before",
      "--from, as far as the log goes back.",
    ],
    load: async () => (await import("./filter/filter.ts")).filter,
  },
  health: {
    summary: "say which parts of the gateway are well; exit code 1 when one is not",
    usage: "health [--config DIR] [--json]",
    load: async () => (await import("./health.ts")).health,
  },
  configcheck: {
    summary: "check every configuration file and say what each costs",
    usage: "configcheck [--config DIR] [--json]",
    load: async () => (await import("./configcheck.ts")).configcheck,
  },
  diagnose: {
    summary: "look at everything a gateway needs, and say what to do where it lacks",
    usage: "diagnose [--config DIR] [--json]",
    load: async () => (await import("./diagnose/diagnose.ts")).diagnose,
  },
  flare: {
    summary: "pack configuration, status and diagnosis into an archive, without secrets",
    usage: "flare [--output FILE] [--config DIR] [--json]",
    load: async () => (await import("./flare/flare.ts")).flare,
  },
  profiles: {
    summary: "list, show, verify and import device profiles",
    usage:
      "profiles list | show VENDOR/MODEL | verify FILE | import FILE.csv --id VENDOR/MODEL [--table TABLE] " +
      "[--count-from N] [--config DIR] [--json]",
    details: [
      "import prints a profile made of a manual's list of points, with what is still to",
      "mend marked in it:",
      "",
      "  tidegate profiles import points.csv --id acme/pm-3 > pm-3.yaml",
      "",
      "The list is a sheet saved as CSV. Its first line heads the columns, in English,",
      "German or French: name, address, type, and where known table, word order,",
      "scale, offset, unit, metric, tags, min, max, bit, sentinel.",
      "",
      "--table TABLE       holding-register, input-register, discrete-input or coil,",
      "                    where the list does not say",
      "--count-from N      what the list calls the first register: 0 as on the wire, 1,",
      "                    or 40001 where the first digit names the table",
    ],
    load: async () => (await import("./profiles/profiles.ts")).profiles,
  },
  modbus: {
    summary: "plan the polls of Modbus buses, and ask devices by hand",
    usage:
      "modbus plan [CHECK] [--instance N] [--config DIR] [--json] | " +
      "accept [CHECK] [--instance N] [--config DIR] [--json] | " +
      "read ADDRESS --host HOST|--serial PORT|--instance N [--unit N] [--type TYPE] [--word-order ORDER] " +
      "[--byte-order ORDER] [--table TABLE] [--json] | " +
      "scan --host HOST|--serial PORT|--instance N [--units 1-247] [--ask ADDRESS] [--listen S] [--rate N] " +
      "[--timeout S] [--force] [--all] [--json] | " +
      "probe ADDRESS --host HOST|--serial PORT|--instance N [--expect VALUE|UNIT] [--times N] [--all] [--json] | " +
      "discover --host HOST [--port N] [--unit N] [--id VENDOR/MODEL] [--all] [--json]",
    details: [
      "plan lists the requests of each instance, with registers, bytes and predicted",
      "milliseconds, and how much of the time each bus is in use; exit code 1 when a",
      "bus has no time for its polls. It reads files and touches no bus.",
      "",
      "--instance N    only this one, by its name or its number from 0",
      "",
      "accept takes the devices that answer now for the right ones, after a meter was",
      "replaced; until then its readings are held back.",
      "",
      "read reads registers once:",
      "",
      "  tidegate modbus read 40001:10 --host 192.168.1.50 --unit 1",
      "  tidegate modbus read input:0x46 --type float32 --serial usb:0403:6001",
      "  tidegate modbus read holding:0 --instance main",
      "",
      "ADDRESS[:COUNT]      holding:0, input:0x10, coil:3, discrete:3 on the wire, or",
      "                     12 with --table TABLE; 40001, 300017 as manuals count",
      "--type TYPE          a type of a profile; COUNT then counts values",
      "--type text          all COUNT registers as one text, --placement low-byte-first",
      "                     or as a profile has it",
      "--word-order ORDER, --byte-order ORDER",
      "                     as a profile has them: low-word-first, low-byte-first",
      "--instance N         place, unit and limits of a configured instance",
      "",
      "scan asks every unit of a bus for one register, and says who answers, how well",
      "it is heard, and which profile it may have. Where --baud and --parity do not say",
      "how a serial line is set, it tries what is usual. It listens before it asks, and",
      "asks nothing if another master talks there; exit code 1 when nobody is found,",
      "130 when Ctrl-C ended it, with what was found until then.",
      "",
      "  tidegate modbus scan --serial usb:0403:6001",
      "  tidegate modbus scan --host 192.168.1.50 --units 1-20",
      "",
      "--baud N,N, --parity P,P    several are tried one after the other",
      "--units 1-10,42      these alone",
      "--ask ADDRESS        what is asked for, instead of holding:0",
      "--listen S           for how many seconds, instead of 16; 0 does not listen",
      "--rate N             requests a second at most, instead of 20",
      "--force              asks although others talk",
      "--all                goes on at other settings after units were found at one",
      "",
      "probe reads one address several times and shows what it may mean, in every type",
      "and order, the plausible first:",
      "",
      "  tidegate modbus probe input:0 --expect 230 --host 192.168.1.50",
      "",
      "--expect 230         what the display shows; or a unit such as V, Hz, kWh, degC",
      "--times N            how often it is read, a second apart, instead of 3",
      "--all                every type and order",
      "",
      "discover asks a SunSpec device which models it has and prints the profile that",
      "reads them:",
      "",
      "  tidegate modbus discover --host 192.168.1.50 --unit 1 > inverter.yaml",
      "",
      "--id VENDOR/MODEL    what the profile is called, instead of what the device says",
      "--all                ratings and settings too",
      "--serial PORT, --baud N, --parity P, --stop-bits N, --data-bits N, --framing F,",
      "--timeout S",
      "                     as an instance of conf.d/modbus.yaml has them",
    ],
    load: async () => (await import("./modbus/modbus.ts")).modbus,
  },
  datadog: {
    summary: "have the Datadog account take readings that are older than an hour",
    usage: "datadog enable-historical --all|--metrics A,B [--intake NAME] [--dry-run] [--config DIR] [--json]",
    details: [
      "enable-historical turns on Historical Metrics Ingestion for the metrics of this",
      "gateway, so that after an outage of any length all of it can be seen. The",
      "line `historical: true` then lets the gateway send what is older. It needs an",
      "application key, which nothing else does:",
      "",
      "  DD_APP_KEY=... tidegate datadog enable-historical --all",
      "",
      "--all            every metric that is configured, or that the log knows",
      "--metrics A,B    these alone",
      "--intake NAME    where several intakes of Datadog are configured",
      "--dry-run        only names the metrics, and asks nothing",
    ],
    load: async () => (await import("./datadog/datadog.ts")).datadog,
  },
  schema: {
    summary: "write what lets an editor complete and check these files",
    usage: "schema [--config DIR] [--json]",
    load: async () => (await import("./schema.ts")).schema,
  },
  reload: {
    summary: "take up changed files without a gap for the others",
    usage: "reload [--dry-run] [--config DIR] [--json]",
    details: [
      "--dry-run    only says what would start, stop and change, and the series",
      "             gained and lost",
    ],
    load: async () => (await import("./reload.ts")).reload,
  },
  hostname: {
    summary: "print the name this gateway sends under",
    usage: "hostname [--config DIR] [--json]",
    load: async () => (await import("./hostname.ts")).hostname,
  },
  sim: {
    summary: "run the plant: simulated machines, the gateway, a local intake",
    usage: "sim [--seconds N] [--outage S] [--seed N] [--fault STEP] [--json] [--config-only]",
    load: async () => {
      const { runSim } = await import("./sim.ts");
      return runSim;
    },
  },
  completion: {
    summary: "print what makes a shell complete these commands",
    usage: "completion bash | zsh | fish",
    load: async () => (await import("./completion.ts")).completion,
  },
  version: {
    summary: "print the version and which native parts load",
    usage: "version [--json]",
    load: async () => (await import("./version.ts")).version,
  },
};
