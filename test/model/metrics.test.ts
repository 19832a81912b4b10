import { describe, expect, test } from "vitest";
import { courseOf, HOST_METRICS, METRICS, metricOf, toHomeAssistant, toPrometheus } from "../../src/model/metrics.ts";
import { datadogUnit, isUnit, UNITS } from "../../src/model/units.ts";

const catalogue = Object.entries(METRICS);
const namesOf = (matches: (typeof catalogue)[number][]): string[] => matches.map(([name]) => name);

test("a name that is not in the catalogue is no metric, whatever a table has by itself", () => {
  expect(metricOf("voltege")).toBeUndefined();
  expect(metricOf("constructor")).toBeUndefined();
  expect(metricOf("power.active")?.unit).toBe("W");
});

describe.each(catalogue)("the metric %s", (name, metric) => {
  test("has a name that every intake takes, and a canonical unit", () => {
    expect(name).toMatch(/^[a-z]+(\.[a-z]+)*$/u);
    expect(name.startsWith("tidegate.")).toBe(false);
    expect(metric.description).toMatch(/^[A-Z0-9]/u);
    if (metric.unit !== "") expect(isUnit(metric.unit) && UNITS[metric.unit].factor).toBe(1);
  });

  test("runs the course that its description says", () => {
    expect(metric.description.startsWith("Total of ")).toBe(metric.course === "total");
    expect(/^1 .* 0 /u.test(metric.description)).toBe(metric.course === "state");
  });

  test("has a name that Prometheus takes, ends in its unit, and says whether it is a counter", () => {
    const prometheus = toPrometheus(name, metric.unit, metric.course);
    expect(prometheus.name).toMatch(/^[a-z]+(_[a-z]+)*$/u);
    expect(prometheus.name.endsWith("_total")).toBe(prometheus.type === "counter");
    const withoutTotal = prometheus.name.replace(/_total$/u, "");
    if (metric.unit !== "") expect(withoutTotal.endsWith(`_${UNITS[metric.unit].prometheus}`)).toBe(true);
  });

  test("is an entity that Home Assistant accepts", () => {
    const { component, deviceClass, stateClass, unit } = toHomeAssistant(metric);
    if (component === "binary_sensor") {
      expect({ stateClass, unit }).toEqual({});
      expect(BINARY_DEVICE_CLASSES).toContain(deviceClass);
    } else if (deviceClass !== undefined) {
      const [units, stateClasses] = DEVICE_CLASSES[deviceClass] ?? [[], []];
      expect(units).toContain(unit);
      expect(stateClasses).toContain(stateClass);
    }
  });
});

/** Source: Home Assistant, homeassistant/components/binary_sensor/__init__.py, BinarySensorDeviceClass. */
const BINARY_DEVICE_CLASSES: readonly (string | undefined)[] = [
  "running",
  "moving",
  "presence",
  "problem",
  "heat",
  undefined,
];

const PRESENT = ["measurement"];
const TOTAL = ["total", "total_increasing"];

/**
 * What Home Assistant takes with each device class; it refuses an entity that breaks this.
 * Source: Home Assistant, homeassistant/components/sensor/const.py, DEVICE_CLASS_UNITS and DEVICE_CLASS_STATE_CLASSES.
 */
const DEVICE_CLASSES: Readonly<Record<string, readonly [readonly (string | undefined)[], readonly string[]]>> = {
  apparent_power: [["VA"], PRESENT],
  battery: [["%"], PRESENT],
  current: [["A", "mA"], PRESENT],
  distance: [
    ["km", "m", "cm", "mm"],
    [...PRESENT, ...TOTAL],
  ],
  duration: [
    ["d", "h", "min", "s", "ms"],
    [...PRESENT, ...TOTAL],
  ],
  energy: [["Wh", "kWh", "MWh"], TOTAL],
  frequency: [["Hz", "kHz", "MHz", "GHz"], PRESENT],
  humidity: [["%"], PRESENT],
  illuminance: [["lx"], PRESENT],
  data_rate: [["B/s", "KiB/s"], PRESENT],
  data_size: [["B", "KiB", "MiB"], PRESENT],
  power: [["W", "kW", "MW"], PRESENT],
  power_factor: [["%", undefined], PRESENT],
  pressure: [["Pa", "hPa", "kPa", "bar", "cbar", "mbar"], PRESENT],
  reactive_energy: [["varh", "kvarh"], TOTAL],
  reactive_power: [["var"], PRESENT],
  speed: [["m/s", "km/h", "mm/s"], PRESENT],
  wind_speed: [["m/s", "km/h"], PRESENT],
  temperature: [["°C", "°F", "K"], PRESENT],
  voltage: [["V", "mV"], PRESENT],
  volume: [["L", "mL", "m³"], TOTAL],
  volume_flow_rate: [["m³/h", "L/min"], PRESENT],
  volume_storage: [["L", "mL", "m³"], PRESENT],
  weight: [
    ["kg", "g", "mg", "µg"],
    [...PRESENT, ...TOTAL],
  ],
};

