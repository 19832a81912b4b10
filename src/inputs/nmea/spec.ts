import * as v from "valibot";
import { baudField, hostField, PORT_MAX, portField, serialPortField } from "../../schema/line-fields.ts";
import { numberField } from "../../schema/schema-fields.ts";
import { canBeZone } from "./zone-shape.ts";

/** The port of NMEA 0183 over TCP. Source: IANA, Service Name and Transport Protocol Port Number Registry. */
export const NMEA_PORT = 10_110;

/** The port of gpsd. Source: IANA, as above. */
export const GPSD_PORT = 2947;

/** What gpsd is asked for: its own objects, or the sentences of the receiver as they come. */
const GPSD_FORMATS = ["json", "nmea"] as const;

const CHECKSUM_RULES = ["required", "optional"] as const;

/** Each zone has series of its own, so there are not many. */
const ZONES_MAX = 50;
const PLACES_MAX = 100;
const CORNERS_MAX = 500;

/** What the tag says of a position in no zone. */
export const NO_ZONE = "none";

const latitudeField = v.pipe(
  v.number(),
  v.minValue(-90),
  v.maxValue(90),
  v.title("degrees from -90 to 90, north positive"),
);
const longitudeField = v.pipe(
  v.number(),
  v.minValue(-180),
  v.maxValue(180),
  v.title("degrees from -180 to 180, east positive"),
);

const nameField = v.pipe(
  v.string(),
  v.regex(
    /^[a-z\d][a-z\d_.-]{0,49}$/u,
    "lower case letters, digits and . _ -\nThe name becomes a tag, such as zone:market.",
  ),
  v.check(
    (name) => name !== NO_ZONE,
    `another name than ${NO_ZONE}\nThe tag zone:${NO_ZONE} is for what lies in no zone.`,
  ),
);

const cornerField = v.pipe(v.tuple([latitudeField, longitudeField]), v.title("a pair of latitude and longitude"));

const zoneFields = v.strictObject({
  name: v.pipe(nameField, v.description("Becomes the tag `zone`.")),
  lat: v.optional(v.pipe(latitudeField, v.description("Of a circle: latitude of its middle."))),
  lon: v.optional(v.pipe(longitudeField, v.description("Of a circle: longitude of its middle."))),
  radius: v.optional(
    v.pipe(v.number(), v.minValue(1), v.maxValue(1_000_000), v.description("Of a circle: metres from its middle.")),
  ),
  polygon: v.optional(
    v.pipe(
      v.array(cornerField),
      v.minLength(3, "three corners or more"),
      v.maxLength(CORNERS_MAX, `at most ${CORNERS_MAX} corners`),
      v.check(
        (corners) => canBeZone(corners.map(([latitude, longitude]) => ({ latitude, longitude }))),
        "corners on one side of the earth\nA zone may be no larger than a continent; look for a latitude and a longitude " +
          "in the wrong order.",
      ),
      v.description("Of any other shape: its corners one after the other, each as [latitude, longitude]."),
    ),
  ),
});

const zoneSchema = v.pipe(
  zoneFields,
  v.check(
    ({ lat, lon, radius, polygon }) =>
      polygon === undefined ? lat !== undefined && lon !== undefined && radius !== undefined : true,
    "either lat, lon and radius, or polygon\nA zone is a circle, or has corners.",
  ),
  v.check(
    ({ lat, lon, radius, polygon }) =>
      polygon === undefined || (lat === undefined && lon === undefined && radius === undefined),
    "either lat, lon and radius, or polygon\nA zone is a circle, or has corners; delete what is not meant.",
  ),
);

const placeSchema = v.strictObject({
  name: v.pipe(nameField, v.description("Becomes the tag `place`.")),
  lat: v.pipe(latitudeField, v.description("Its latitude.")),
  lon: v.pipe(longitudeField, v.description("Its longitude.")),
});

function hasOneOfEach(named: readonly { readonly name: string }[]): boolean {
  return new Set(named.map(({ name }) => name)).size === named.length;
}

