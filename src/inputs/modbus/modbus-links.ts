import type { Clock, Millis } from "../../model/time.ts";
import type { GroupMember } from "./group-member.ts";
import { SharedLinks } from "./link.ts";
import {
  createLink,
  describePlace,
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
import { UnitWatch } from "./unit-watch.ts";

/** A place among those who are read for together. */
export interface GroupSeat {
  readonly group: ReadGroup;
  /** Gives it up; to be called once. */
  leave(): void;
}

/** Everything that instances of `modbus` share: links, and the reading of a unit that several of them ask. */
export class ModbusLinks {
  readonly #clock: Clock;
  readonly #links: SharedLinks<LinkPlace>;
  readonly #groups = new Map<string, ReadGroup>();
  readonly #units = new Map<string, GroupMember[]>();

  constructor(clock: Clock, openers: Openers) {
    this.#clock = clock;
    this.#links = new SharedLinks((place) => createLink(place, clock, openers));
  }

  /** Has a member read, together with those who ask the same unit at the same interval. No side effects on the unit. */
  join(member: GroupMember, settings: ModbusSettings, interval: Millis): GroupSeat {
    const place = placeOf(settings);
    const unitKey = unitKeyOf(settings);
    const members = this.#units.get(unitKey) ?? [];
    const groupKey = groupKeyOf(settings, interval);
    const kept = member.isAlone ? undefined : this.#groups.get(groupKey);
    const group =
      kept ??
      new ReadGroup({
        device: `${describePlace(place)} unit ${settings.unit}`,
        interval,
        clock: this.#clock,
        costOf: costOfReadsAt(place),
        watchUnit: () => {
          const lease = this.#links.lease(linkKeyOf(place), place);
          return new UnitWatch(lease, settings.unit, mannerOf(settings), this.#clock);
        },
        membersOfUnit: () => members,
      });
    if (!member.isAlone) this.#groups.set(groupKey, group);
    this.#units.set(unitKey, members);
    members.push(member);
    group.join(member);
    const leave = (): void => {
      members.splice(members.indexOf(member), 1);
      if (members.length === 0) this.#units.delete(unitKey);
      group.leave(member);
      if (group.isEmpty && this.#groups.get(groupKey) === group) this.#groups.delete(groupKey);
    };
    return { group, leave };
  }
}
