/** What `diagnose` finds, and how it is laid out. */

/** How one look came out. A warning is nothing that stops readings, yet something to know. */
export type DiagnosisResult = "success" | "warning" | "fail";

/** One look at one thing. */
export interface Diagnosis {
  readonly name: string;
  readonly result: DiagnosisResult;
  /** What was found, as a whole sentence. */
  readonly diagnosis: string;
  /** What to do; empty when all is well. */
  readonly remediation: string;
}

/** The looks at one part of the gateway. */
export interface SuiteRun {
  readonly suite_name: string;
  readonly diagnoses: readonly Diagnosis[];
}

/** How many looks came out how. */
export interface DiagnosisSummary {
  readonly total: number;
  readonly success: number;
  readonly warnings: number;
  readonly errors: number;
}

/** Counts how many looks came out how. */
export function summarize(runs: readonly SuiteRun[]): DiagnosisSummary {
  const all = runs.flatMap((run) => run.diagnoses);
  const count = (result: DiagnosisResult): number => all.filter((one) => one.result === result).length;
  return { total: all.length, success: count("success"), warnings: count("warning"), errors: count("fail") };
}

const WORDS: Readonly<Record<DiagnosisResult, string>> = { success: "PASS", warning: "WARNING", fail: "FAIL" };

/** Lays the runs out as the Agent does. */
export function formatDiagnoses(runs: readonly SuiteRun[]): string {
  const lines = ["=== Starting diagnose ==="];
  let number = 0;
  for (const { suite_name: suite, diagnoses } of runs) {
    lines.push("==============", `Suite: ${suite}`);
    for (const { name, result, diagnosis, remediation } of diagnoses) {
      number += 1;
      lines.push(`${number}. --------------`, `  ${WORDS[result]} [${suite}] ${name}`, `  Diagnosis: ${diagnosis}`);
      if (remediation !== "") lines.push(`  Remediation: ${remediation}`);
    }
  }
  const { total, success, warnings, errors } = summarize(runs);
  lines.push("-------------------------", `  Total:${total}, Success:${success}, Warning:${warnings}, Error:${errors}`);
  return `${lines.join("\n")}\n`;
}
