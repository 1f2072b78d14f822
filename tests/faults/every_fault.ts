/** `deno task faults [COMMAND]`: tests/faults with each fault of each call, or of one command's. @module */

import { pythonEnvironment } from "../../tools/python_env.ts";

const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["test", "-A", "--cached-only", "--no-check"],
    ...(Deno.args[0] === undefined ? [] : [`--filter=${Deno.args[0]}`]),
    new URL(".", import.meta.url).pathname,
  ],
  env: { XCORE_FAULTS: "all", XCORE_TEST_PYTHON: await pythonEnvironment() },
}).spawn().status;
Deno.exit(code);
