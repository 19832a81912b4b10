import { Device } from "../devices/device.ts";
import { ModbusServer } from "../devices/modbus-server.ts";
import { IntakeServer } from "../intake/intake-server.ts";
import { Terminals } from "../lines/pseudo-terminal.ts";
import { createPlantSignals, PLANT_PROFILES } from "../signals/plant-signals.ts";
import { LINE_BAUD, PLANT_API_KEY, PLANT_APP_KEY, type PlantInstance, writePlantConfig } from "./config-files.ts";
import { Hall } from "./hall.ts";
import { clearPlacesOutside } from "./places-outside.ts";
import type { PlantMachine } from "./plant-machine.ts";
import { createPlantMachines } from "./plant-machines.ts";
import type { Witnesses } from "./report.ts";
import { loadShippedProfile } from "./shipped-profiles.ts";

/** Machines and an intake that run, with a configuration written for a gateway between them. */
export class Plant implements AsyncDisposable {
  /** Holds `tidegate.yaml`, `conf.d` and the gateway's state. */
  readonly folder: string;
  readonly seed: number;
  readonly intake = new IntakeServer({ apiKey: PLANT_API_KEY, appKey: PLANT_APP_KEY });
  readonly devices: { readonly press: Device; readonly pump: Device; readonly meter: Device };
  /** Press and pump share a line of RS-485. */
  readonly hall: Hall;
  /** The meter has a socket of its own. */
  readonly meter: ModbusServer;
  /** Those that do not speak Modbus. */
  readonly others: readonly PlantMachine[];

  private constructor(folder: string, seed: number, terminals: Terminals | string) {
    this.folder = folder;
    this.seed = seed;
    const startedAt = performance.now();
    const now = (): number => (performance.now() - startedAt) / 1000;
    const signals = createPlantSignals(seed);
    this.devices = {
      press: new Device(loadShippedProfile(PLANT_PROFILES.press), signals.press),
      pump: new Device(loadShippedProfile(PLANT_PROFILES.pump), signals.pump),
      meter: new Device(loadShippedProfile(PLANT_PROFILES.meter), signals.meter),
    };
    const { press, pump, meter } = this.devices;
    const units = new Map([
      [1, press],
      [2, pump],
    ]);
    this.hall = new Hall({ units, now }, LINE_BAUD, terminals);
    this.meter = new ModbusServer({ now, units: new Map([[1, meter]]) });
    this.others = createPlantMachines({ seed, now, terminals });
  }

  /** Starts everything and writes the configuration into `folder`. Leaving out `terminals` means this machine's. */
  static async open(folder: string, seed: number, terminals?: Terminals | string): Promise<Plant> {
    await clearPlacesOutside();
    const plant = new Plant(folder, seed, terminals ?? (await Terminals.find()));
    await Promise.all([plant.hall, plant.meter, plant.intake, ...plant.others].map((each) => each.open()));
    const instance = (name: keyof typeof PLANT_PROFILES, place: PlantInstance["place"], unit: number) => ({
      name,
      place,
      unit,
      profile: PLANT_PROFILES[name],
    });
    await writePlantConfig(folder, {
      intakeUrl: plant.intake.url,
      instances: [
        instance("press", plant.hall.place, 1),
        instance("pump", plant.hall.place, 2),
        instance("meter", { port: plant.meter.port, framing: "tcp" }, 1),
      ],
      files: Object.assign({}, ...plant.others.map(({ files }) => files)),
    });
    return plant;
  }

  /** What machines and intake counted. Units: seconds the gateway ran. */
  witnesses(seconds: number): Witnesses {
    const { press, pump, meter } = this.devices;
    return {
      seconds,
      seed: this.seed,
      line: this.hall.kind,
      askedTooEarly: this.hall.askedTooEarly,
      served: [press, pump, meter, ...this.others].reduce((sum, { served = 0 }) => sum + served, 0),
      unwitnessed: this.others.filter(({ served }) => served === undefined).map(({ check }) => check),
      intakePoints: this.intake.ledger.points,
      intakeDistinct: this.intake.ledger.distinct,
      intakeViolations: this.intake.violationCount,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const machines = [this.hall, this.meter, ...this.others];
    await Promise.all([...machines.map((each) => each.close()), this.intake[Symbol.asyncDispose]()]);
  }
}
