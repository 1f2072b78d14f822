/** Programs that are run without a person's variables for runs of their own. @module */

import type { Environment, Runtime } from "../runtime.ts";

/** What takes the variables of these names out of a program's environment. */
export function withoutVariables({ environment }: Pick<Runtime, "environment">, names: RegExp): Environment {
  const found = Object.keys(environment()).filter((name) => names.test(name));
  return Object.fromEntries(found.map((name) => [name, undefined]));
}
