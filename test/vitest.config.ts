import { defineConfig } from "vitest/config";

/** The configuration lives here so that nothing of it lands at the top level. */
export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "node_modules/**"],
    reporters: ["default", "./test/support/closing-line-reporter.ts"],
    testTimeout: 30_000,
    // One core is not left free, as Vitest would: on a small machine that is half of it, and some tests only wait.
    maxWorkers: "100%",
  },
});
