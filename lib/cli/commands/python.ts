import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore python` */
export function definePython(command: ArgparseCommand, context: Context): void {
  command.description(
    "Write the Python package `crosscore` and print its folder, for PYTHONPATH or for `pip install`.",
  )
    .action(async () => {
      const { writePythonPackage } = await import("../../cluster/python_package.ts");
      const path = await writePythonPackage(placeOf(context));
      answer(context, { path }, path);
    });
}
