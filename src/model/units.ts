/** The units that profiles may use and that metrics are kept in, with the names other systems know them by. */

interface UnitEntry {
  /** Units of one quantity can be converted into each other. */
  readonly quantity: string;
  /** What one of it is in the canonical unit of its quantity; 1 marks the canonical unit itself. */
  readonly factor: number;
  /** Datadog's name of the unit; null where its list has none. */
  readonly datadog: string | null;
  /** The end of a Prometheus name: the whole word, in the plural. */
  readonly prometheus: string;
  /** How Home Assistant writes it; absent where it writes the same symbol. */
  readonly homeAssistant?: string;
}

/**
 * Every unit by the symbol that profiles write.
 *
 * Temperatures other than degC are left out on purpose: converting them needs an offset, which a factor is not.
 * Source: Datadog documentation, Metrics Units, https://docs.datadoghq.com/metrics/units/
 * Source: Prometheus documentation, Metric and label naming, https://prometheus.io/docs/practices/naming/
 * Source: Home Assistant, homeassistant/const.py, the enumerations UnitOf...
 */
export const UNITS = {
  V: { quantity: "voltage", factor: 1, datadog: "volt", prometheus: "volts" },
  mV: { quantity: "voltage", factor: 1e-3, datadog: "millivolt", prometheus: "millivolts" },
  kV: { quantity: "voltage", factor: 1e3, datadog: null, prometheus: "kilovolts" },
  A: { quantity: "current", factor: 1, datadog: "ampere", prometheus: "amperes" },
  mA: { quantity: "current", factor: 1e-3, datadog: "milliampere", prometheus: "milliamperes" },
  Hz: { quantity: "frequency", factor: 1, datadog: "hertz", prometheus: "hertz" },
  W: { quantity: "active-power", factor: 1, datadog: "watt", prometheus: "watts" },
  mW: { quantity: "active-power", factor: 1e-3, datadog: "milliwatt", prometheus: "milliwatts" },
  kW: { quantity: "active-power", factor: 1e3, datadog: "kilowatt", prometheus: "kilowatts" },
  MW: { quantity: "active-power", factor: 1e6, datadog: "megawatt", prometheus: "megawatts" },
  var: { quantity: "reactive-power", factor: 1, datadog: null, prometheus: "vars" },
  kvar: { quantity: "reactive-power", factor: 1e3, datadog: null, prometheus: "kilovars" },
  VA: { quantity: "apparent-power", factor: 1, datadog: null, prometheus: "volt_amperes" },
  kVA: { quantity: "apparent-power", factor: 1e3, datadog: null, prometheus: "kilovolt_amperes" },
  Wh: { quantity: "active-energy", factor: 1, datadog: null, prometheus: "watt_hours" },
  kWh: { quantity: "active-energy", factor: 1e3, datadog: null, prometheus: "kilowatt_hours" },
  MWh: { quantity: "active-energy", factor: 1e6, datadog: null, prometheus: "megawatt_hours" },
  varh: { quantity: "reactive-energy", factor: 1, datadog: null, prometheus: "var_hours" },
  kvarh: { quantity: "reactive-energy", factor: 1e3, datadog: null, prometheus: "kilovar_hours" },
  VAh: { quantity: "apparent-energy", factor: 1, datadog: null, prometheus: "volt_ampere_hours" },
  kVAh: { quantity: "apparent-energy", factor: 1e3, datadog: null, prometheus: "kilovolt_ampere_hours" },
  degC: { quantity: "temperature", factor: 1, datadog: "degree_celsius", prometheus: "celsius", homeAssistant: "°C" },
  "%": { quantity: "share", factor: 1, datadog: "percent", prometheus: "percent" },
  Pa: { quantity: "pressure", factor: 1, datadog: null, prometheus: "pascals" },
  hPa: { quantity: "pressure", factor: 1e2, datadog: null, prometheus: "hectopascals" },
  kPa: { quantity: "pressure", factor: 1e3, datadog: null, prometheus: "kilopascals" },
  MPa: { quantity: "pressure", factor: 1e6, datadog: null, prometheus: "megapascals" },
  mbar: { quantity: "pressure", factor: 1e2, datadog: null, prometheus: "millibars" },
  bar: { quantity: "pressure", factor: 1e5, datadog: null, prometheus: "bars" },
  "m3/h": { quantity: "flow", factor: 1, datadog: null, prometheus: "cubic_meters_per_hour", homeAssistant: "m³/h" },
  "l/min": { quantity: "flow", factor: 0.06, datadog: null, prometheus: "liters_per_minute", homeAssistant: "L/min" },
  "l/s": { quantity: "flow", factor: 3.6, datadog: null, prometheus: "liters_per_second", homeAssistant: "L/s" },
  m3: { quantity: "volume", factor: 1, datadog: null, prometheus: "cubic_meters", homeAssistant: "m³" },
  l: { quantity: "volume", factor: 1e-3, datadog: null, prometheus: "liters", homeAssistant: "L" },
  m: { quantity: "length", factor: 1, datadog: null, prometheus: "meters" },
  mm: { quantity: "length", factor: 1e-3, datadog: null, prometheus: "millimeters" },
  "m/s": { quantity: "speed", factor: 1, datadog: null, prometheus: "meters_per_second" },
  "mm/s": { quantity: "vibration", factor: 1, datadog: null, prometheus: "millimeters_per_second" },
  "m/s2": {
    quantity: "acceleration",
    factor: 1,
    datadog: null,
    prometheus: "meters_per_second_squared",
    homeAssistant: "m/s²",
  },
  rpm: { quantity: "rotation", factor: 1, datadog: null, prometheus: "revolutions_per_minute" },
  deg: { quantity: "angle", factor: 1, datadog: null, prometheus: "degrees", homeAssistant: "°" },
  Nm: { quantity: "torque", factor: 1, datadog: null, prometheus: "newton_meters" },
  N: { quantity: "force", factor: 1, datadog: null, prometheus: "newtons" },
  kN: { quantity: "force", factor: 1e3, datadog: null, prometheus: "kilonewtons" },
  kg: { quantity: "mass", factor: 1, datadog: null, prometheus: "kilograms" },
  t: { quantity: "mass", factor: 1e3, datadog: null, prometheus: "tonnes" },
  s: { quantity: "duration", factor: 1, datadog: "second", prometheus: "seconds" },
  min: { quantity: "duration", factor: 60, datadog: "minute", prometheus: "minutes" },
  h: { quantity: "duration", factor: 3600, datadog: "hour", prometheus: "hours" },
  B: { quantity: "data", factor: 1, datadog: "byte", prometheus: "bytes" },
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
  return entry?.datadog ?? undefined;
}

/** Spells a unit as Home Assistant does. */
export function homeAssistantUnit(symbol: UnitSymbol): string {
  const entry: UnitEntry = UNITS[symbol];
  return entry.homeAssistant ?? symbol;
}

/** Says whether a symbol is in the table. */
export function isUnit(symbol: string): symbol is UnitSymbol {
  return Object.hasOwn(UNITS, symbol);
}
