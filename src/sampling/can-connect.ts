/** The service check that every instance has: whether its device could be reached. */

import type { InstanceConfig } from "../model/config.ts";
import { SERVICE_STATUS, type ServiceCheck, type ServiceStatus } from "../model/note.ts";
import type { EpochMillis } from "../model/time.ts";

/** Whether a device could be reached, as numbers of a service check. */
export function serviceStatus(isReachable: boolean, hasFaults: boolean): ServiceStatus {
  if (!isReachable) return SERVICE_STATUS.critical;
  return hasFaults ? SERVICE_STATUS.warning : SERVICE_STATUS.ok;
}

/** The service check `CHECK.can_connect` of an instance. Units: `at` milliseconds since 1970. */
export function canConnect(
  instance: InstanceConfig,
  status: ServiceStatus,
  messages: readonly string[],
  at: EpochMillis,
): ServiceCheck {
  return {
    name: `${instance.check}.can_connect`,
    status,
    tags: [`instance:${instance.name}`, ...instance.tags],
    message: messages.join("; "),
    at,
  };
}
