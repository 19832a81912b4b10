import { defineConfig } from "vitest/config";

/** Each peer is run by `run.ts`, in a process of its own. */
export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    include: ["test/peers/**/*.test.ts"],
    reporters: ["default", "./test/support/closing-line-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