const settingsFields = v.object({
  serial: v.pipe(
    v.optional(serialPortField("/dev/serial0")),
    v.metadata({ isShown: true }),
    v.description("The serial port of this machine that the receiver is connected to."),
  ),
  baud: v.pipe(
    v.optional(baudField, 9600),
    v.description("Bits per second of the serial port: 4800 is the standard, most receivers come with 9600."),
  ),
  host: v.pipe(
    v.optional(hostField("192.168.1.30", NMEA_PORT)),
    v.description("Instead of `serial`: who sends sentences by TCP."),
  ),
  port: v.pipe(v.optional(portField, NMEA_PORT), v.description("TCP port of `host`.")),
  gpsd: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[^\s/:[\]]+(:\d{1,5})?$/u),
        v.title("a host, with a port if it is another than 2947"),
        v.examples(["localhost:2947"]),
      ),
    ),
    v.description("Instead of `serial`: the gpsd that has the receiver."),
  ),
  gpsd_format: v.pipe(
    v.optional(v.picklist(GPSD_FORMATS), "json"),
    v.description("What gpsd is asked for: its own objects, or the sentences of the receiver as they come."),
  ),
  gpsd_device: v.pipe(
    v.optional(v.pipe(v.string(), v.regex(/^\/\S+$/u), v.title("a path of gpsd"), v.examples(["/dev/ttyACM0"]))),
    v.description("The receiver that is meant, where gpsd has several."),
  ),
  checksum: v.pipe(
    v.optional(v.picklist(CHECKSUM_RULES), "required"),
    v.description("Whether a sentence without checksum is refused; a wrong one always is."),
  ),
  timeout: v.pipe(
    v.optional(numberField(0.5, 300), 5),
    v.description("Seconds to wait for a connection, and without a sentence until the receiver counts as silent."),
  ),
  sample_interval: v.pipe(
    v.optional(numberField(0, 86_400), 1),
    v.description("Seconds between two readings that are kept; 0 keeps each one that the receiver sends."),
  ),
  zones: v.pipe(
    v.optional(
      v.pipe(
        v.array(zoneSchema),
        v.maxLength(ZONES_MAX, `at most ${ZONES_MAX} zones`),
        v.check((zones) => hasOneOfEach(zones), "each name once"),
        v.examples([[{ name: "market", lat: 52.5219, lon: 13.4132, radius: 120 }]]),
      ),
      [],
    ),
    v.description("Circles and polygons on the ground: events tell of entering and leaving them."),
  ),
  zone_tag: v.pipe(
    v.optional(v.boolean(), true),
    v.description("Whether positions and speeds carry the tag `zone`: each zone then has series of its own for them."),
  ),
  places: v.pipe(
    v.optional(
      v.pipe(
        v.array(placeSchema),
        v.maxLength(PLACES_MAX, `at most ${PLACES_MAX} places`),
        v.check((places) => hasOneOfEach(places), "each name once"),
        v.examples([[{ name: "depot", lat: 52.5424, lon: 13.3496 }]]),
      ),
      [],
    ),
    v.description("Places whose distance is measured."),
  ),
  parked_after: v.pipe(
    v.optional(numberField(10, 86_400), 120),
    v.description("Seconds in one place after which the receiver counts as parked."),
  ),
  use_time: v.pipe(
    v.optional(v.boolean(), true),
    v.description("Whether its time sets the clock of the gateway while nothing else has."),
  ),
});

/** What an instance of `nmea` says beyond the keys that every instance has. */
export const nmeaSettings = v.pipe(
  settingsFields,
  v.forward(
    v.check(
      ({ serial, host, gpsd }) => serial !== undefined || host !== undefined || gpsd !== undefined,
      "a serial port\nAdd a line `serial: ...`, or `host: ...` for TCP, or `gpsd: ...`.",
    ),
    ["serial"],
  ),
  v.forward(
    v.check(
      ({ serial, host, gpsd }) => [serial, host, gpsd].filter((way) => way !== undefined).length <= 1,
      "one of `serial`, `host` and `gpsd`\nA receiver is reached in one way; delete the lines that are not meant.",
    ),
    ["serial"],
  ),
  v.forward(
    v.check(({ gpsd }) => gpsd === undefined || portOf(gpsd) <= PORT_MAX, `a port up to ${PORT_MAX}`),
    ["gpsd"],
  ),
);

/** The settings of one instance, complete. Units: seconds, degrees, `radius` in metres. */
export type NmeaSettings = v.InferOutput<typeof nmeaSettings>;

function portOf(place: string): number {
  return Number(place.split(":")[1] ?? GPSD_PORT);
}

/** Where the gpsd of the settings listens. */
export function gpsdPlaceOf(place: string): { readonly host: string; readonly port: number } {
  return { host: place.split(":")[0] ?? place, port: portOf(place) };
}
