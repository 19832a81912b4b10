/** Takes out of the log what cannot be read or belongs to nobody, and says what that cost. */

import { GatewayError } from "../model/errors.ts";
import type { LogSlice, Sequence } from "../model/log.ts";
import { type Inspection, MENDABLE_KINDS } from "../model/log-care.ts";
import type { Database } from "../platform/level-database.ts";
import type { Quarantine } from "../platform/quarantine.ts";
import { type BlockIndex, encodeIndexRecord } from "./block-index.ts";
import { deleteBlock } from "./block-operations.ts";
import { describeLoss } from "./describe-loss.ts";
import type { EpochTable } from "./epochs.ts";
import { createHole, toHole } from "./holes.ts";
import { type Flaw, Inspector } from "./inspector.ts";
import { indexKey } from "./keys.ts";
import type { LossLedger } from "./loss-ledger.ts";
import type { SeriesTable } from "./series-table.ts";

/** What of a quarantine a log needs. */
export type BlockQuarantine = Pick<Quarantine, "keep" | "say" | "report">;

/** Inspects and mends the blocks of one log. Errors: `STORE_FAILED`. */
export class BlockMender {
  readonly #database: Database;
  readonly #index: BlockIndex;
  readonly #series: SeriesTable;
  readonly #losses: LossLedger;
  readonly #quarantine: BlockQuarantine | undefined;
  readonly #inspector: Inspector;

  /** Without a quarantine what cannot be read is thrown away. */
  constructor(
    database: Database,
    index: BlockIndex,
    epochs: EpochTable,
    series: SeriesTable,
    losses: LossLedger,
    quarantine: BlockQuarantine | undefined,
  ) {
    this.#database = database;
    this.#index = index;
    this.#series = series;
    this.#losses = losses;
    this.#quarantine = quarantine;
    this.#inspector = new Inspector(database, index, epochs, series);
  }

  /** Looks at blocks from a sequence on; `end` is that of the log. `isRepairing` mends what it finds. */
  async inspect(from: Sequence, end: Sequence, isRepairing: boolean): Promise<Inspection> {
    const { inspection, flaws } = await this.#inspector.inspect(from, end);
    const mendable = isRepairing ? flaws.filter(({ finding }) => MENDABLE_KINDS.has(finding.kind)) : [];
    for (const flaw of mendable) await this.#mend(flaw);
    if (mendable.length > 0) await this.#quarantine?.report();
    return inspection;
  }

  /** Takes blocks out of the log that a reader came upon and could not read. */
  async writeOff({ from, to }: LogSlice): Promise<void> {
    const flaws = await this.#inspector.inspectBetween(from, to);
    try {
      for (const flaw of flaws) await this.#mend(flaw);
    } catch (error) {
      // They are come upon again.
      if (!(error instanceof GatewayError)) throw error;
    }
    if (flaws.length > 0) await this.#quarantine?.report();
  }

  /** Writes an index record anew, or takes a block out of the log that cannot be read or belongs to nobody. */
  async #mend({ finding, bytes, entry }: Flaw): Promise<void> {
    const { kind, from: first, fromAt = 0, toAt = 0, series } = finding;
    const position = this.#index.findLastStartingBy(first);
    if (kind === "index" && entry !== undefined) {
      await this.#database.write([{ type: "put", key: indexKey(first), value: encodeIndexRecord(entry) }], {
        sync: true,
      });
      this.#index.replace(position, 1, entry);
      return;
    }
    const quarantine = this.#quarantine;
    if (bytes !== undefined) await quarantine?.keep(`block-${first}`, bytes);
    const operations = deleteBlock(first);
    if (kind === "stray") {
      await this.#database.write(operations, { sync: true });
      quarantine?.say(describeLoss(finding, (id) => this.#series.find(id)));
      return;
    }
    const lost = this.#losses.plan("unreadable", new Map(series.map((of) => [of.series, { ...of, fromAt, toAt }])));
    const hole = toHole(this.#index.at(position) ?? createHole(first, finding.to));
    const marked = { type: "put", key: indexKey(first), value: encodeIndexRecord(hole) } as const;
    await this.#database.write([...operations, marked, ...lost.operations], { sync: true });
    lost.note();
    quarantine?.say(describeLoss(finding, (id) => this.#series.find(id)));
    this.#index.replace(position, 1, hole);
  }
}
