import { loadProfile, SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import { GatewayError } from "../../src/model/errors.ts";
import type { ModbusProfile } from "../../src/model/profile.ts";

/** Loads a profile of Modbus that comes with the gateway. Errors: `CONFIG_INVALID` when it is missing or wrong. */
export function loadShippedProfile(id: string): ModbusProfile {
  const loaded = loadProfile(id, [SHIPPED_PROFILES]);
  if (loaded?.profile?.protocol === "modbus") return loaded.profile;
  const problems = loaded?.problems ?? [];
  const what = problems.map((problem) => `${problem.file}:${problem.line}: found ${problem.found}`).join("\n");
  throw new GatewayError(
    "CONFIG_INVALID",
    `the profile ${id} cannot be used: ${what || `not in ${SHIPPED_PROFILES}`}`,
    {
      context: { profile: id },
    },
  );
}
