/** The layouts of SunSpec models, from `_sunspec` among the shipped profiles: one file for those laid out alike. */

import { join } from "node:path";
import * as v from "valibot";
import type { ConfigProblem } from "../model/config.ts";
import { GatewayError } from "../model/errors.ts";
import { SUNSPEC_TYPES, type SunSpecModel, type SunSpecPoint } from "../model/sunspec.ts";
import { listFolder, readTextFile } from "../platform/files.ts";
import { metricField, pointNameField, statesField, unitField, wholeNumberField } from "../schema/schema-fields.ts";
import { formatProblem } from "./problems.ts";
import { SHIPPED_PROFILES } from "./profiles.ts";
import { checkAgainst } from "./schema-problems.ts";
import { readYamlFile } from "./yaml-file.ts";

/** Where the layouts lie. */
export const SUNSPEC_FOLDER: string = join(SHIPPED_PROFILES, "_sunspec");

const pointSchema = v.strictObject({
  at: wholeNumberField(1, 0xffff),
  type: v.picklist(SUNSPEC_TYPES),
  size: v.optional(wholeNumberField(1, 64)),
  sf: v.optional(v.string()),
  unit: v.optional(unitField),
  name: v.optional(pointNameField),
  metric: v.optional(metricField),
  tags: v.optional(v.record(v.string(), v.string())),
  range: v.optional(v.tuple([v.number(), v.number()])),
  states: v.optional(statesField),
  more: v.optional(v.boolean()),
});

const pointsField = v.record(v.string(), pointSchema);

const modelSchema = v.strictObject({
  models: v.array(wholeNumberField(1, 0xfffe)),
  label: v.optional(pointNameField),
  points: pointsField,
  repeat: v.optional(
    v.strictObject({
      at: wholeNumberField(2, 0xffff),
      size: wholeNumberField(1, 0xffff),
      count: v.string(),
      points: pointsField,
    }),
  ),
});

/** Loads the layouts, by the numbers of the models. Errors: `CONFIG_INVALID` when a file is not as it was shipped. */
export function loadSunSpecModels(): ReadonlyMap<number, SunSpecModel> {
  const models = new Map<number, SunSpecModel>();
  for (const { name } of listFolder(SUNSPEC_FOLDER).entries.filter((entry) => entry.name.endsWith(".yaml"))) {
    const model = readModel(join(SUNSPEC_FOLDER, name));
    for (const id of model.ids) models.set(id, model);
  }
  return models;
}

function readModel(path: string): SunSpecModel {
  const { yaml, problems } = readYamlFile(path, readTextFile, { expected: "the layout of a SunSpec model" });
  if (yaml === undefined) throw broken(problems);
  const checked = checkAgainst(modelSchema, yaml.value ?? {}, yaml, []);
  const { value: keys } = checked;
  if (keys === undefined || problems.length > 0) throw broken([...problems, ...checked.problems]);
  const { at, size, count, points } = keys.repeat ?? {};
  return {
    ids: keys.models,
    label: keys.label ?? "",
    points: toPoints(keys.points),
    ...(at === undefined || size === undefined || count === undefined || points === undefined
      ? {}
      : { repeat: { at, size, count, points: toPoints(points) } }),
  };
}

function toPoints(written: v.InferOutput<typeof pointsField>): readonly SunSpecPoint[] {
  return Object.entries(written).map(
    ([official, { at, type, sf, unit = "", name, metric, tags = {}, range, states, more }]) => ({
      ...{ name: official, at, type, unit },
      ...(sf === undefined ? {} : { scaleBy: sf }),
      ...(name === undefined || metric === undefined
        ? {}
        : {
            meaning: {
              ...{ name, metric, tags: Object.entries(tags).map(([key, value]) => `${key}:${value}`) },
              ...(range === undefined ? {} : { range }),
              ...(states === undefined ? {} : { states }),
              isExtra: more ?? false,
            },
          }),
    }),
  );
}

function broken(problems: readonly ConfigProblem[]): GatewayError {
  const told = problems.map((problem) => formatProblem(problem)).join(" ");
  return new GatewayError("CONFIG_INVALID", `${told} Install the gateway again.`);
}
