import * as v from "valibot";
import { parseCertificates } from "../../platform/certificates.ts";
import { numberField, wholeNumberField } from "../../schema/schema-fields.ts";
import { topicEntry } from "./topic-spec.ts";

/** Source: IANA Service Name Registry, mqtt and secure-mqtt. */
const PORTS = { mqtt: 1883, mqtts: 8883 } as const;

const BROKER = /^(mqtts?):\/\/(\[[\da-fA-F:.]+\]|[^\s/:@?#[\]]+)(?::(\d{1,5}))?\/?$/u;

/** Says what an address that is none should be, and what to do. */
function brokerWanted(text: string): string {
  const wanted = "an address such as mqtt://192.168.1.10:1883, or mqtts:// with TLS";
  if (text.includes("@")) {
    return `${wanted}\nPut user and password on lines of their own, as \`username:\` and \`password:\`.`;
  }
  if (BROKER.test(text)) return "a port from 1 to 65535\nMost brokers listen at 1883, with TLS at 8883.";
  const place = /^[\w.-]+(?::\d+)?$/u.test(text) ? text : "HOST:PORT";
  return `${wanted}\nWrite \`mqtt://${place}\`, or \`mqtts://${place}\` where it has TLS.`;
}

/** Where a broker is. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly hasTls: boolean;
}

/** Takes the address of a broker apart; undefined where it is none. */
export function parseBroker(text: string): BrokerAddress | undefined {
  const match = BROKER.exec(text);
  if (match === null) return undefined;
  const scheme = match[1] === "mqtts" ? "mqtts" : "mqtt";
  const port = match[3] === undefined ? PORTS[scheme] : Number(match[3]);
  if (port < 1 || port > 65_535) return undefined;
  return { host: (match[2] ?? "").replaceAll(/[[\]]/gu, ""), port, hasTls: scheme === "mqtts" };
}

/** Examples leave out what has a default. */
const TOPIC_EXAMPLES = [[{ topic: "plant/{line}/{machine}/temperature", metric: "temperature", unit: "degC" }]];

function pemField(what: string, pattern: RegExp, example: string, doc: string) {
  return v.optional(
    v.pipe(
      v.string(),
      v.title(what),
      v.regex(pattern, `${what}\nRead it from a file: \`${example}\`.`),
      v.examples([example]),
      v.description(doc),
    ),
  );
}

const settingsFields = v.object({
  broker: v.pipe(
    v.string(),
    v.title("an address such as mqtt://192.168.1.10:1883"),
    v.check(
      (text) => parseBroker(text) !== undefined,
      ({ input }) => brokerWanted(input),
    ),
    v.examples(["mqtt://192.168.1.10:1883"]),
    v.description("The broker: `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` with TLS; without a port 1883 and 8883."),
  ),
  topics: v.pipe(
    v.array(topicEntry),
    v.minLength(1, "at least one topic\nAdd a line `- topic: plant/{line}/temperature` below it."),
    v.examples(TOPIC_EXAMPLES as never),
    v.description("What is subscribed to, and what becomes of it; of several that fit a message, the first counts."),
  ),
  version: v.pipe(
    v.optional(v.picklist(["3.1.1", 5]), "3.1.1"),
    v.description("The version of MQTT, 3.1.1 or 5; with 5 the broker can say why it refuses something."),
  ),
  qos: v.pipe(
    v.optional(v.picklist([0, 1, 2]), 1),
    v.description(
      "How messages are asked for: 0 perhaps, 1 at least once, 2 once; what was published with less stays so.",
    ),
  ),
  client_id: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^\p{Cc}]{1,128}$/u, "a text of 1 to 128 characters"),
      v.examples(["tidegate-hall-1"]),
      v.description(
        "The name the broker knows this instance by; left out, made from the machine's id and its own name.",
      ),
    ),
  ),
  clean_session: v.pipe(
    v.optional(v.boolean(), false),
    v.description("`true` has the broker forget what came while the gateway was away."),
  ),
  session_expiry: v.pipe(
    v.optional(wholeNumberField(0, 4_294_967_295), 604_800),
    v.description("With version 5: seconds the broker keeps messages for a gateway that is away."),
  ),
  username: v.optional(
    v.pipe(v.string(), v.minLength(1), v.examples(["tidegate"]), v.description("User at the broker.")),
  ),
  password: v.optional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.examples([`\${file:mqtt-password}`]),
      v.description("Password at the broker, best as a reference."),
    ),
  ),
  tls_ca: v.optional(
    v.pipe(
      v.string(),
      v.title("certificates in PEM"),
      v.check(
        (text) => "pem" in parseCertificates(text),
        `certificates in PEM\nRead them from a file: \`\${file:plant-ca.pem}\`.`,
      ),
      v.examples([`\${file:plant-ca.pem}`]),
      v.description("Certificates of a CA of your own, or the broker's own one; left out, the public ones count."),
    ),
  ),
  tls_cert: pemField(
    "a certificate in PEM",
    /-----BEGIN CERTIFICATE-----/u,
    `\${file:gateway.pem}`,
    "Certificate by which the gateway shows who it is.",
  ),
  tls_key: pemField(
    "a private key in PEM",
    /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/u,
    `\${file:gateway-key.pem}`,
    "The key of that certificate.",
  ),
  tls_server_name: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[^\s/:]+$/u, "the name in the broker's certificate"),
      v.examples(["broker.plant.example"]),
      v.description("The name in the broker's certificate, where it is not the one in `broker`."),
    ),
  ),
  keep_alive: v.pipe(
    v.optional(wholeNumberField(5, 3600), 30),
    v.description("Seconds of silence after which the broker is asked whether it is still there."),
  ),
  timeout: v.pipe(
    v.optional(numberField(0.5, 60), 5),
    v.description("Seconds to wait for a connection, and for each answer of the broker."),
  ),
  listen: v.pipe(
    v.optional(numberField(1, 120), 10),
    v.description("Seconds that `tidegate check` listens for, at most: less where every topic has had a message."),
  ),
  max_message_bytes: v.pipe(
    v.optional(wholeNumberField(256, 16_777_216), 262_144),
    v.description("Larger messages are passed over, and told of."),
  ),
  rebirth: v.pipe(
    v.optional(v.boolean(), true),
    v.description("Whether Sparkplug nodes are asked to say again what they have, where a part of it was missed."),
  ),
});

