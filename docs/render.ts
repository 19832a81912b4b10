/** Writes every rendered page: `npm run docs`. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { renderPages } from "./rendered-pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

for (const [path, text] of renderPages(root)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
