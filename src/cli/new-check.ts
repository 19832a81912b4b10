/** `tidegate new check NAME`: the two files of a check of the user, and what tells an editor what they may say. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { findCheckCode } from "../config/check-code.ts";
import { findCheckFiles } from "../config/check-files.ts";
import { checkSchemaOf, schemaLine } from "../config/editor-schemas.ts";
import { type ConfigPlace, findConfig, placeOf } from "../config/places.ts";
import { inputs } from "../inputs/registry.ts";
import { EXIT, GatewayError } from "../model/errors.ts";
import { pathKind } from "../platform/files.ts";
import { packageRoot } from "../platform/package-root.ts";
import { writeTo } from "../platform/writing.ts";
import { readArguments } from "./arguments.ts";
import { chooseAction } from "./choose-action.ts";
import type { Command, Terminal } from "./commands.ts";

/** A name that files, tags and metrics can all carry as it is. */
const NAME = /^[a-z][a-z\d_]{0,99}$/u;

/** What an editor is told of `tidegate/check`, in the package and beside the checks. */
const TYPES = "conf.d/schema/tidegate-check.d.ts";

/** Writes the files of something new, and gives their paths. */
type Write = (name: string, place: ConfigPlace, isJs: boolean) => readonly string[];

const ACTIONS: Readonly<Record<string, Write>> = { check: writeCheck };

/**
 * Writes the files and says which.
 *
 * Errors: `CLI_USAGE`, before anything is written, where one is there already; those of `writeTo`.
 */
export const newCheck: Command = (argv, terminal) => {
  const action = chooseAction(ACTIONS, argv[0]);
  const options = readArguments(argv, 2, { flags: ["js"] });
  const [, name = ""] = options.words;
  const place = findPlace(options.config, terminal);
  const files = action(name, place, options.has("js"));
  if (options.json) terminal.out(`${JSON.stringify({ schema: 1, files }, null, 2)}\n`);
  else terminal.out(`${files.map((file) => `wrote ${file}\n`).join("")}\n${adviseOn(name, place)}`);
  return Promise.resolve(EXIT.ok);
};

/** Where nothing is configured yet, the files come into this folder. */
function findPlace(config: string | undefined, terminal: Terminal): ConfigPlace {
  try {
    return findConfig({ config });
  } catch (error) {
    const isAbsent = error instanceof GatewayError && error.code === "CONFIG_NOT_FOUND";
    if (!isAbsent || config !== undefined) throw error;
    terminal.err("there is no tidegate.yaml here yet; the files are written beside where it will be\n");
    return placeOf(join(process.cwd(), "tidegate.yaml"));
  }
}

function writeCheck(name: string, place: ConfigPlace, isJs: boolean): readonly string[] {
  refuse(name, place);
  const code = join(place.checksFolder, `${name}.${isJs ? "js" : "ts"}`);
  const types = join(place.checksFolder, basename(TYPES));
  const files: readonly (readonly [string, string])[] = [
    [join(place.confFolder, `${name}.yaml`), formatConfig(name, relative(dirname(place.file), code))],
    [code, isJs ? formatJavaScript(name) : formatTypeScript(name)],
    [types, readFileSync(join(packageRoot(), TYPES), "utf8")],
    [join(place.checksFolder, "tsconfig.json"), TSCONFIG],
  ];
  // What editors read is the same for all checks, and may be the user's own by now.
  const missing = files.filter(([path], index) => index < 2 || pathKind(path) === "nothing");
  for (const [path, text] of missing) {
    writeTo(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: "wx" });
    });
  }
  return missing.map(([path]) => path);
}

function refuse(name: string, place: ConfigPlace): void {
  const complain = (what: string): never => {
    throw new GatewayError("CLI_USAGE", what);
  };
  if (!NAME.test(name)) {
    complain(`the name is "${name}", expected small letters, digits and underscores, such as my_metric.`);
  }
  if (inputs.some((input) => input.name === name)) {
    complain(`${name} is a check of the gateway's own; give yours another name.`);
  }
  const [file] = findCheckFiles(place.confFolder).checks.find((check) => check.name === name)?.files ?? [];
  const there = file ?? findCheckCode(place.checksFolder).get(name)?.file;
  if (there !== undefined) complain(`${there} is there already, and is left as it is; choose another name.`);
}

function formatConfig(name: string, code: string): string {
  return `${schemaLine(`conf.d/${name}.yaml`, checkSchemaOf("custom"))}
# Runs ${code}. All keys of an instance go to its check(instance), yours among them.
init_config:

instances:
  - min_collection_interval: 45
    # tags: ["line:3"]
`;
}

function formatTypeScript(name: string): string {
  return `import { Check, type CheckKeys } from "tidegate/check";

/** Tells a random value between 0 and 1000. Put what you measure in its place. */
export default class ${toClassName(name)} extends Check {
  override check(_instance: CheckKeys): void {
    this.gauge("${name}", Math.random() * 1000);
  }
}
`;
}

function formatJavaScript(name: string): string {
  return `import { Check } from "tidegate/check";

/** Tells a random value between 0 and 1000. Put what you measure in its place. */
export default class ${toClassName(name)} extends Check {
  check(_instance) {
    this.gauge("${name}", Math.random() * 1000);
  }
}
`;
}

function toClassName(name: string): string {
  return name.replaceAll(/(?:^|_+)([a-z\d]?)/gu, (_, letter: string) => letter.toUpperCase());
}

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2024",
    "lib": ["es2024"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "moduleDetection": "force",
    "noEmit": true,
    "strict": true,
    "allowJs": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "paths": { "tidegate/check": ["./tidegate-check.d.ts"] }
  }
}
`;

function adviseOn(name: string, { file }: ConfigPlace): string {
  const where = pathKind(file) === "nothing" ? "" : ` --config ${dirname(file)}`;
  return `Try it with \`tidegate check ${name}${where}\`; \`tidegate reload${where}\` has the gateway run it.\n`;
}
