/** A program that runs the check it is told of, for a test that kills it. */

import { type CheckProcessParts, startCheckProcess } from "../../../src/platform/check-process.ts";

await startCheckProcess(JSON.parse(process.argv[2] ?? "") as CheckProcessParts).run();
