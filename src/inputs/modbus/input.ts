/** Modbus as an input: one instance is one unit on one link, read through its profile. It never writes. */

import assert from "node:assert/strict";
import type { InstanceConfig } from "../../model/config.ts";
import { faultOf, stoppedError } from "../../model/faults.ts";
import {
  type BusNotice,
  type BusTurn,
  type DeviceCounts,
  type Input,
  type InputContext,
  type InputPoint,
  type PollOutcome,
  WHOLE_TURN,
} from "../../model/input.ts";
import type { ModbusProfile } from "../../model/profile.ts";
import type { Clock, Millis } from "../../model/time.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import { openUdpPort } from "../../platform/udp-port.ts";
import { type GroupSeat, ModbusLinks } from "./modbus-links.ts";
import { deviceOf, linkBusOf, type Openers, placeOf } from "./place.ts";
import type { ModbusSettings } from "./spec.ts";

/** Makes what all instances share. Openers left out mean real sockets and ports. */
export function createLinks(clock: Clock, openers: Partial<Openers> = {}): ModbusLinks {
  return new ModbusLinks(clock, {
    openTcp: openTcpSocket,
    openSerial: openSerialPort,
    openUdp: openUdpPort,
    ...openers,
  });
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<ModbusLinks>): Input {
  assert(instance.profile?.protocol === "modbus", "the registry says that modbus uses a profile");
  return new ModbusInput(instance, instance.profile, context);
}

class ModbusInput implements Input {
  readonly points: readonly InputPoint[];
  readonly bus: string;
  readonly #device: string;
  readonly #seat: GroupSeat;
  #isDisposed = false;

  constructor(instance: InstanceConfig, profile: ModbusProfile, context: InputContext<ModbusLinks>) {
    const { links, isSingle = false, memory } = context;
    const settings = instance.settings as ModbusSettings;
    const place = placeOf(settings);
    this.points = profile.points;
    this.bus = linkBusOf(place);
    this.#device = deviceOf(settings);
    this.#seat = links.join({ profile, settings, interval: instance.interval, isAlone: isSingle, memory });
  }

  busTime(): Millis {
    return this.#seat.group.busTimeOf();
  }

  counts(): DeviceCounts {
    return this.#seat.group.counts();
  }

  busNotice(): BusNotice | undefined {
    return this.#seat.group.linkNotice();
  }

  retry(): void {
    this.#seat.member.refusals.retry();
  }

  describeDevice(): string | undefined {
    return this.#seat.member.identity?.inWords;
  }

  accept(): string | undefined {
    return this.#seat.member.identity?.accept();
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#isDisposed) throw stoppedError(this.#device);
    await this.#seat.group.open(signal);
  }

  /** The columns of the outcome are filled anew by the next poll. */
  async poll(signal: AbortSignal, turn: BusTurn = WHOLE_TURN): Promise<PollOutcome> {
    const { group, member } = this.#seat;
    if (!this.#isDisposed) return await group.poll(member, signal, turn);
    member.begin();
    member.addFault(faultOf(stoppedError(this.#device), this.points));
    return member.end(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isDisposed) this.#seat.leave();
    this.#isDisposed = true;
  }
}
