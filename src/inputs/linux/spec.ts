import * as v from "valibot";
import { canonicalUnit } from "../../model/metrics.ts";
import { isUnit, unitFactor, unitsLike } from "../../model/units.ts";
import { numberField, pointNameField, tagsField } from "../../schema/schema-fields.ts";

/** What the machine tells of itself, by the word for it in `host`. */
export const HOST_GROUPS = ["cpu", "load", "memory", "disk", "io", "network", "uptime", "board", "wear"] as const;
export type HostGroup = (typeof HOST_GROUPS)[number];

const sensorFields = v.strictObject({
  one_wire: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\da-f]{2}-[\da-f]{12}$/u, "the id of a 1-Wire thermometer, such as 28-0316a2795eff"),
      v.description("The id of a 1-Wire thermometer: its folder below /sys/bus/w1/devices."),
    ),
  ),
  iio: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\S+$/u, "the name of an IIO device, such as ads1115"),
      v.description("The name or label of an IIO device, as /sys/bus/iio/devices/*/name has it."),
    ),
  ),
  hwmon: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\S+$/u, "the name of a hwmon device, such as rpi_volt"),
      v.description("The name of a hwmon device, as /sys/class/hwmon/*/name has it."),
    ),
  ),
  channel: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z]+\d*(-[a-z]*\d+)?(_[a-z\d]+)?$/u, "a channel such as voltage0 or temp1"),
      v.description("The channel of an IIO or hwmon device: voltage0 for in_voltage0_raw, temp1 for temp1_input."),
    ),
  ),
  name: v.optional(
    v.pipe(pointNameField, v.description("The tag `point`; left out, made from the sensor's own name.")),
  ),
  metric: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z]\w*(\.\w+)*$/u, "the name of a metric, such as pressure"),
      v.description("What it measures; left out, what the kernel says of the channel."),
    ),
  ),
  unit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\S+$/u, "a unit such as bar"),
      v.description("The unit of what `scale`, `offset` or `loop` make of it; left out, the kernel's own."),
    ),
  ),
  scale: v.optional(
    v.pipe(v.number(), v.finite(), v.description("What the kernel's number is multiplied by; 1 when left out.")),
  ),
  offset: v.optional(v.pipe(v.number(), v.finite(), v.description("What is added then; 0 when left out."))),
  loop: v.optional(
    v.pipe(
      v.tuple([v.number(), v.number()]),
      v.title("two numbers: what 4 mA and 20 mA mean"),
      v.examples([[0, 10]]),
      v.description("Of a current loop: what 4 mA and 20 mA mean, in `unit`. Below 3.6 and above 21 mA is a fault."),
    ),
  ),
  loop_ohms: v.optional(
    v.pipe(
      v.number(),
      v.gtValue(0),
      v.examples([150]),
      v.description("Of a current loop read as a voltage: the resistor it flows through, in ohm."),
    ),
  ),
  tags: v.pipe(tagsField, v.description("Tags of this sensor alone.")),
});

const sensorSchema = v.pipe(
  sensorFields,
  v.check(
    (sensor) => waysOf(sensor).length === 1,
    "one of `one_wire`, `iio` and `hwmon`\nA sensor is found in one way; write a further entry for another sensor.",
  ),
  v.forward(
    v.check(
      (sensor) => waysOf(sensor).length !== 1 || (sensor.one_wire === undefined) === (sensor.channel !== undefined),
      "a channel for `iio` and `hwmon`, and none for `one_wire`\nList the channels by `ls /sys/bus/iio/devices/*/` or `ls /sys/class/hwmon/*/`.",
    ),
    ["channel"],
  ),
  v.forward(
    v.check(
      ({ loop, metric, unit }) => loop === undefined || (metric !== undefined && unit !== undefined),
      "`metric` and `unit` beside it\nOnly you know what the transmitter measures.",
    ),
    ["loop"],
  ),
  v.forward(
    v.check(
      ({ loop, loop_ohms }) => loop_ohms === undefined || loop !== undefined,
      "`loop` beside it\nWrite what 4 mA and 20 mA mean, as `loop: [0, 10]`.",
    ),
    ["loop_ohms"],
  ),
  v.forward(
    v.check(
      ({ metric, unit }) => metric === undefined || unit === undefined || fits(metric, unit),
      ({ input }) => unitWanted(input.metric, input.unit),
    ),
    ["unit"],
  ),
);

