/** Registers as they are named on the command line: ADDRESS, or ADDRESS:COUNT. */

import { formatAddress, isAddress, placeOfAddress } from "../../config/register-address.ts";
import { GatewayError } from "../../model/errors.ts";
import {
  BYTE_ORDERS,
  POINT_TYPES,
  type PointType,
  TABLES,
  type Table,
  TEXT_PLACEMENTS,
  WORD_ORDERS,
} from "../../model/profile.ts";
import type { CommandArguments } from "../arguments.ts";

/** Registers that are named, with how many are meant. */
export interface NamedRegisters {
  readonly table: Table;
  readonly address: number;
  readonly count: number;
}

/** A bit of a register has a place of its own, which no option says. A text is no point, and can be read by hand. */
const VALUE_TYPES: readonly (PointType | "text")[] = [...POINT_TYPES.filter((type) => type !== "bit"), "text"];

const SPELLINGS = "an address such as holding:0, input:0x10 or 40001, with :COUNT behind it for more than one";

/**
 * Reads the word.
 *
 * Errors: `CLI_USAGE`; what may mean two things is refused with both.
 */
export function readRegisterWord(word: string, options: CommandArguments): NamedRegisters {
  const [, written = "", digits = "1"] = /^((?:[a-z]+:)?\w+)(?::(\d+))?$/u.exec(word) ?? [];
  const count = Number(digits);
  if (!isAddress(written)) throw usage(`found "${word}", expected ${SPELLINGS}.`);
  const place = placeOfAddress(written, chooseWord(options, "table", TABLES));
  if ("found" in place) throw usage(`found ${place.found}, expected ${place.expected}. ${place.hint}`);
  const { table, address: wire } = place;
  if (table === undefined) {
    const both = (["holding-register", "input-register"] as const).map((each) =>
      formatAddress({ address: wire, table: each }),
    );
    throw usage(
      `found ${written}, which names no table, expected ${both.join(" or ")}. Write which it is, or --table.`,
    );
  }
  if (count < 1 || wire + count > 0x1_0000) {
    throw usage(
      `found ${count} registers from ${formatAddress({ address: wire, table })} on, expected 1 or more, up to 65535.`,
    );
  }
  return { table, address: wire, count };
}

/** How values lie in registers, as the options say; absent where they do not. A text is all registers together. */
export function readCoding(options: CommandArguments) {
  const type = chooseWord(options, "type", VALUE_TYPES);
  const placement = chooseWord(options, "placement", TEXT_PLACEMENTS);
  if (placement !== undefined && type !== "text") {
    throw usage(`--placement: found ${placement}, expected none without --type text.`);
  }
  return {
    type: type === "text" ? undefined : type,
    placement: type === "text" ? (placement ?? "high-byte-first") : undefined,
    wordOrder: chooseWord(options, "word-order", WORD_ORDERS) ?? "high-word-first",
    byteOrder: chooseWord(options, "byte-order", BYTE_ORDERS) ?? "high-byte-first",
  } as const;
}

function chooseWord<Word extends string>(
  options: CommandArguments,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const found = options.text(name);
  const word = words.find((each) => each === found);
  if (found === undefined || word !== undefined) return word;
  throw usage(`--${name}: found ${found}, expected ${words.join(", ")}.`);
}

function usage(message: string): GatewayError {
  return new GatewayError("CLI_USAGE", message);
}
