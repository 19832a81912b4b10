/** `tidegate sim`: the plant. The simulator is a program of its own, loaded only here. */

/** Runs the plant and gives its exit code. Errors: `CLI_USAGE`, `GATEWAY_RUNNING`. */
export async function runSim(argv: readonly string[]): Promise<number> {
  const { simulate } = await import("../../hardware-sim/main.ts");
  return simulate(argv);
}
