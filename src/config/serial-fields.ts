/** What a device on a serial line says and how, as a profile or an instance writes it down. */

import * as v from "valibot";
import { METRICS } from "../model/metrics.ts";
import {
  CHARSETS,
  CHECKSUM_SPELLINGS,
  CHECKSUM_TYPES,
  END_ORDERS,
  FRAME_NUMBER_TYPES,
  FRAMING_TYPES,
  STATUS_MEANINGS,
} from "../model/serial-profile.ts";
import { baudField, dataBitsField, parityField, stopBitsField } from "../schema/line-fields.ts";
import { metricField, pointNameField, wholeNumberField } from "../schema/schema-fields.ts";
import { profileBasicEntries, sharedPointEntries } from "./profile-fields.ts";

/** The longest frame that may be allowed. Units: bytes. */
const FRAME_BYTES_MAX = 4096;

/** Characters beyond those of one byte are none of the wire's. */
const textOfBytes = v.pipe(
  v.string(),
  v.minLength(1),
  v.check((text) => bytesOf(text).every((byte) => byte <= 0xff), "characters of one byte each"),
);

const bytesField = v.pipe(
  v.union([textOfBytes, v.pipe(v.array(wholeNumberField(0, 255)), v.minLength(1))]),
  v.title('a text such as "\\r\\n", or a list of bytes such as [0x42, 0x4D]'),
  v.transform((written) => (typeof written === "string" ? bytesOf(written) : written)),
);

function bytesOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

/** One text, or several. */
const textsField = v.pipe(
  v.union([v.string(), v.number(), v.array(v.union([v.string(), v.number()]))]),
  v.title("a text, or a list of texts"),
  v.transform((texts) => (Array.isArray(texts) ? texts : [texts]).map(String)),
);

const framingField = v.strictObject({
  type: v.pipe(
    v.picklist(FRAMING_TYPES),
    v.description("By what a frame ends: a `delimiter`, a `fixed` length, a `length` that stands in it, or `silence`."),
  ),
  end: v.optional(
    v.pipe(
      v.union([textOfBytes, v.array(bytesField)]),
      v.title('a text such as "\\r\\n", or a list of them'),
      v.transform((ends): number[][] => (typeof ends === "string" ? [bytesOf(ends)] : ends)),
      v.description('Of `delimiter`: what ends a frame; ["\\r", "\\n"] when left out, which takes either and both.'),
    ),
  ),
  start: v.optional(v.pipe(bytesField, v.description("What a frame begins with; bytes before it are noise."))),
  after_end: v.optional(
    v.pipe(wholeNumberField(0, 8), v.description("Of `delimiter`: bytes behind the end that belong to the frame.")),
  ),
  length: v.optional(v.pipe(wholeNumberField(1, FRAME_BYTES_MAX), v.description("Of `fixed`: bytes of a frame."))),
  length_at: v.optional(
    v.pipe(wholeNumberField(0, 255), v.description("Of `length`: where the length stands, counted from 0.")),
  ),
  length_type: v.optional(
    v.pipe(v.picklist(["uint8", "uint16", "uint32"]), v.description("Of `length`: how it is coded; `uint8`.")),
  ),
  length_order: v.optional(
    v.pipe(v.picklist(END_ORDERS), v.description("Of `length`: which byte of it comes first; the high one.")),
  ),
  length_adds: v.optional(
    v.pipe(
      wholeNumberField(-255, 255),
      v.description("Of `length`: the bytes of the frame that the number does not count; 0."),
    ),
  ),
  max_length: v.optional(
    v.pipe(wholeNumberField(1, FRAME_BYTES_MAX), v.description("Bytes of the longest frame; 1024 when left out.")),
  ),
  gap: v.optional(
    v.pipe(wholeNumberField(5, 10_000), v.description("Of `silence`: milliseconds of silence that end a frame; 50.")),
  ),
});

const offsetField = wholeNumberField(-FRAME_BYTES_MAX, FRAME_BYTES_MAX);

