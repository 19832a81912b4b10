/** The units that profiles may use and that metrics are kept in, with the names other systems know them by. */

interface UnitEntry {
  /** Units of one quantity can be converted into each other. */
  readonly quantity: string;
  /** What one of it is in the canonical unit of its quantity; 1 marks the canonical unit itself. */
  readonly factor: number;
  /** Datadog's name of the unit; null where its list has none. */
  readonly datadog: string | null;
  /** Its code in UCUM, where OpenTelemetry writes units; what UCUM has no unit for stands in braces. */
  readonly ucum: string;
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
 * Source: The Unified Code for Units of Measure, https://ucum.org/ucum; OpenTelemetry, Semantic conventions, Units
 * Source: Prometheus documentation, Metric and label naming, https://prometheus.io/docs/practices/naming/
 * Source: Home Assistant, homeassistant/const.py, the enumerations UnitOf...
 */
export const UNITS = {
  V: { quantity: "voltage", factor: 1, datadog: "volt", ucum: "V", prometheus: "volts" },
  mV: { quantity: "voltage", factor: 1e-3, datadog: "millivolt", ucum: "mV", prometheus: "millivolts" },
  kV: { quantity: "voltage", factor: 1e3, datadog: null, ucum: "kV", prometheus: "kilovolts" },
  A: { quantity: "current", factor: 1, datadog: "ampere", ucum: "A", prometheus: "amperes" },
  mA: { quantity: "current", factor: 1e-3, datadog: "milliampere", ucum: "mA", prometheus: "milliamperes" },
  Hz: { quantity: "frequency", factor: 1, datadog: "hertz", ucum: "Hz", prometheus: "hertz" },
  W: { quantity: "active-power", factor: 1, datadog: "watt", ucum: "W", prometheus: "watts" },
  mW: { quantity: "active-power", factor: 1e-3, datadog: "milliwatt", ucum: "mW", prometheus: "milliwatts" },
  kW: { quantity: "active-power", factor: 1e3, datadog: "kilowatt", ucum: "kW", prometheus: "kilowatts" },
  MW: { quantity: "active-power", factor: 1e6, datadog: "megawatt", ucum: "MW", prometheus: "megawatts" },
  var: { quantity: "reactive-power", factor: 1, datadog: null, ucum: "V.A{reactive}", prometheus: "vars" },
  kvar: { quantity: "reactive-power", factor: 1e3, datadog: null, ucum: "kV.A{reactive}", prometheus: "kilovars" },
  VA: { quantity: "apparent-power", factor: 1, datadog: null, ucum: "V.A", prometheus: "volt_amperes" },
  kVA: { quantity: "apparent-power", factor: 1e3, datadog: null, ucum: "kV.A", prometheus: "kilovolt_amperes" },
  Wh: { quantity: "active-energy", factor: 1, datadog: null, ucum: "W.h", prometheus: "watt_hours" },
  kWh: { quantity: "active-energy", factor: 1e3, datadog: null, ucum: "kW.h", prometheus: "kilowatt_hours" },
  MWh: { quantity: "active-energy", factor: 1e6, datadog: null, ucum: "MW.h", prometheus: "megawatt_hours" },
  varh: { quantity: "reactive-energy", factor: 1, datadog: null, ucum: "V.A.h{reactive}", prometheus: "var_hours" },
  kvarh: {
    quantity: "reactive-energy",
    factor: 1e3,
    datadog: null,
    ucum: "kV.A.h{reactive}",
    prometheus: "kilovar_hours",
  },
  VAh: { quantity: "apparent-energy", factor: 1, datadog: null, ucum: "V.A.h", prometheus: "volt_ampere_hours" },
  kVAh: {
    quantity: "apparent-energy",
    factor: 1e3,
    datadog: null,
    ucum: "kV.A.h",
    prometheus: "kilovolt_ampere_hours",
  },
  degC: {
    quantity: "temperature",
    factor: 1,
    datadog: "degree_celsius",
    ucum: "Cel",
    prometheus: "celsius",
    homeAssistant: "°C",
  },
  "%": { quantity: "share", factor: 1, datadog: "percent", ucum: "%", prometheus: "percent" },
  Pa: { quantity: "pressure", factor: 1, datadog: null, ucum: "Pa", prometheus: "pascals" },
  hPa: { quantity: "pressure", factor: 1e2, datadog: null, ucum: "hPa", prometheus: "hectopascals" },
  kPa: { quantity: "pressure", factor: 1e3, datadog: null, ucum: "kPa", prometheus: "kilopascals" },
  MPa: { quantity: "pressure", factor: 1e6, datadog: null, ucum: "MPa", prometheus: "megapascals" },
  mbar: { quantity: "pressure", factor: 1e2, datadog: null, ucum: "mbar", prometheus: "millibars" },
  bar: { quantity: "pressure", factor: 1e5, datadog: null, ucum: "bar", prometheus: "bars" },
  "m3/h": {
    quantity: "flow",
    factor: 1,
    datadog: null,
    ucum: "m3/h",
    prometheus: "cubic_meters_per_hour",
    homeAssistant: "m³/h",
  },
  "l/min": {
    quantity: "flow",
    factor: 0.06,
    datadog: null,
    ucum: "L/min",
    prometheus: "liters_per_minute",
    homeAssistant: "L/min",
  },
  "l/s": {
    quantity: "flow",
    factor: 3.6,
    datadog: null,
    ucum: "L/s",
    prometheus: "liters_per_second",
    homeAssistant: "L/s",
  },
  m3: { quantity: "volume", factor: 1, datadog: null, ucum: "m3", prometheus: "cubic_meters", homeAssistant: "m³" },
  l: { quantity: "volume", factor: 1e-3, datadog: null, ucum: "L", prometheus: "liters", homeAssistant: "L" },
  m: { quantity: "length", factor: 1, datadog: null, ucum: "m", prometheus: "meters" },
  mm: { quantity: "length", factor: 1e-3, datadog: null, ucum: "mm", prometheus: "millimeters" },
  "m/s": { quantity: "speed", factor: 1, datadog: null, ucum: "m/s", prometheus: "meters_per_second" },
  "mm/s": { quantity: "vibration", factor: 1, datadog: null, ucum: "mm/s", prometheus: "millimeters_per_second" },
  "m/s2": {
    quantity: "acceleration",
    factor: 1,
    datadog: null,
    ucum: "m/s2",
    prometheus: "meters_per_second_squared",
    homeAssistant: "m/s²",
  },
  rpm: {
    quantity: "rotation",
    factor: 1,
    datadog: null,
    ucum: "{revolution}/min",
    prometheus: "revolutions_per_minute",
  },
  deg: { quantity: "angle", factor: 1, datadog: null, ucum: "deg", prometheus: "degrees", homeAssistant: "°" },
  "deg/min": {
    quantity: "turn rate",
    factor: 1,
    datadog: null,
    ucum: "deg/min",
    prometheus: "degrees_per_minute",
    homeAssistant: "°/min",
  },
  Nm: { quantity: "torque", factor: 1, datadog: null, ucum: "N.m", prometheus: "newton_meters" },
  N: { quantity: "force", factor: 1, datadog: null, ucum: "N", prometheus: "newtons" },
  kN: { quantity: "force", factor: 1e3, datadog: null, ucum: "kN", prometheus: "kilonewtons" },
  kg: { quantity: "mass", factor: 1, datadog: null, ucum: "kg", prometheus: "kilograms" },
  g: { quantity: "mass", factor: 1e-3, datadog: null, ucum: "g", prometheus: "grams" },
  mg: { quantity: "mass", factor: 1e-6, datadog: null, ucum: "mg", prometheus: "milligrams" },
  lb: { quantity: "mass", factor: 0.453_592_37, datadog: null, ucum: "[lb_av]", prometheus: "pounds" },
  oz: { quantity: "mass", factor: 0.028_349_523_125, datadog: null, ucum: "[oz_av]", prometheus: "ounces" },
  "ug/m3": {
    quantity: "concentration",
    factor: 1,
    datadog: null,
    ucum: "ug/m3",
    prometheus: "micrograms_per_cubic_meter",
    homeAssistant: "µg/m³",
  },
  t: { quantity: "mass", factor: 1e3, datadog: null, ucum: "t", prometheus: "tonnes" },
  s: { quantity: "duration", factor: 1, datadog: "second", ucum: "s", prometheus: "seconds" },
  min: { quantity: "duration", factor: 60, datadog: "minute", ucum: "min", prometheus: "minutes" },
  h: { quantity: "duration", factor: 3600, datadog: "hour", ucum: "h", prometheus: "hours" },
  lx: { quantity: "illuminance", factor: 1, datadog: null, ucum: "lx", prometheus: "lux" },
  KiB: { quantity: "data", factor: 2 ** 10, datadog: "kibibyte", ucum: "KiBy", prometheus: "kibibytes" },
  MiB: { quantity: "data", factor: 2 ** 20, datadog: "mebibyte", ucum: "MiBy", prometheus: "mebibytes" },
  "B/s": {
    quantity: "data-rate",
    factor: 1,
    datadog: null,
    ucum: "By/s",
    prometheus: "bytes_per_second",
  },
  "KiB/s": {
    quantity: "data-rate",
    factor: 2 ** 10,
    datadog: null,
    ucum: "KiBy/s",
    prometheus: "kibibytes_per_second",
  },
  B: { quantity: "data", factor: 1, datadog: "byte", ucum: "By", prometheus: "bytes" },
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

/** Lists the units that measure what another one does; empty for the empty symbol. */
export function unitsLike(symbol: string): readonly UnitSymbol[] {
  return UNIT_SYMBOLS.filter((each) => unitFactor(each, symbol) !== undefined);
}

/** Finds Datadog's name of a unit; undefined where Datadog has none, so that no wrong one is sent. */
export function datadogUnit(symbol: string): string | undefined {
  const entry: UnitEntry | undefined = isUnit(symbol) ? UNITS[symbol] : undefined;
  return entry?.datadog ?? undefined;
}

/** Finds the code of a unit in UCUM; undefined for a number without unit. */
export function ucumUnit(symbol: string): string | undefined {
  return isUnit(symbol) ? UNITS[symbol].ucum : undefined;
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
