import type { InputMemory } from "../../model/input.ts";
import type { ModbusProfile } from "../../model/profile.ts";
import type { Clock, Millis } from "../../model/time.ts";
import { GroupMember } from "./group-member.ts";
import { SharedLinks } from "./link.ts";
import {
  createLink,
  deviceOf,
  groupKeyOf,
  type LinkPlace,
  linkKeyOf,
  mannerOf,
  type Openers,
  placeOf,
  unitKeyOf,
} from "./place.ts";
import { costOfReadsAt } from "./read-cost.ts";
import { ReadGroup } from "./read-group.ts";
import type { ModbusSettings } from "./spec.ts";
import { UnitState } from "./unit-state.ts";
import { UnitWatch } from "./unit-watch.ts";

/** What is to be read for one instance. */
export interface Wish {
  readonly profile: ModbusProfile;
  readonly settings: ModbusSettings;
  readonly interval: Millis;
  /** Whether it is polled but once, and so apart from all others. */
  readonly isAlone: boolean;
  readonly memory: InputMemory | undefined;
}

/** A place among those who are read for together. */
export interface GroupSeat {
  readonly member: GroupMember;
  readonly group: ReadGroup;
  /** Gives it up; to be called once. */
  leave(): void;
}

/** Everything that instances of `modbus` share: links, and the reading of a unit that several of them ask. */
export class ModbusLinks {
  readonly #clock: Clock;
  readonly #links: SharedLinks<LinkPlace>;
  readonly #groups = new Map<string, ReadGroup>();
  readonly #units = new Map<string, UnitState>();

  constructor(clock: Clock, openers: Openers) {
    this.#clock = clock;
    this.#links = new SharedLinks((place) => createLink(place, clock, openers));
  }

  /** Has an instance read, together with those that ask the same unit at the same interval. It touches no unit yet. */
  join({ profile, settings, interval, isAlone, memory }: Wish): GroupSeat {
    const unitKey = unitKeyOf(settings);
    const groupKey = groupKeyOf(settings, interval);
    const unit = this.#units.get(unitKey) ?? new UnitState(unitKey, this.#clock);
    const known = {
      refusals: unit.refusalsOf(profile, memory),
      identity: unit.identityOf(profile, settings.serial_number, deviceOf(settings), memory),
    };
    const member = new GroupMember(profile, settings, known, isAlone);
    const kept = isAlone ? undefined : this.#groups.get(groupKey);
    const group = kept ?? this.#createGroup(unit, settings, interval);
    this.#units.set(unitKey, unit);
    if (!isAlone) this.#groups.set(groupKey, group);
    unit.members.push(member);
    group.join(member);
    const leave = (): void => {
      unit.members.splice(unit.members.indexOf(member), 1);
      if (unit.members.length === 0) this.#units.delete(unitKey);
      group.leave(member);
      if (group.isEmpty && !isAlone) this.#groups.delete(groupKey);
    };
    return { member, group, leave };
  }

  #createGroup(unit: UnitState, settings: ModbusSettings, interval: Millis): ReadGroup {
    const place = placeOf(settings);
    return new ReadGroup({
      device: deviceOf(settings),
      interval,
      clock: this.#clock,
      costOf: costOfReadsAt(place),
      watchUnit: () => {
        const lease = this.#links.lease(linkKeyOf(place), place);
        unit.linkNotice = () => lease.link.notice;
        unit.lineCounts = () => lease.link.countsOf?.(settings.unit);
        return new UnitWatch(lease, settings.unit, mannerOf(settings), unit, this.#clock);
      },
      unit,
    });
  }
}
