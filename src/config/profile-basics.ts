/** What profiles of every kind say of the device: its id, and what its facts rest on. */

import type { ConfigProblem } from "../model/config.ts";
import type { ProfileBasics, ProfileParam, Source, TrustLevel } from "../model/profile.ts";
import { type Complaint, problemAt } from "./problems.ts";
import type { BasicKeys } from "./profile-fields.ts";
import type { ProfileLayers } from "./profile-layers.ts";

/** Builds it, or tells what is wrong with it; `isEmpty` says that there is no point, and nobody has said so yet. */
export function buildBasics(
  id: string,
  layers: Pick<ProfileLayers<BasicKeys>, "get" | "fileWith">,
  isEmpty: boolean,
): { readonly basics: ProfileBasics | undefined; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const complain = (key: string, complaint: Complaint): void => {
    const file = layers.fileWith([key]);
    if (file !== undefined) problems.push(problemAt(file, [key], complaint));
  };

  const source = layers.get("source");
  const description = layers.get("description");
  const protocol = layers.get("protocol");
  const ownId = layers.get("id");
  if (ownId !== id) {
    const found = ownId === undefined ? "no id" : `"${ownId}"`;
    complain("id", { found, expected: id, hint: "The id is the path of the file: VENDOR/MODEL." });
  }
  if (description === undefined) {
    complain("description", { found: "no description", expected: "what the device is, in a few words", hint: "" });
  }
  if (source === undefined) {
    const hint = "Name the manual the registers were read from, so that others can check them.";
    complain("source", { found: "no source", expected: "title, and edition or url", hint });
  }
  if (protocol === undefined) {
    complain("protocol", { found: "no protocol", expected: "modbus", hint: "Add a line `protocol: modbus`." });
  }
  const trust = layers.get("trust") ?? "manual-only";
  const confirmedBy = layers.get("confirmed_by");
  checkTrust(trust, confirmedBy !== undefined, complain);
  const params = toParams(layers.get("params") ?? {});
  const askew = Object.entries(params).find(
    ([, { default: value, min = value, max = value }]) => value < min || value > max,
  );
  if (askew !== undefined) {
    const hint = "Correct the limits, or the default.";
    complain("params", { found: `a default of ${askew[0]} beyond its limits`, expected: "one within them", hint });
  }
  if (isEmpty)
    complain("points", { found: "no points", expected: "at least one point that says where it is", hint: "" });
  if (source === undefined || description === undefined || protocol === undefined || problems.length > 0) {
    return { basics: undefined, problems };
  }
  const basics = {
    id,
    description,
    source: toSource(source),
    trust,
    ...(confirmedBy === undefined ? {} : { confirmedBy: toSource(confirmedBy) }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
  };
  return { basics, problems: [] };
}

/** A trust level is a claim, so what it rests on is named with it. */
function checkTrust(
  trust: TrustLevel,
  isConfirmed: boolean,
  complain: (key: "trust" | "confirmed_by", complaint: Complaint) => void,
): void {
  if (trust !== "manual-only" && !isConfirmed) {
    const expected = `${trust} with a confirmed_by, or manual-only`;
    const what = trust === "captured" ? "recording of a real device" : "second source";
    complain("trust", { found: `${trust} alone`, expected, hint: `Name the ${what} under \`confirmed_by\`.` });
  }
  if (trust === "manual-only" && isConfirmed) {
    const expected = "trust: captured, for a recording of a real device, or trust: two-sources";
    complain("confirmed_by", { found: "a confirmed_by of a profile that is manual-only", expected, hint: "" });
  }
}

function toSource({ title, edition, url }: NonNullable<BasicKeys["source"]>): Source {
  return { title, ...(edition === undefined ? {} : { edition }), ...(url === undefined ? {} : { url }) };
}

function toParams(written: NonNullable<BasicKeys["params"]>): Readonly<Record<string, ProfileParam>> {
  return Object.fromEntries(
    Object.entries(written).map(([name, { default: fallback, min, max, doc }]) => [
      name,
      { default: fallback, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }), doc },
    ]),
  );
}
