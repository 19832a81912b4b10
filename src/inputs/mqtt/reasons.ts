/** What the numbers mean by which a broker refuses, and what to do about it. */

import type { MqttVersion } from "../../decode/mqtt-packets.ts";

const LOGIN = "check `username` and `password`";
const RIGHTS = "let the broker's administrator allow it";
const CLIENT_ID = "set another `client_id`";
const VERSION = "set the other `version`";

/** Source: MQTT 3.1.1, 3.2.2.3. */
const RETURN_CODES: Readonly<Record<number, string>> = {
  1: `does not speak this version of MQTT: ${VERSION}`,
  2: `does not take the client id: ${CLIENT_ID}`,
  3: "is there and not ready: it is tried again",
  4: `does not know this user or password: ${LOGIN}`,
  5: `does not allow this user to connect: ${LOGIN}, or ${RIGHTS}`,
};

/** Source: MQTT 5.0, 2.4. */
const REASONS: Readonly<Record<number, string>> = {
  128: "gives no reason: look into its log",
  129: "could not read what it was sent",
  130: "found a packet that has no place there",
  131: "gives a reason of its own: look into its log",
  132: `does not speak this version of MQTT: ${VERSION}`,
  133: `does not take the client id: ${CLIENT_ID}`,
  134: `does not know this user or password: ${LOGIN}`,
  135: `does not allow that: ${LOGIN}, or ${RIGHTS}`,
  136: "is not available now: it is tried again",
  137: "is busy: it is tried again",
  138: "has banned this client",
  139: "is shutting down",
  140: "wants another way to log in, which the gateway does not have",
  141: "heard nothing for too long: lower `keep_alive`",
  142: `has given the connection to another client of the same id: ${CLIENT_ID} in one of them`,
  143: "does not take the topic: correct it",
  144: "does not take the topic: correct it",
  145: "takes a message's number for one in use",
  147: "was sent too much at once",
  149: "takes no packet of that size",
  150: "wants messages less often",
  151: "has no room for more of this client",
  152: "was told to end the connection by a person",
  153: "takes no payload of that kind",
  155: "does not have this quality of service: lower `qos`",
  156: "wants another server to be used: correct `broker`",
  157: "has moved: correct `broker`",
  158: "does not share subscriptions: leave out $share",
  159: "wants connections less often",
  160: "ends connections after some time",
  161: "takes no subscription identifiers",
  162: "takes no wildcards: name topics one by one",
};

/** Says why a connection was refused or ended, to go on after the broker's name. `text` is the broker's own. */
export function describeReason(version: MqttVersion, reason: number, text = ""): string {
  const known = (version === "5" && reason >= 128 ? REASONS : RETURN_CODES)[reason];
  const own = text === "" ? "" : `; it says: ${text.slice(0, 200)}`;
  return `${known ?? `gives ${reason} as its reason, which MQTT does not know`}${own}`;
}
