/** What `tidegate.yaml` may say: the one truth for the validator, the environment variables and the page on it. */

import * as v from "valibot";
import { CLOCK_POLICIES, LOG_LEVELS, UNSURE_POLICIES } from "../model/config.ts";
import { secondsField, tagsField, wholeNumberField } from "../schema/schema-fields.ts";
import { isException, isProxyAddress } from "./choose-proxy.ts";
import { filterEntry } from "./filter-schema.ts";
import { isIdentity } from "./hostname.ts";
import { agentEntries, forwardEntry, intakesEntry } from "./intake-schema.ts";
import { storeEntry } from "./store-schema.ts";

/** How to find a good name for a gateway. */
export const HOSTNAME_HINT = "Choose a name that tells this machine from all others, such as press-hall-1.";

/** The keys that say how secrets are looked up; they are read before everything else. */
const secretEntries = {
  secret_backend_command: v.optional(
    v.pipe(
      v.string(),
      v.title("the path of a program"),
      v.minLength(1),
      v.examples(["/usr/local/bin/look-up-secrets"]),
      v.description("Program that looks up every `ENC[handle]`; only its owner may have rights on it."),
    ),
  ),
  secret_backend_arguments: v.optional(
    v.pipe(v.array(v.string()), v.description("Arguments of that program, each an entry of the list.")),
    [],
  ),
  secret_backend_timeout: v.optional(
    v.pipe(secondsField(1, 300), v.description("How long that program may take for all handles together.")),
    30,
  ),
};

/** The keys of the secret backend alone. */
export const secretSchema = v.object(secretEntries);

const PROXY_EXAMPLE = "http://proxy.example:3128";

const PROXY_WANTED = `the address of a web proxy such as ${PROXY_EXAMPLE}\nWhere it wants a user, put USER:PASSWORD@ before the host, with %2F for /, %40 for @, %23 for #, %3F for ? and %25 for %.`;

const EXCEPTION_WANTED =
  "a host, a domain, an address or a network such as 10.0.0.0/8\nLeave scheme and path out; `*` stands for every host.";

/** Makes the field for the proxy on the way to intakes whose address begins with `scheme`. */
function proxyField(scheme: string) {
  return v.optional(
    v.pipe(
      v.string(),
      v.title(`the address of a web proxy such as ${PROXY_EXAMPLE}`),
      v.regex(/^(https?:\/\/[^\s?#]+|[^\s/@?#]+)$/u, PROXY_WANTED),
      v.check(isProxyAddress, PROXY_WANTED),
      v.examples([PROXY_EXAMPLE]),
      v.description(`Web proxy on the way to an intake whose address begins with ${scheme}://.`),
    ),
  );
}

/** The whole main file. */
export const mainSchema = v.strictObject({
  ...agentEntries,
  proxy: v.optional(
    v.pipe(
      v.strictObject({
        http: proxyField("http"),
        https: proxyField("https"),
        no_proxy: v.optional(
          v.pipe(
            v.array(
              v.pipe(v.string(), v.regex(/^[^\s,@]+$/u, EXCEPTION_WANTED), v.check(isException, EXCEPTION_WANTED)),
            ),
            v.examples([["10.0.0.0/8", ".plant.example"]]),
            v.description("Hosts, domains and networks that are reached without the proxy; `*` for all."),
          ),
          [],
        ),
      }),
      v.description("Web proxies on the way to the intakes."),
    ),
    {},
  ),
  hostname: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z\d]([\w.-]{0,253}[A-Za-z\d])?$/u, `letters, digits, dots and hyphens\n${HOSTNAME_HINT}`),
      v.check(isIdentity, `a name that no other machine has\n${HOSTNAME_HINT}`),
      v.examples(["press-hall-1"]),
      v.description("Name of this gateway; left out, made from the board's model and serial number."),
    ),
  ),
  tags: v.pipe(tagsField, v.examples([["site:berlin"]]), v.description("Host tags.")),
  run_path: v.optional(
    v.pipe(
      v.string(),
      v.title("a folder"),
      v.minLength(1),
      v.examples(["/var/lib/tidegate"]),
      v.description("Holds the log; left out, `/var/lib/tidegate`, or a folder of the user's own state."),
    ),
  ),
  log_level: v.optional(v.pipe(v.picklist(LOG_LEVELS), v.description("How much is said on standard error.")), "info"),
  self_metrics: v.optional(
    v.pipe(v.boolean(), v.description("Sends the gateway's own metrics, `tidegate.*`, at most 24 series.")),
    false,
  ),
  self_events: v.optional(
    v.pipe(v.boolean(), v.description("Sends events about the gateway: starts, ends, and readings a full log lost.")),
    true,
  ),
  max_series: v.optional(
    v.pipe(
      wholeNumberField(1, 1_000_000),
      v.description("Most series of all instances together, of those found while running too."),
    ),
    10_000,
  ),
  clock: v.optional(
    v.pipe(
      v.strictObject({
        trust: v.optional(
          v.pipe(
            v.picklist(CLOCK_POLICIES),
            v.description("`auto` waits for a time server or a GPS where no clock module or host keeps the time."),
          ),
          "auto",
        ),
        untrusted: v.optional(
          v.pipe(
            v.picklist(UNSURE_POLICIES),
            v.description(
              "Readings whose time was never confirmed: sent with the tag `clock:untrusted`, held back, or sent as all.",
            ),
          ),
          "flag",
        ),
      }),
      v.description(
        "When the wall clock is believed; until then readings wait. And what becomes of those it never was right for.",
      ),
    ),
    {},
  ),
  filter: filterEntry,
  store: storeEntry,
  forward: forwardEntry,
  intakes: intakesEntry,
  ...secretEntries,
});

/** What the main file says, complete. */
export type MainKeys = v.InferOutput<typeof mainSchema>;
