/** Writes every rendered page: `npm run docs`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { renderPages } from "./rendered-pages.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

for (const [path, text] of renderPages(root)) writeFileSync(join(root, path), text);
