import { Ajv } from "ajv";
import { parseAllDocuments } from "yaml";
import { checkSchemaOf, MAIN_SCHEMA, PROFILE_SCHEMA, renderEditorSchemas } from "../../src/config/editor-schemas.ts";
import { inputs } from "../../src/inputs/registry.ts";

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false, strictTuples: false });
ajv.addVocabulary(["patternErrorMessage"]);
const validators = new Map(
  [...renderEditorSchemas(inputs, (input) => [input === "serial" ? "mettler-toledo/sics" : "eastron/sdm630"])].map(
    ([name, text]) => [name, ajv.compile(JSON.parse(text))] as const,
  ),
);

/** Says what an editor would object to in a file; nothing where the file is not one that has a schema. */
export function objectionsTo(path: string, text: string): readonly string[] {
  const validate = validators.get(schemaNameOf(path) ?? "");
  if (validate === undefined) return [];
  const documents = parseAllDocuments(text, { version: "1.2", schema: "core", logLevel: "error" });
  return documents.flatMap((document) => {
    if (document.errors.length > 0) return document.errors.map(({ message }) => message);
    let value: unknown;
    try {
      value = document.toJS();
    } catch (error) {
      // An alias without its anchor is found only here.
      return [String(error)];
    }
    if (value === null || validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
  });
}

/** Names the schema of a file; undefined where it has none. */
export function schemaNameOf(path: string): string | undefined {
  if (path === "tidegate.yaml") return MAIN_SCHEMA;
  if (/^device-profiles\/[^/]+\/[^/]+\.yaml$/u.test(path)) return PROFILE_SCHEMA;
  const check = /^conf\.d\/(\w+)(?:\.d\/\w+)?\.yaml$/u.exec(path)?.[1];
  if (check === undefined) return undefined;
  // What is no check of the gateway's own is one of the user.
  return checkSchemaOf(inputs.some(({ name }) => name === check) ? check : "custom");
}