/** What an instance of `mqtt` says beyond the keys that every instance has. */
export const mqttSettings = v.pipe(
  settingsFields,
  v.forward(
    v.check(
      ({ tls_cert, tls_key }) => (tls_cert === undefined) === (tls_key === undefined),
      `the certificate's key too\nAdd a line \`tls_key: \${file:gateway-key.pem}\`, or delete \`tls_cert\`.`,
    ),
    ["tls_key"],
  ),
  v.forward(
    v.check(
      ({ broker, tls_ca, tls_cert, tls_server_name }) =>
        broker.startsWith("mqtts:") || [tls_ca, tls_cert, tls_server_name].every((key) => key === undefined),
      "an address that begins with mqtts://\nWithout TLS nobody looks at certificates: delete the lines `tls_...`, or correct the address.",
    ),
    ["broker"],
  ),
  v.forward(
    v.check(
      ({ username, password }) => password === undefined || username !== undefined,
      "a user beside the password\nAdd a line `username: ...`; MQTT 3.1.1 has no password without one.",
    ),
    ["username"],
  ),
);

/** The settings of one instance, complete. Units: `timeout`, `keep_alive`, `listen` and `session_expiry` in seconds. */
export type MqttSettings = v.InferOutput<typeof mqttSettings>;

/** The name of an instance that gives none. */
export function brokerNameOf({ broker }: MqttSettings): string {
  const place = parseBroker(broker);
  if (place === undefined) return "";
  const isUsual = place.port === PORTS[place.hasTls ? "mqtts" : "mqtt"];
  return isUsual ? place.host : `${place.host}-${place.port}`;
}
