import { GpsReceiver } from "../devices/gps-receiver.ts";
import { DEPOT, FoodTruck, MARKET } from "../signals/food-truck.ts";
import { createRandom } from "../signals/seeded-random.ts";
import { nameOfPort } from "./places-outside.ts";
import type { PlantMachine } from "./plant-machine.ts";
import type { MachineParts } from "./plant-machines.ts";

const RADIUS_METRES = 50;

/** A food truck with a receiver of satellites: on a serial port, or by TCP where there are no pseudo-terminals. */
export class FoodTruckMachine implements PlantMachine {
  readonly check = "nmea";
  readonly receiver: GpsReceiver;
  /** The gateway works out much of what it samples: zones, distances, the way it came. */
  readonly served = undefined;
  readonly note = "";

  constructor({ seed, now, terminals }: MachineParts) {
    const truck = new FoodTruck(createRandom(seed, "food-truck"));
    const port = typeof terminals === "string" ? undefined : { terminals, link: nameOfPort("truck") };
    this.receiver = new GpsReceiver(() => truck.at(now()), port);
  }

  get files(): Readonly<Record<string, string>> {
    const { place } = this.receiver;
    const way = typeof place === "string" ? `serial: ${JSON.stringify(place)}` : `host: 127.0.0.1\n    port: ${place}`;
    const text = `# The food truck of the plant. \`tidegate sim\` writes this file anew each time.
instances:
  - name: food-truck
    ${way}
    min_collection_interval: 1
    parked_after: 10
    zones:
${[zone("market", MARKET), zone("depot", DEPOT)].join("")}    places:
      - { name: depot, lat: ${DEPOT.latitude}, lon: ${DEPOT.longitude} }
`;
    return { "conf.d/nmea.yaml": text };
  }

  open(): Promise<void> {
    return this.receiver.open();
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}

function zone(
  name: string,
  { latitude, longitude }: { readonly latitude: number; readonly longitude: number },
): string {
  return `      - { name: ${name}, lat: ${latitude}, lon: ${longitude}, radius: ${RADIUS_METRES} }\n`;
}
