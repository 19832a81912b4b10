import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The key of the plant's own intake; it opens nothing else. */
export const PLANT_API_KEY = "00000000000000000000007469646567";

/** The key by which the account of that intake can be changed. */
export const PLANT_APP_KEY = "0000000000000000000000000000000074696465";

/** The intake as the gateway's books name it. */
export const PLANT_INTAKE = "datadog";

/** One machine as the gateway shall find it. */
export interface PlantInstance {
  readonly name: string;
  /** A port of this machine by its path, or a TCP port and what is spoken there. */
  readonly place: string | { readonly port: number; readonly framing: "tcp" | "rtu" };
  readonly unit: number;
  readonly profile: string;
}

/** What the gateway of the plant is told. */
export interface PlantConfig {
  /** Scheme, host and port of the intake. */
  readonly intakeUrl: string;
  readonly instances: readonly PlantInstance[];
  /** Texts by their path in the folder, of what is no Modbus. */
  readonly files: Readonly<Record<string, string>>;
}

/** The rate of the plant's serial line. */
export const LINE_BAUD = 19_200;

/** Where the gateway keeps its state in the plant's folder. */
export function plantRunPath(folder: string): string {
  return join(folder, "run");
}

/** Writes the configuration of a gateway into `folder` and takes away what an earlier run left there. */
export async function writePlantConfig(folder: string, config: PlantConfig): Promise<void> {
  const earlier = [plantRunPath(folder), join(folder, "conf.d"), join(folder, "checks.d")];
  for (const each of earlier) await rm(each, { recursive: true, force: true });
  await mkdir(join(folder, "conf.d"), { recursive: true });
  await writeFile(join(folder, "tidegate.yaml"), formatMain(folder, config.intakeUrl));
  await writeFile(join(folder, "conf.d", "modbus.yaml"), formatInstances(config.instances));
  for (const [path, text] of Object.entries(config.files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** Every JSON text is a YAML text, so values are written as JSON and need no quoting rules of their own. */
function formatMain(folder: string, intakeUrl: string): string {
  return `# The gateway of the plant. \`tidegate sim\` writes this file anew each time.
api_key: ${JSON.stringify(PLANT_API_KEY)}
app_key: ${JSON.stringify(PLANT_APP_KEY)}
dd_url: ${JSON.stringify(intakeUrl)}
run_path: ${JSON.stringify(plantRunPath(folder))}
hostname: plant
tags: ["site:demo"]
forward:
  flush_interval: 1
store:
  sync_interval: 0.5
`;
}

function formatInstances(instances: readonly PlantInstance[]): string {
  const entries = instances.map(
    ({ name, place, unit, profile }) => `  - name: ${JSON.stringify(name)}
${formatPlace(place)}
    baud: ${LINE_BAUD}
    unit: ${unit}
    profile: ${JSON.stringify(profile)}
    min_collection_interval: 1
`,
  );
  return `# The machines of the plant. \`tidegate sim\` writes this file anew each time.
init_config: {}
instances:
${entries.join("")}`;
}

function formatPlace(place: PlantInstance["place"]): string {
  if (typeof place === "string") return `    serial: ${JSON.stringify(place)}`;
  return `    host: 127.0.0.1
    port: ${place.port}
    framing: ${place.framing}`;
}
