import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore python` */
export function addPython(program: ArgparseCommand, context: Context): void {
  program.command("python").summary("write the Python package and print where")
    .description(
      "Write the Python package `crosscore` and print its folder, for PYTHONPATH or for `pip install`.",
    )
    .action(async () => {
      const { writePythonPackage } = await import("../../cluster/python_package.ts");
      const path = await writePythonPackage(placeOf(context));
      answer(context, { path }, path);
    });
}
