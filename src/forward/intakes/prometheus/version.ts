/**
 * Which version of remote write a receiver is spoken to in.
 *
 * A receiver of 2.0 says how many samples it has written. One that knows 1.0 alone answers 415, or takes a request of
 * 2.0 for an empty one and accepts it: nothing was written then, and the same samples go again in 1.0. What was found
 * is kept while the gateway runs.
 *
 * Source: Prometheus Remote-Write Specification 2.0, "Required Written Response Headers".
 */

import type { RemoteWriteVersion } from "../../../model/config.ts";
import type { IntakeResponse, Verdict } from "../../../model/intake.ts";
import { millis } from "../../../model/time.ts";
import { judgeRemoteWrite, readWritten } from "./verdict.ts";

/** The version of the moment. */
export class SpokenVersion {
  readonly #wanted: RemoteWriteVersion;
  #isOld: boolean;

  constructor(wanted: RemoteWriteVersion) {
    this.#wanted = wanted;
    this.#isOld = wanted === "1.0";
  }

  /** Whether 1.0 is spoken. */
  get isOld(): boolean {
    return this.#isOld;
  }

  /** Judges an answer to a request of so many samples. An answer that shows a receiver of 1.0 changes the version. */
  judge(response: IntakeResponse, sampleCount: number): Verdict {
    const verdict = judgeRemoteWrite(response);
    if (this.#isOld) return verdict;
    const isUnread = verdict.kind === "accepted" && sampleCount > 0 && (readWritten(response) ?? 0) === 0;
    if (!isUnread && response.status !== 415) return verdict;
    const found = `the intake answered ${response.status} and wrote nothing: it knows remote write 1.0 only`;
    if (this.#wanted === "2.0") return { kind: "hold", reason: `${found}; set \`version\` in tidegate.yaml to auto` };
    this.#isOld = true;
    return { kind: "retry", reason: `${found}; that is spoken from now on`, after: millis(0) };
  }
}
