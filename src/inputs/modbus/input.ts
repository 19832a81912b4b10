/** Modbus as an input: one instance is one unit on one link, read through its profile. It never writes. */

import assert from "node:assert/strict";
import type { InstanceConfig } from "../../model/config.ts";
import { GatewayError } from "../../model/errors.ts";
import {
  type BusTurn,
  type Input,
  type InputContext,
  type InputPoint,
  type PollOutcome,
  WHOLE_TURN,
} from "../../model/input.ts";
import type { Profile } from "../../model/profile.ts";
import type { Clock, Millis } from "../../model/time.ts";
import { openSerialPort } from "../../platform/serial-port.ts";
import { openTcpSocket } from "../../platform/tcp-socket.ts";
import { GroupMember } from "./group-member.ts";
import { type GroupSeat, ModbusLinks } from "./modbus-links.ts";
import { busOf, describePlace, type Openers, placeOf } from "./place.ts";
import type { ModbusSettings } from "./spec.ts";

/** Makes what all instances share. Openers left out mean real sockets and ports. */
export function createLinks(clock: Clock, openers: Partial<Openers> = {}): ModbusLinks {
  return new ModbusLinks(clock, { openTcp: openTcpSocket, openSerial: openSerialPort, ...openers });
}

/** Makes the input of one instance, without side effects. */
export function createInput(instance: InstanceConfig, context: InputContext<ModbusLinks>): Input {
  assert(instance.profile !== undefined, "the registry says that modbus uses a profile");
  return new ModbusInput(instance, instance.profile, context);
}

class ModbusInput implements Input {
  readonly points: readonly InputPoint[];
  readonly bus: string;
  readonly #device: string;
  readonly #member: GroupMember;
  readonly #seat: GroupSeat;
  #isDisposed = false;

  constructor(instance: InstanceConfig, profile: Profile, { links, isSingle = false }: InputContext<ModbusLinks>) {
    const settings = instance.settings as ModbusSettings;
    const place = placeOf(settings);
    this.points = profile.points;
    this.bus = busOf(place);
    this.#device = `${describePlace(place)} unit ${settings.unit}`;
    this.#member = new GroupMember(profile, settings, isSingle);
    this.#seat = links.join(this.#member, settings, instance.interval);
  }

  busTime(): Millis {
    return this.#seat.group.busTimeOf();
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#isDisposed) throw this.#stopped();
    await this.#seat.group.open(signal);
  }

  /** The columns of the outcome are filled anew by the next poll. */
  async poll(signal: AbortSignal, turn: BusTurn = WHOLE_TURN): Promise<PollOutcome> {
    if (!this.#isDisposed) return await this.#seat.group.poll(this.#member, signal, turn);
    const { code, message } = this.#stopped();
    this.#member.begin();
    this.#member.addFault({ code, message, points: this.points.map(({ name }) => name) });
    return this.#member.end(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isDisposed) this.#seat.leave();
    this.#isDisposed = true;
  }

  #stopped(): GatewayError {
    return new GatewayError("INPUT_LINK_CLOSED", `${this.#device} is not polled any more: its instance was stopped.`);
  }
}
