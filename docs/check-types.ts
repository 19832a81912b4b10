/** What editors are told of `tidegate/check`: the module without what its methods do. */

/** Makes a file of declarations of the text of the module. Shape: as `src/platform/check-class.ts` is written. */
export function renderCheckTypes(source: string): string {
  const declared = source
    .replace(/^\/\*\*[\s\S]*?\*\/\n/u, "")
    .replaceAll(/^import .*\n+/gmu, "")
    .replaceAll(/^ *\/\/ biome-ignore .*\n/gmu, "")
    // A member with a body: what stands before its brace is what it takes and gives.
    .replaceAll(/^( {2}\w+\(.*\): void) \{\n(?: {4}.*\n)+ {2}\}$/gmu, "$1;")
    .replaceAll(/^( {2}readonly \w+: \w+) = .*;$/gmu, "$1;")
    .replace("export abstract class", "export declare abstract class");
  return `// Rendered by \`npm run docs\` from what tidegate runs. \`tidegate new check\` puts it beside your checks.\n${declared}`;
}
