import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  clearPlacesOutside,
  makeFolderOutside,
  nameOfPort,
  prefixOf,
} from "../../hardware-sim/plant/places-outside.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-outside-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The number of a process that was there a moment ago. */
function deadPid(): number {
  return spawnSync("true").pid;
}

describe("a plant that begins", () => {
  test("is not kept from it by a folder that is not there", async () => {
    await expect(clearPlacesOutside([join(folder, "none")])).resolves.toBeUndefined();
  });

  test("clears away folders and names of ports of one that is gone, and leaves what they lead to", async () => {
    const dead = prefixOf(deadPid());
    mkdirSync(join(folder, `${dead}chip-1/lines`), { recursive: true });
    writeFileSync(join(folder, "port"), "");
    symlinkSync(join(folder, "port"), join(folder, `${dead}hall-2`));
    symlinkSync("/dev/pts/gone", join(folder, `${dead}scale-3`));
    symlinkSync(folder, join(folder, `${dead}chip-1/back`));
    await clearPlacesOutside([folder]);
    expect(readdirSync(folder)).toEqual(["port"]);
  });

  test("leaves alone what belongs to one that runs, to another container, or to nobody it knows", async () => {
    const pid = deadPid();
    const others = [
      `${prefixOf(process.pid)}chip-1`,
      `${prefixOf(1)}chip-1`,
      `tidegate-sim-${pid}-of-7-chip-1`,
      "tidegate-sim-0-chip",
      "tidegate-sim-notes",
      `tidegate-store-${pid}`,
    ];
    for (const name of others) mkdirSync(join(folder, name));
    await clearPlacesOutside([folder]);
    expect(readdirSync(folder).sort()).toEqual(others.sort());
  });
});

test("what a plant has outside its folder begins with its process", async () => {
  const made = await makeFolderOutside("chip");
  try {
    expect(made).toContain(`/${prefixOf(process.pid)}chip-`);
    expect(nameOfPort("hall")).toContain(`/dev/shm/${prefixOf(process.pid)}hall-`);
    await clearPlacesOutside();
    expect(existsSync(made)).toBe(true);
  } finally {
    rmSync(made, { recursive: true });
  }
});
