/** The process that forwards; its result is a line of JSON. Arguments: folder, options. */

import { type DrainOptions, forward } from "../draining.ts";

const [folder = "", options = "{}"] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await forward(folder, JSON.parse(options) as DrainOptions)));
process.exit(0);
