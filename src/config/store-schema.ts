/** What `store` in `tidegate.yaml` may say: the log on disk. */

import * as v from "valibot";
import { DURABILITIES, FULL_POLICIES } from "../model/config.ts";
import { bytesField, secondsField } from "../schema/schema-fields.ts";

/** The keys under `store`. */
export const storeEntry = v.optional(
  v.pipe(
    v.strictObject({
      max_bytes: v.optional(
        v.pipe(
          bytesField,
          v.description("Most bytes the log takes, history included; `when_full` says what goes then."),
        ),
        "1GiB",
      ),
      free_disk_min: v.optional(
        v.pipe(
          bytesField,
          v.description("What the log leaves free on its disk, even if it may not grow to `max_bytes`."),
        ),
        "256MiB",
      ),
      when_full: v.optional(
        v.pipe(
          v.picklist(FULL_POLICIES),
          v.description(
            "What gives way when all that is held still waits: every other old reading, the oldest, or the newest.",
          ),
        ),
        "thin",
      ),
      history: v.optional(
        v.pipe(
          secondsField(0, 365 * 86_400, 86_400),
          v.description("How long readings stay after every intake has them, while there is room."),
        ),
        86_400,
      ),
      lag_max: v.optional(
        v.pipe(
          secondsField(3_600, 365 * 86_400, 86_400),
          v.description("How long readings wait for an intake at most; one that stays away longer loses the oldest."),
        ),
        30 * 86_400,
      ),
      durability: v.optional(
        v.pipe(
          v.picklist(DURABILITIES),
          v.description(
            "When a reading counts as kept: on disk, on disk within `sync_interval`, or when the system likes.",
          ),
        ),
        "interval",
      ),
      sync_interval: v.optional(
        v.pipe(secondsField(0.05, 60), v.description("How old a reading not yet on disk may become.")),
        1,
      ),
      wear: v.optional(
        v.pipe(
          v.picklist(["ssd", "emmc", "sd"]),
          v.description(
            "What the disk is: with intakes that keep up, `ssd`, `emmc`, `sd` bound syncs to 86400, 8640, 2880 a day.",
          ),
        ),
        "ssd",
      ),
    }),
    v.description("The log on disk, which is what an outage of the network fills."),
  ),
  {},
);
