import { careSuite } from "../conformance/care-suite.ts";
import { eventSuite } from "../conformance/event-suite.ts";
import { laneSuite } from "../conformance/lane-suite.ts";
import { type LogHarness, logSuite } from "../conformance/log-suite.ts";
import { setAsideSuite } from "../conformance/set-aside-suite.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { openMemoryLog } from "./memory-log.ts";
import { MemoryStorage } from "./memory-storage.ts";

async function openHarness(): Promise<LogHarness> {
  const clock = new FakeClock();
  let storage: MemoryStorage | undefined;
  return {
    clock,
    open: async (options) => {
      if (storage === undefined) storage = new MemoryStorage(clock, options);
      else storage.limits = options;
      return openMemoryLog(clock, options, storage);
    },
    dispose: async () => {},
  };
}

logSuite("in memory", openHarness);
laneSuite("in memory", openHarness);
eventSuite("in memory", openHarness);
careSuite("in memory", openHarness);
setAsideSuite("in memory", openHarness);
