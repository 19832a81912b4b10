import { Device } from "../devices/device.ts";
import { ModbusServer } from "../devices/modbus-server.ts";
import { RTU } from "../devices/rtu-frames.ts";
import { IntakeServer } from "../intake/intake-server.ts";
import { createPlantSignals, PLANT_PROFILES } from "../signals/plant-signals.ts";
import { LINE_BAUD, PLANT_API_KEY, type PlantInstance, writePlantConfig } from "./config-files.ts";
import type { Witnesses } from "./report.ts";
import { loadShippedProfile } from "./shipped-profiles.ts";

/** Machines and an intake that run, with a configuration written for a gateway between them. */
export class Plant implements AsyncDisposable {
  /** Holds `tidegate.yaml`, `conf.d` and the gateway's state. */
  readonly folder: string;
  readonly seed: number;
  readonly intake = new IntakeServer({ apiKey: PLANT_API_KEY });
  readonly devices: { readonly press: Device; readonly pump: Device; readonly meter: Device };
  /** Press and pump share a serial line behind a converter, which takes its time; the meter has a socket of its own. */
  readonly servers: { readonly hall: ModbusServer; readonly meter: ModbusServer };

  private constructor(folder: string, seed: number) {
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
    this.servers = {
      hall: new ModbusServer({
        now,
        envelope: RTU,
        baud: LINE_BAUD,
        units: new Map([
          [1, press],
          [2, pump],
        ]),
      }),
      meter: new ModbusServer({ now, units: new Map([[1, meter]]) }),
    };
  }

  /** Starts everything and writes the configuration into `folder`. */
  static async open(folder: string, seed: number): Promise<Plant> {
    const plant = new Plant(folder, seed);
    await Promise.all([plant.servers.hall.open(), plant.servers.meter.open(), plant.intake.open()]);
    const instance = (
      name: keyof typeof PLANT_PROFILES,
      port: number,
      framing: PlantInstance["framing"],
      unit: number,
    ): PlantInstance => ({
      name,
      port,
      framing,
      unit,
      profile: PLANT_PROFILES[name],
    });
    const { hall, meter } = plant.servers;
    await writePlantConfig(folder, {
      intakeUrl: plant.intake.url,
      instances: [
        instance("press", hall.port, "rtu", 1),
        instance("pump", hall.port, "rtu", 2),
        instance("meter", meter.port, "tcp", 1),
      ],
    });
    return plant;
  }

  /** What machines and intake counted. Units: seconds the gateway ran. */
  witnesses(seconds: number): Witnesses {
    const { press, pump, meter } = this.devices;
    return {
      seconds,
      seed: this.seed,
      served: press.served + pump.served + meter.served,
      intakePoints: this.intake.ledger.points,
      intakeDistinct: this.intake.ledger.distinct,
      intakeViolations: this.intake.violationCount,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.servers.hall.close(), this.servers.meter.close(), this.intake[Symbol.asyncDispose]()]);
  }
}
