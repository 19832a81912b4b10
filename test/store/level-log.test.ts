import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLevelLog } from "../../src/store/level-log.ts";
import { openLog } from "../../src/store/open-log.ts";
import { careSuite } from "../conformance/care-suite.ts";
import { eventSuite } from "../conformance/event-suite.ts";
import { laneSuite } from "../conformance/lane-suite.ts";
import { type LogHarness, logSuite } from "../conformance/log-suite.ts";
import { setAsideSuite } from "../conformance/set-aside-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDisk } from "../support/fake-database.ts";

function failOnNotice(what: string): never {
  throw new Error(`nothing is to be mended here, yet: ${what}`);
}

async function openFolder(): Promise<LogHarness> {
  const clock = new FakeClock();
  const folder = await mkdtemp(join(tmpdir(), "tidegate-log-"));
  return {
    clock,
    open: (options) => openLog({ path: folder, clock, notice: failOnNotice, ...options }),
    dispose: () => rm(folder, { recursive: true }),
  };
}

async function openFake(): Promise<LogHarness> {
  const clock = new FakeClock();
  const disk = new FakeDisk();
  return {
    clock,
    open: (options) => openLevelLog(disk.open(), clock, options, failOnNotice),
    dispose: async () => {},
  };
}

logSuite("on LevelDB in a folder", openFolder);
logSuite("on a database in memory", openFake);
laneSuite("on a database in memory", openFake);
careSuite("on LevelDB in a folder", openFolder);
careSuite("on a database in memory", openFake);
eventSuite("on LevelDB in a folder", openFolder);
eventSuite("on a database in memory", openFake);
setAsideSuite("on a database in memory", openFake);
