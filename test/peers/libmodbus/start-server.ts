import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "../child-process.ts";

/** Compiles a program on libmodbus with the system's compiler. Errors: what the compiler says. */
export async function compile(source: string, program: string, options: readonly string[] = []): Promise<void> {
  const flags = ["-Wall", "-Werror", "-I/usr/include/modbus", ...options];
  await using compiler = new Child("gcc", [...flags, "-o", program, source, "-lmodbus"]);
  const { code, errors } = await compiler.ended();
  if (code !== 0) throw new Error(`${source} does not compile: ${errors}`);
}

/** Compiles the server into a folder and starts it; its first line says where it is reached. */
export async function startServer(folder: string, options: readonly string[] = []): Promise<Child> {
  const program = join(folder, "libmodbus-server");
  await compile(fileURLToPath(new URL("./server.c", import.meta.url)), program);
  return new Child(program, options);
}