const checksumField = v.strictObject({
  type: v.pipe(v.picklist(CHECKSUM_TYPES), v.description("How it is computed.")),
  from: v.optional(
    v.pipe(offsetField, v.description("The first byte it covers; 0. Negative ones count from behind the last byte.")),
  ),
  to: v.optional(v.pipe(offsetField, v.description("The first byte behind those it covers; where it stands."))),
  at: v.optional(v.pipe(offsetField, v.description("Where it stands; at the end of the frame when left out."))),
  spelling: v.optional(
    v.pipe(v.picklist(CHECKSUM_SPELLINGS), v.description("`raw` bytes, or two `hex` digits for each; `raw`.")),
  ),
  order: v.optional(v.pipe(v.picklist(END_ORDERS), v.description("Of two bytes, which comes first; the high one."))),
});

/** How a device speaks; the same in a profile and in an instance that has none. */
export const talkEntries = {
  framing: v.optional(
    v.pipe(
      framingField,
      // As it is written, not as it is read.
      v.examples([{ type: "delimiter", end: "\r\n" } as never]),
      v.description("How one frame is told from the next; lines when left out."),
    ),
  ),
  checksum: v.optional(
    v.pipe(
      checksumField,
      v.examples([{ type: "xor8", from: 1, at: -3, spelling: "hex" }]),
      v.description("The checksum of each frame; one that does not hold costs the frame."),
    ),
  ),
  charset: v.optional(
    v.pipe(v.picklist(CHARSETS), v.examples(["latin1"]), v.description("How bytes are characters; `ascii`.")),
  ),
  decimal: v.optional(
    v.pipe(v.picklist([".", ","]), v.examples([","]), v.description("What stands before decimals; a point.")),
  ),
  separator: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.examples([";"]),
      v.description("What stands between the parts that `position` counts; blanks when left out."),
    ),
  ),
  request: v.optional(
    v.pipe(
      textOfBytes,
      v.examples(["READ?\r\n"]),
      v.description("What is written to be answered, ends included; left out, the device speaks by itself."),
    ),
  ),
  pause: v.optional(
    v.pipe(
      wholeNumberField(0, 10_000),
      v.examples([250]),
      v.description("Milliseconds to leave the device alone between an answer and the next request; 0."),
    ),
  ),
};

/** What says where in a frame something stands. */
export const placeEntries = {
  position: v.optional(
    v.pipe(
      v.pipe(v.number(), v.integer(), v.minValue(-100), v.maxValue(100), v.notValue(0, "1 for the first part")),
      v.description("Which part between separators: 1 is the first, -1 the last."),
    ),
  ),
  columns: v.optional(
    v.pipe(
      v.tuple([wholeNumberField(1, FRAME_BYTES_MAX), wholeNumberField(1, FRAME_BYTES_MAX)]),
      v.title("the first and the last character, counted from 1, as in [3, 8]"),
      v.check(([first, last]) => first <= last, "the first character before the last\nSwap the two."),
      v.description("Characters, the first being 1, both ends included."),
    ),
  ),
  json: v.optional(
    v.pipe(v.string(), v.minLength(1), v.description("The path to a value of a JSON text, such as data.weight.")),
  ),
  at: v.optional(
    v.pipe(
      offsetField,
      v.description("Where its bytes begin, counted from 0, or from behind the last where negative."),
    ),
  ),
  type: v.optional(v.pipe(v.picklist(FRAME_NUMBER_TYPES), v.description("With `at`: how its bytes are a number."))),
  order: v.optional(
    v.pipe(v.picklist(END_ORDERS), v.description("With `type`: which byte comes first; the high one.")),
  ),
  bits: v.optional(
    v.pipe(
      v.union([wholeNumberField(0, 7), v.tuple([wholeNumberField(0, 7), wholeNumberField(0, 7)])]),
      v.title("a bit, or the lowest and the highest of several, as in [0, 2]"),
      v.transform((bits) => (Array.isArray(bits) ? bits : ([bits, bits] as [number, number]))),
      v.check(([low, high]) => low <= high, "the lower bit first\nSwap the two."),
      v.description("With `at`: only these bits of that byte, 0 being the lowest."),
    ),
  ),
};

const placeSchema = v.strictObject(placeEntries);

/** A place as it is written: one of position, columns, json, and `at` with a type or bits. */
export type PlaceKeys = v.InferOutput<typeof placeSchema>;

const numberOrNone = v.union([v.pipe(v.number(), v.finite()), v.literal("none")]);

const linePattern = v.pipe(v.string(), v.minLength(1), v.maxLength(500));

