/** The units that profiles may use and that metrics are kept in, with the names intakes know them by. */

interface UnitEntry {
  /** Units of one quantity can be converted into each other. */
  readonly quantity: string;
  /** What one of it is in the canonical unit of its quantity; 1 marks the canonical unit itself. */
  readonly factor: number;
  /** Datadog's name of the unit; absent where Datadog has none. */
  readonly datadog?: string;
}

/**
 * Every unit by the symbol that profiles write.
 *
 * Temperatures other than degC are left out on purpose: converting them needs an offset, which a factor is not.
 * Source: Datadog documentation, Metrics Units, https://docs.datadoghq.com/metrics/units/
 */
export const UNITS = {
  V: { quantity: "voltage", factor: 1, datadog: "volt" },
  mV: { quantity: "voltage", factor: 1e-3, datadog: "millivolt" },
  kV: { quantity: "voltage", factor: 1e3 },
  A: { quantity: "current", factor: 1, datadog: "ampere" },
  mA: { quantity: "current", factor: 1e-3, datadog: "milliampere" },
  Hz: { quantity: "frequency", factor: 1, datadog: "hertz" },
  W: { quantity: "active-power", factor: 1, datadog: "watt" },
  mW: { quantity: "active-power", factor: 1e-3, datadog: "milliwatt" },
  kW: { quantity: "active-power", factor: 1e3, datadog: "kilowatt" },
  MW: { quantity: "active-power", factor: 1e6, datadog: "megawatt" },
  var: { quantity: "reactive-power", factor: 1 },
  kvar: { quantity: "reactive-power", factor: 1e3 },
  VA: { quantity: "apparent-power", factor: 1 },
  kVA: { quantity: "apparent-power", factor: 1e3 },
  Wh: { quantity: "active-energy", factor: 1 },
  kWh: { quantity: "active-energy", factor: 1e3 },
  MWh: { quantity: "active-energy", factor: 1e6 },
  varh: { quantity: "reactive-energy", factor: 1 },
  kvarh: { quantity: "reactive-energy", factor: 1e3 },
  VAh: { quantity: "apparent-energy", factor: 1 },
  kVAh: { quantity: "apparent-energy", factor: 1e3 },
  degC: { quantity: "temperature", factor: 1, datadog: "degree_celsius" },
  "%": { quantity: "share", factor: 1, datadog: "percent" },
  Pa: { quantity: "pressure", factor: 1 },
  hPa: { quantity: "pressure", factor: 1e2 },
  kPa: { quantity: "pressure", factor: 1e3 },
  MPa: { quantity: "pressure", factor: 1e6 },
  mbar: { quantity: "pressure", factor: 1e2 },
  bar: { quantity: "pressure", factor: 1e5 },
  "m3/h": { quantity: "flow", factor: 1 },
  "l/min": { quantity: "flow", factor: 0.06 },
  "l/s": { quantity: "flow", factor: 3.6 },
  m3: { quantity: "volume", factor: 1 },
  l: { quantity: "volume", factor: 1e-3 },
  m: { quantity: "length", factor: 1 },
  mm: { quantity: "length", factor: 1e-3 },
  "m/s": { quantity: "speed", factor: 1 },
  "mm/s": { quantity: "vibration", factor: 1 },
  "m/s2": { quantity: "acceleration", factor: 1 },
  rpm: { quantity: "rotation", factor: 1 },
  deg: { quantity: "angle", factor: 1 },
  Nm: { quantity: "torque", factor: 1 },
  N: { quantity: "force", factor: 1 },
  kN: { quantity: "force", factor: 1e3 },
  kg: { quantity: "mass", factor: 1 },
  t: { quantity: "mass", factor: 1e3 },
  s: { quantity: "duration", factor: 1, datadog: "second" },
  min: { quantity: "duration", factor: 60, datadog: "minute" },
  h: { quantity: "duration", factor: 3600, datadog: "hour" },
} as const satisfies Record<string, UnitEntry>;

/** A symbol of the table. */
export type UnitSymbol = keyof typeof UNITS;

/** Every symbol, in the order of the table. */
export const UNIT_SYMBOLS: readonly UnitSymbol[] = Object.keys(UNITS) as UnitSymbol[];

/**
 * Finds what a value in `from` is multiplied by to be in `to`; undefined when they measure different things.
 *
 * Units: none; the two symbols are the units. The empty symbol, for a number without unit, fits only itself.
 */
export function unitFactor(from: string, to: string): number | undefined {
  if (from === to && (from === "" || isUnit(from))) return 1;
  if (!isUnit(from) || !isUnit(to) || UNITS[from].quantity !== UNITS[to].quantity) return undefined;
  return UNITS[from].factor / UNITS[to].factor;
}

/** Finds Datadog's name of a unit; undefined where Datadog has none, so that no wrong one is sent. */
export function datadogUnit(symbol: string): string | undefined {
  const entry: UnitEntry | undefined = isUnit(symbol) ? UNITS[symbol] : undefined;
  return entry?.datadog;
}

/** Says whether a symbol is in the table. */
export function isUnit(symbol: string): symbol is UnitSymbol {
  return Object.hasOwn(UNITS, symbol);
}