describe.each(Object.entries(HOST_METRICS))("the metric %s of the host", (name, metric) => {
  test("is in no other table, and has a unit that every intake can be told", () => {
    expect(name).toMatch(/^(system|board|storage)(\.[a-z\d_]+)+$/u);
    expect(Object.hasOwn(METRICS, name)).toBe(false);
    if (metric.unit !== "") expect(isUnit(metric.unit)).toBe(true);
    expect(metricOf(name)).toBe(metric);
  });

  test("runs the course that its description says", () => {
    expect(/^1 .* 0 /u.test(metric.description)).toBe(metric.course === "state");
  });
});

describe("what a metric is called elsewhere", () => {
  test("no two metrics have one Prometheus name", () => {
    const names = catalogue.map(([name, { unit, course }]) => toPrometheus(name, unit, course).name);
    expect(new Set(names).size).toBe(catalogue.length);
  });

  test("these have no unit at Datadog, because its list has none, or because they have no unit at all", () => {
    const units = new Set(catalogue.map(([, { unit }]) => unit).filter((unit) => datadogUnit(unit) === undefined));
    expect([...units].sort()).toEqual(
      [
        ...[
          "",
          "N",
          "Nm",
          "Pa",
          "VA",
          "Wh",
          "deg",
          "deg/min",
          "kg",
          "lx",
          "m",
          "m/s",
          "m/s2",
          "m3",
          "m3/h",
          "mm/s",
          "rpm",
        ],
        ...["ug/m3", "var", "varh"],
      ].sort(),
    );
  });

  test("what a total has grown by is a delta, and of what is no total there is none", () => {
    expect(courseOf("plant.energy.active.import.delta")).toBe("delta");
    expect(courseOf("temperature.delta")).toBe("measurement");
    expect(courseOf("plant.energy.active.import.full")).toBe("total");
  });

  test("these have no device class, because Home Assistant has none that means them", () => {
    expect(namesOf(catalogue.filter(([, { deviceClass }]) => deviceClass === null))).toEqual([
      "load",
      "level",
      "mass.stable",
      "particles.mass",
      "particles.count",
      "force",
      "vibration",
      "acceleration",
      "speed.rotation",
      "motor.torque",
      "machine.state",
      "machine.cycles",
      ...["angle", "heading", "heading.rate", "wind.angle", "wind.direction"],
      ...["gps.latitude", "gps.longitude", "gps.course", "gps.fix", "gps.quality"],
      ...["gps.satellites", "gps.satellites.visible", "gps.hdop", "gps.vdop", "gps.pdop", "gps.clock.offset"],
      ...["digital.state", "digital.duty", "pulse.count", "pulse.missed"],
      "machine.clock",
    ]);
  });

  test.each([
    ["voltage.line", "V", "measurement", "voltage_line_volts", "gauge"],
    ["power.factor", "", "measurement", "power_factor", "gauge"],
    ["machine.running", "", "state", "machine_running", "gauge"],
    ["energy.active.import", "Wh", "total", "energy_active_import_watt_hours_total", "counter"],
    ["energy.active.total", "Wh", "total", "energy_active_watt_hours_total", "counter"],
    ["machine.cycles", "", "total", "machine_cycles_total", "counter"],
    ["plant.temperature", "degC", "measurement", "plant_temperature_celsius", "gauge"],
    ["line-2.belt speed", "m/s", "measurement", "line_2_belt_speed_meters_per_second", "gauge"],
    ["2.flow", "m3/h", "measurement", "_2_flow_cubic_meters_per_hour", "gauge"],
    ["queue", "furlong", "measurement", "queue", "gauge"],
  ] as const)("%s in %j is to Prometheus, as a %s, %s, a %s", (name, unit, course, prometheusName, type) => {
    expect(toPrometheus(name, unit, course)).toEqual({ name: prometheusName, type });
  });

  test.each([
    ["temperature", { component: "sensor", deviceClass: "temperature", stateClass: "measurement", unit: "°C" }],
    [
      "energy.active.import",
      { component: "sensor", deviceClass: "energy", stateClass: "total_increasing", unit: "Wh" },
    ],
    ["power.factor", { component: "sensor", deviceClass: "power_factor", stateClass: "measurement" }],
    ["motor.torque", { component: "sensor", stateClass: "measurement", unit: "Nm" }],
    ["machine.cycles", { component: "sensor", stateClass: "total_increasing" }],
    ["machine.running", { component: "binary_sensor", deviceClass: "running" }],
  ])("%s is to Home Assistant %j", (name, entity) => {
    const metric = metricOf(name);
    expect(metric && toHomeAssistant(metric)).toEqual(entity);
  });
});
