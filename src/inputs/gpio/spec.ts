import * as v from "valibot";
import { METRICS } from "../../model/metrics.ts";
import { isUnit, unitFactor, unitsLike } from "../../model/units.ts";
import { numberField, wholeNumberField } from "../../schema/schema-fields.ts";
import { HEADER_LINE_MAX, lineAtPin } from "./header.ts";

/** What can be told of a line, in the order in which it is. */
export const MEASURES = ["state", "pulses", "rate", "frequency", "rpm", "duty", "on_time", "missed"] as const;
export type Measure = (typeof MEASURES)[number];

const BIASES = ["as-is", "pull-up", "pull-down", "none"] as const;

/** Debouncing by the kernel takes at most this. Units: milliseconds. */
const DEBOUNCE_MS_MAX = 10_000;

const PIN_WANTED =
  "a whole number from 1 to 40\nA line is named by its name as `line: GPIO17`, by its number as `gpio: 17`.";

const settingsFields = v.object({
  pin: v.pipe(
    v.optional(
      v.pipe(
        v.number(({ input }) => (typeof input === "string" && /^[a-z]/iu.test(input) ? PIN_WANTED : "")),
        v.integer(),
        v.minValue(1),
        v.maxValue(40),
        v.check(
          (pin) => typeof lineAtPin(pin) === "number",
          ({ input }) => `a pin with a line\nPin ${input} ${lineAtPin(input)}.`,
        ),
        v.examples([11]),
      ),
    ),
    v.metadata({ isShown: true }),
    v.description("Pin of the 40-pin header of a Raspberry Pi, counted as on the board."),
  ),
  gpio: v.pipe(
    v.optional(v.pipe(wholeNumberField(0, 1023), v.examples([17]))),
    v.description("Instead of `pin`: the number of the line on its chip, which on a Raspberry Pi is the BCM number."),
  ),
  line: v.pipe(
    v.optional(
      v.pipe(
        v.string(
          "the name of a line, as `gpioinfo` shows it\nA line is named by its number as `gpio: 17`; a name of digits goes in quotes.",
        ),
        v.regex(/^[^\s/]{1,31}$/u),
        v.title("the name of a line, as `gpioinfo` shows it"),
        v.examples(["GPIO17"]),
      ),
    ),
    v.description("Instead of `pin`: the name of the line."),
  ),
  chip: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^(?!\/dev\/|gpiochip\d)\S{1,200}$/u,
          "the label of a chip\nNumbers of chips change with kernel and board; `gpiodetect` shows the labels in brackets.",
        ),
        v.title("the label of a chip, as `gpiodetect` shows it in brackets"),
        v.examples(["pinctrl-bcm2711"]),
      ),
    ),
    v.description("The chip of `gpio` or `line`, where it is not that of a Raspberry Pi's header; or a simulated one."),
  ),
  measure: v.pipe(
    v.optional(
      v.pipe(
        v.array(v.picklist(MEASURES)),
        v.minLength(1),
        v.check((all) => new Set(all).size === all.length, "each once"),
        v.examples([["pulses", "rate"]]),
      ),
      ["state"],
    ),
    v.description(
      "What is told: `state`; `pulses`, their total; `rate`, their flow or power; `frequency`, `rpm`, `duty` or others.",
    ),
  ),
  metric: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.check(isOfLine, "a total or a state of the catalogue, such as volume or machine.running"),
        v.title("a total or a state of the catalogue, such as volume or machine.running"),
        v.examples(["volume"]),
      ),
    ),
    v.description("What the pulses count, or what the state is of; left out, `pulse.count` and `digital.state`."),
  ),
  unit: v.pipe(
    v.optional(v.pipe(v.string(), v.check(isUnit, "a unit, such as l, m3 or kWh"), v.examples(["l"]))),
    v.description("The unit of `pulses_per_unit`, where it is not that of the metric."),
  ),
  pulses_per_unit: v.pipe(
    v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1e9)), 1),
    v.description("How many pulses are one `unit`: 1000 for a meter with 1000 imp/kWh."),
  ),
  pulses_per_turn: v.pipe(
    v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1e6)), 1),
    v.description("How many pulses are one turn, for `rpm`."),
  ),
  start_at: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0), v.finite()), 0),
    v.description("What the total begins at, in `unit`, such as the meter's reading; changing it sets the total anew."),
  ),
  bias: v.pipe(
    v.optional(v.picklist(BIASES), "as-is"),
    v.description("What holds the line where nothing drives it: a resistor of the board, `none`, or what is set."),
  ),
  invert: v.pipe(
    v.optional(v.boolean(), false),
    v.description("Whether a low level counts as active, as with a contact to ground and a pull-up."),
  ),
  debounce: v.pipe(
    v.optional(numberField(0, DEBOUNCE_MS_MAX), 0),
    v.description("Milliseconds that a level has to last to count: 5 to 50 for contacts, 0 for electronics."),
  ),
  zero_after: v.pipe(
    v.optional(numberField(0.1, 86_400), 60),
    v.description("Seconds without a pulse after which `rate`, `frequency` and `rpm` are 0."),
  ),
  back_end: v.pipe(
    v.optional(v.picklist(["auto", "character-device", "sysfs"]), "auto"),
    v.description("How the line is read: `auto` takes the character device where there is one."),
  ),
});

