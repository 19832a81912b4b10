import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLevelLog } from "../../src/store/level-log.ts";
import { openLog } from "../../src/store/open-log.ts";
import { logSuite } from "../conformance/log-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";

function failOnNotice(what: string): never {
  throw new Error(`nothing is to be mended here, yet: ${what}`);
}

logSuite("on LevelDB in a folder", async () => {
  const clock = new FakeClock();
  const folder = await mkdtemp(join(tmpdir(), "tidegate-log-"));
  return {
    clock,
    open: (options) => openLog({ folder, clock, notice: failOnNotice, ...options }),
    dispose: () => rm(folder, { recursive: true }),
  };
});

logSuite("on a database in memory", async () => {
  const clock = new FakeClock();
  const disk = new FakeDisk();
  return {
    clock,
    open: (options) => openLevelLog(disk.open(), clock, options, failOnNotice),
    dispose: async () => {},
  };
});
