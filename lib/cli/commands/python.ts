import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore python` */
export function definePython(command: ArgparseCommand, context: Context): void {
  command.description(
    "Write the Python package `crosscore` and print the path of its folder, for PYTHONPATH or `pip install`.",
  )
    .withExamples(
      ['export PYTHONPATH="$(xcore python)"', "let scripts import crosscore"],
      ['pip install "$(xcore python)"', "install it into the active environment"],
    )
    .action(async () => {
      const { writePythonPackage } = await import("../../cluster/python_package.ts");
      const path = await writePythonPackage(placeOf(context));
      answer(context, { path }, path);
    });
}