type Fields = v.InferOutput<typeof settingsFields>;

/** Whether a metric can be told of a line: what is counted, or whether something is so. */
function isOfLine(metric: string): boolean {
  const course = Object.hasOwn(METRICS, metric) ? METRICS[metric]?.course : undefined;
  return course === "total" || course === "state";
}

function countsIn({ metric, unit }: Fields): boolean {
  if (unit === undefined) return true;
  const known = metric === undefined ? undefined : METRICS[metric];
  return known !== undefined && unitFactor(unit, known.unit) !== undefined;
}

function unitWanted({ metric }: Fields): string {
  const known = metric === undefined ? undefined : METRICS[metric];
  if (known === undefined) {
    return "a unit of the metric\nA unit says what `pulses_per_unit` counts, so it needs a `metric`.";
  }
  const fitting = unitsLike(known.unit);
  if (fitting.length === 0) return `no unit, because ${metric} has none\nDelete the line.`;
  return `a unit that ${metric} can be kept in\nOne of ${fitting.join(", ")}.`;
}

/** What comes of a quantity in a time; undefined where the catalogue has nothing. */
export function rateMetricOf(metric: string | undefined): string | undefined {
  if (metric === "volume") return "flow";
  if (metric?.startsWith("energy.active.")) return "power.active";
  return metric?.startsWith("energy.reactive.") ? "power.reactive" : undefined;
}

/** What an instance of `gpio` says beyond the keys that every instance has. */
export const gpioSettings = v.pipe(
  settingsFields,
  v.forward(
    v.check(
      ({ pin, gpio, line }) => [pin, gpio, line].some((each) => each !== undefined),
      "a pin of the header\nAdd a line `pin: ...`, or `gpio: ...` or `line: ...`.",
    ),
    ["pin"],
  ),
  v.forward(
    v.check(
      ({ pin, gpio, line }) => pin === undefined || (gpio === undefined && line === undefined),
      "either `pin`, `gpio` or `line`\nA line is named in one way; delete the others.",
    ),
    ["pin"],
  ),
  v.forward(
    v.check(
      ({ gpio, line }) => gpio === undefined || line === undefined,
      "either `gpio` or `line`\nA line is named in one way; delete the other.",
    ),
    ["gpio"],
  ),
  v.forward(
    v.check(
      ({ pin, chip }) => pin === undefined || chip === undefined,
      "no chip with `pin`\nThe header has its own; write `gpio` or `line` for a line of another chip.",
    ),
    ["chip"],
  ),
  v.forward(
    v.check(
      ({ gpio, chip }) => gpio === undefined || chip !== undefined || gpio <= HEADER_LINE_MAX,
      `at most ${HEADER_LINE_MAX}, the last line of the header\nFor a line of another chip add \`chip: LABEL\`.`,
    ),
    ["gpio"],
  ),
  v.forward(
    v.check(countsIn, ({ input }) => unitWanted(input)),
    ["unit"],
  ),
  v.forward(
    v.check(({ metric, measure }) => {
      if (metric === undefined) return true;
      return METRICS[metric]?.course === "state" ? measure.includes("state") : measure.includes("pulses");
    }, "a metric of what is measured\nA total needs `pulses` among `measure`, and a state needs `state`."),
    ["metric"],
  ),
  v.forward(
    v.check(
      ({ metric, measure }) => !measure.includes("rate") || rateMetricOf(metric) !== undefined,
      "a rate of `volume` or of an energy\nOther pulses have a `frequency`; or say by `metric` what they count.",
    ),
    ["measure"],
  ),
);

/** The settings of one instance, complete: with one of `pin`, `gpio` and `line`. Units: as their descriptions say. */
export type GpioSettings = v.InferOutput<typeof gpioSettings>;
