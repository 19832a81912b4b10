/** What the instances of all checks of the user share: the code made ready, and how their processes are started. */

import type { InstanceConfig } from "../../model/config.ts";
import { SERIES_MAX } from "../../model/config.ts";
import { type CheckProcess, startCheckProcess } from "../../platform/check-process.ts";
import { SourceShelf } from "../../platform/check-sources.ts";
import { findParentDeath, type ParentDeath } from "../../platform/parent-death.ts";
import { SeriesBook } from "./series-book.ts";
import type { CustomSettings } from "./spec.ts";

/** Starts the process of the check of an instance. */
export type StartCheck = (instance: InstanceConfig) => Promise<CheckProcess>;

/** What instances share. */
export class CheckHost {
  readonly start: StartCheck;
  /** Of those that are polled by hand: a rate needs two polls. */
  readonly #singles = new Map<string, SeriesBook>();

  /** `start` left out means processes of this machine. */
  constructor(start: StartCheck = createStart()) {
    this.start = start;
  }

  /** The book of an instance; `isSingle` says that it is polled by hand. */
  bookOf({ check, name, seriesMax = SERIES_MAX }: InstanceConfig, isSingle: boolean): SeriesBook {
    if (!isSingle) return new SeriesBook(seriesMax);
    const key = `${check}:${name}`;
    const book = this.#singles.get(key) ?? new SeriesBook(seriesMax);
    this.#singles.set(key, book);
    return book;
  }
}

function createStart(): StartCheck {
  const shelf = new SourceShelf();
  let finding: Promise<ParentDeath> | undefined;
  return async ({ check, name, seriesMax = SERIES_MAX, settings }) => {
    const { code, init_config, instance, memory_limit } = settings as CustomSettings;
    finding ??= findParentDeath();
    const [sources, parentDeath] = await Promise.all([shelf.of(code.file), finding]);
    const order = { file: code.file, name: check, initConfig: init_config, instance, seriesMax: 4 * seriesMax };
    return startCheckProcess({ order, sources, parentDeath, memoryMiB: memory_limit, label: `${check}:${name}` });
  };
}
