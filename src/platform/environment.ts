/** The variables this process was started with. */

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Hands out the variables of this process. */
export function processEnvironment(): Environment {
  return process.env;
}
