/** Which column of a point list says what: manuals and spreadsheets have many words for few things. */

import { GatewayError } from "../../model/errors.ts";
import type { CsvRow } from "./parse-csv.ts";
import { foldLetters } from "./point-words.ts";

/**
 * What a column can say of a point, with the headings it is known by in English, German and French, without accents; of
 * two that fit, the one named first counts.
 */
const HEADINGS = {
  name: [
    ...["name", "point", "pointname", "signal", "parameter", "variable", "label", "registername", "description"],
    ...["bezeichnung", "messgrosse", "messwert", "grosse", "beschreibung"],
    ...["designation", "nom", "libelle", "grandeur", "mesure", "parametre"],
  ],
  table: [
    ...["table", "registertype", "regtype", "function", "functioncode", "fc", "area", "objecttype", "object"],
    ...["tabelle", "registertyp", "registerart", "funktion", "funktionscode"],
    ...["typederegistre", "fonction", "codefonction"],
  ],
  address: [
    ...["address", "addr", "registeraddress", "startaddress", "modbusaddress", "addressdec", "register", "reg", "dec"],
    ...["adresse", "registeradresse", "startadresse", "modbusadresse"],
    ...["adressemodbus", "adressederegistre", "registre"],
  ],
  addressHex: ["addresshex", "hexaddress", "hex", "registerhex", "adressehex", "hexadresse"],
  registerNumber: ["registernumber", "reference", "modicon", "plcaddress", "registernummer", "numeroderegistre"],
  type: [
    ...["type", "datatype", "format", "dataformat", "encoding"],
    ...["datentyp", "typ", "datenformat", "typededonnees", "typededonnee"],
  ],
  scale: [
    ...["scale", "factor", "scalefactor", "multiplier", "gain", "resolution"],
    ...["faktor", "skalierung", "skalierungsfaktor", "multiplikator", "auflosung"],
    ...["facteur", "echelle", "facteurdechelle", "multiplicateur", "coefficient"],
  ],
  offset: ["offset", "versatz", "decalage"],
  unit: ["unit", "units", "einheit", "unite"],
  metric: ["metric"],
  tags: ["tags", "tag"],
  min: ["min", "minimum", "low"],
  max: ["max", "maximum", "high"],
  bit: ["bit"],
  wordOrder: [
    ...["wordorder", "order", "endianness", "endian", "byteorder"],
    ...["wortfolge", "wortreihenfolge", "ordredesmots"],
  ],
  sentinels: [
    ...["sentinels", "sentinel", "invalid", "invalidvalue", "novalue", "notavailable"],
    ...["ungultig", "ungultigerwert", "keinwert", "invalide", "valeurinvalide"],
  ],
  page: ["page", "section", "seite"],
} as const;

/** What a column can say. */
export type ColumnName = keyof typeof HEADINGS;

/** The columns of a list. */
export interface PointColumns {
  /** Gives the text of a row in a column; empty when there is no such column. */
  cell(row: CsvRow, column: ColumnName): string;
  has(column: ColumnName): boolean;
  /** Headings that say nothing a profile holds. */
  readonly unused: readonly string[];
}

/** Reads the headings. Errors: `CONFIG_INVALID` when there is no column to tell the addresses or names from. */
export function readColumns(file: string, header: CsvRow | undefined): PointColumns {
  const headings = (header?.cells ?? []).map((cell) => foldLetters(cell).replaceAll(/\(.*\)|[^a-z\d]/gu, ""));
  const places = new Map<ColumnName, number>();
  for (const [column, words] of Object.entries(HEADINGS) as [ColumnName, readonly string[]][]) {
    const place = words.map((word) => headings.indexOf(word)).find((index) => index >= 0);
    if (place !== undefined) places.set(column, place);
  }
  const hasAddress = places.has("address") || places.has("addressHex") || places.has("registerNumber");
  for (const [column, isThere] of [
    ["address", hasAddress],
    ["name", places.has("name")],
  ] as const) {
    if (isThere) continue;
    const found = header === undefined ? "nothing" : header.cells.join(", ");
    throw new GatewayError(
      "CONFIG_INVALID",
      `${file} has no column for the ${column}: its first line says ${found}. Head the columns name, address, type, ` +
        "and where known table, word order, scale, unit, metric, tags, min, max, sentinel.",
    );
  }
  const used = new Set(places.values());
  return {
    cell: (row, column) => row.cells[places.get(column) ?? -1] ?? "",
    has: (column) => places.has(column),
    unused: (header?.cells ?? []).filter((cell, index) => cell !== "" && !used.has(index)),
  };
}
