import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Ends the run with the plain line that any machine can read: `N passed, N failed, N skipped`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests() as Iterable<TestCase>) {
        const { state } = test.result();
        if (state !== "pending") count[state] += 1;
      }
    }
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`;
    process.on("exit", () => process.stdout.write(line));
  }
}
