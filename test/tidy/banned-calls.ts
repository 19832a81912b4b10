import { isCode, isIn, lineAt, type Rule } from "./source-file.ts";

/** Something that must not be written in some places, and what to write instead. */
interface Ban {
  readonly what: RegExp;
  readonly use: string;
  readonly places: readonly string[];
  readonly except: readonly string[];
}

const CLOCK = "use the Clock that is handed in";

/** `src` must be replayable from a seed; tests must not wait for real time; the simulator must follow its seed. */
const BANS: readonly Ban[] = [
  { what: /\bDate\.now\b/gu, use: CLOCK, places: ["src"], except: ["src/platform"] },
  { what: /\bnew Date\(\s*\)/gu, use: CLOCK, places: ["src"], except: ["src/platform"] },
  { what: /\bperformance\.now\b/gu, use: CLOCK, places: ["src"], except: ["src/platform"] },
  { what: /\bprocess\.hrtime\b/gu, use: CLOCK, places: ["src"], except: ["src/platform"] },
  {
    what: /(?<![\w#]\.|[\w#])(?:globalThis\.)?(?:setTimeout|setInterval|setImmediate)\b/gu,
    use: CLOCK,
    places: ["src"],
    except: ["src/platform"],
  },
  { what: /\bAbortSignal\.timeout\b/gu, use: CLOCK, places: ["src"], except: ["src/platform"] },
  {
    what: /\bMath\.random\b/gu,
    use: "use the Random that is handed in",
    places: ["src", "hardware-sim", "test"],
    except: ["src/platform"],
  },
  {
    what: /\bprocess\.env\b/gu,
    use: "use the environment that `main` hands in",
    places: ["src"],
    except: ["src/platform", "src/config", "src/cli", "src/main.ts", "src/launch.js"],
  },
  { what: /\bconsole\s*\./gu, use: "use the Logger that is handed in", places: ["src", "hardware-sim"], except: [] },
  {
    what: /(?<![\w#]\.|[\w#])(?:globalThis\.)?(?:setTimeout|setInterval)\b/gu,
    use: "use test/support/fake-clock.ts",
    places: ["test"],
    except: ["test/peers", "test/crash", "test/support"],
  },
  {
    what: /\b(?:test|it|describe)\.(?:only|skip|todo)\b/gu,
    use: "use a test that runs, or none",
    places: ["test"],
    except: [],
  },
];

/** Calls that break replay or hide tests are not made where they are banned. */
export const bannedCalls: Rule = (files) => {
  const findings: string[] = [];
  for (const file of files.filter(isCode)) {
    for (const { what, use, places, except } of BANS) {
      if (!places.some((place) => isIn(file.path, place)) || except.some((place) => isIn(file.path, place))) continue;
      for (const match of file.code.matchAll(what)) {
        findings.push(`${file.path}:${lineAt(file.code, match.index)}: ${match[0]} is banned here; ${use}`);
      }
    }
  }
  return findings;
};