/** What stands for one quantity. */
const serialPointEntries = {
  ...sharedPointEntries,
  request: v.optional(
    v.pipe(
      textOfBytes,
      v.examples(["READ?\r\n"]),
      v.description("What is written to be told it, where not all have one request."),
    ),
  ),
  pattern: v.optional(
    v.pipe(
      linePattern,
      v.description(
        "A regular expression that the frame has to match; its group `value` is the number, and `sign`, `unit` and `status` what they say.",
      ),
    ),
  ),
  ...placeEntries,
  when: v.optional(
    v.pipe(
      v.strictObject({
        ...placeEntries,
        equals: v.pipe(textsField, v.description("The texts, or numbers, that may stand there.")),
      }),
      v.description("Which frames it is read from: those with one of these texts at a place; all when left out."),
    ),
  ),
  words: v.optional(
    v.pipe(
      v.record(v.string(), numberOrNone),
      v.description("What texts its value may be, and the number of each; `none` where it is no reading."),
    ),
  ),
  sentinels: v.optional(v.pipe(textsField, v.description("Texts and numbers that mean the device has no reading."))),
  status: v.optional(
    v.pipe(
      v.strictObject({
        ...placeEntries,
        words: v.pipe(v.record(v.string(), v.picklist(STATUS_MEANINGS)), v.description("What each word means.")),
      }),
      v.description("The word that says whether it counts: `stable`, `unstable` (sent, marked suspect) or `none`."),
    ),
  ),
  unit_in: v.optional(
    v.pipe(
      v.strictObject({
        ...placeEntries,
        words: v.optional(v.pipe(v.record(v.string(), v.string()), v.description("The unit that each spelling is."))),
      }),
      v.description("Where the unit stands; `words` says which unit each spelling is, where it is not its symbol."),
    ),
  ),
  sign: v.optional(
    v.pipe(placeSchema, v.description("Where a sign stands apart: a minus, or a bit that is 1 below zero.")),
  ),
  multiplier: v.optional(
    v.pipe(
      v.strictObject({
        ...placeEntries,
        words: v.pipe(
          v.record(v.string(), v.pipe(v.number(), v.finite())),
          v.description("The factor that each text is."),
        ),
      }),
      v.description("Where it stands what the number is multiplied by, such as the place of a decimal point."),
    ),
  ),
};

const serialPointSchema = v.strictObject(serialPointEntries);

/** What is written of one quantity. */
export type SerialPointKeys = v.InferOutput<typeof serialPointSchema>;

/** How the line of a device is set as it is delivered. */
const lineEntries = {
  baud: v.optional(v.pipe(baudField, v.description("Bits per second, as the device is delivered."))),
  parity: v.optional(v.pipe(parityField, v.description("As the device is delivered."))),
  data_bits: v.optional(v.pipe(dataBitsField, v.description("As the device is delivered."))),
  stop_bits: v.optional(v.pipe(stopBitsField, v.description("As the device is delivered."))),
};

/** A whole file of a profile. */
export const serialProfileSchema = v.strictObject({
  ...profileBasicEntries,
  ...lineEntries,
  ...talkEntries,
  points: v.optional(v.record(pointNameField, serialPointSchema)),
});

/** What a file says of the device as a whole. */
export type SerialProfileKeys = v.InferOutput<typeof serialProfileSchema>;

/** What an instance says of one quantity. */
export const fieldSchema = v.strictObject({
  ...serialPointEntries,
  metric: v.optional(
    v.pipe(
      metricField,
      v.title("the name of a metric, such as mass"),
      v.metadata({ editor: { anyOf: [{ enum: Object.keys(METRICS) }, { type: "string", minLength: 1 }] } }),
      v.description("What the quantity is called: a metric of the catalogue, or any other name."),
    ),
  ),
});

/** What an instance that names no profile says of its device. */
export const inlineEntries = {
  ...talkEntries,
  fields: v.optional(
    v.pipe(
      v.record(pointNameField, fieldSchema),
      v.examples([{ weight: { position: 2, unit: "kg", metric: "mass" } }]),
      v.description("Instead of `profile`: what is read from the frames, by the names of points."),
    ),
  ),
};

const inlineSchema = v.strictObject(inlineEntries);

/** What an instance says of its device itself. */
export type InlineKeys = v.InferOutput<typeof inlineSchema>;