/** What an instance of `linux` says beyond the keys that every instance has. */
export const linuxSettings = v.pipe(
  v.object({
    host: v.pipe(
      v.optional(v.array(v.picklist(HOST_GROUPS)), []),
      v.metadata({ isShown: true }),
      v.examples([["cpu", "load", "memory", "disk", "io", "network", "uptime", "board", "wear"]]),
      v.description(`What this machine tells of itself, any of ${HOST_GROUPS.join(", ")}.`),
    ),
    disks: v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^\//u, "a path that begins with /"))),
        v.examples([["/", "/var/lib/tidegate"]]),
        v.description("Where the file systems of `disk` are mounted; left out, all that lie on disks."),
      ),
    ),
    interfaces: v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^\S+$/u))),
        v.examples([["eth0", "wlan0"]]),
        v.description("The network interfaces of `network`; left out, all but loopback and those of containers."),
      ),
    ),
    sensors: v.pipe(
      v.optional(
        v.pipe(
          v.array(sensorSchema),
          v.check(
            (sensors) => new Set(sensors.map(sensorName)).size === sensors.length,
            "a name of its own for each sensor\nTwo would write the same series. Give them each a `name`.",
          ),
        ),
        [],
      ),
      v.examples([[{ one_wire: "28-0316a2795eff", name: "cabinet", tags: [] }]]),
      v.description("Sensors that the kernel shows as files, one entry each."),
    ),
    root: v.pipe(
      v.optional(v.pipe(v.string(), v.regex(/^\//u, "a path that begins with /")), "/"),
      v.description("Where the files of the machine begin; in a container, where those of its host are mounted."),
    ),
    timeout: v.pipe(
      v.optional(numberField(0.1, 60), 5),
      v.description("Seconds to wait for a sensor; a 1-Wire thermometer takes most of one."),
    ),
  }),
  v.forward(
    v.check(
      ({ host, sensors }) => host.length > 0 || sensors.length > 0,
      "`host` or `sensors`\nAdd `host: [cpu, load, memory, disk]`, or a list of `sensors`.",
    ),
    ["host"],
  ),
);

/** The settings of one instance. Units: `timeout` in seconds. */
export type LinuxSettings = v.InferOutput<typeof linuxSettings>;

/** One entry of `sensors`. */
export type SensorSettings = v.InferOutput<typeof sensorSchema>;

/** The tag `point` of a sensor. */
export function sensorName(sensor: v.InferOutput<typeof sensorFields>): string {
  const ownName = [...waysOf(sensor), ...(sensor.channel === undefined ? [] : [sensor.channel])].join("-");
  // What the kernel calls things may have underscores and colons.
  const plain = ownName.toLowerCase().replaceAll(/[^a-z\d]+/gu, "-");
  return sensor.name ?? plain.replaceAll(/^-|-$/gu, "");
}

function waysOf({ one_wire, iio, hwmon }: v.InferOutput<typeof sensorFields>): readonly string[] {
  return [one_wire, iio, hwmon].filter((each) => each !== undefined);
}

/** A metric of the catalogue takes the units of its quantity, any other takes any. */
function fits(metric: string, unit: string): boolean {
  const canonical = canonicalUnit(metric, unit);
  return canonical === unit || (isUnit(canonical) && unitFactor(unit, canonical) !== undefined);
}

function unitWanted(metric = "", unit = ""): string {
  const fitting = unitsLike(canonicalUnit(metric, unit));
  if (fitting.length === 0) return `no unit, because ${metric} has none\nDelete the line.`;
  return `a unit that ${metric} can be kept in\nOne of ${fitting.join(", ")}; a metric of your own takes any.`;
}
