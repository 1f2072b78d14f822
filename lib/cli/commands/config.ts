import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore config {get,set,path}` */
export function addConfig(program: ArgparseCommand, context: Context): void {
  const config = program.command("config").summary("read and change settings")
    .description(
      "Read and change settings. A change takes effect within seconds, and keeps the file's comments.",
    );
  config.command("get").description("Print a setting.").argument("<key>", "its name, as in the file")
    .action(async (key: string) => {
      const { getSetting } = await import("../../cluster/settings.ts");
      const value = await getSetting(placeOf(context), key);
      answer(context, value, typeof value === "string" ? value : JSON.stringify(value));
    });
  config.command("set").description("Change a setting.").argument("<key>", "its name, as in the file")
    .argument("<value>", "as it would stand in the file")
    .action(async (key: string, value: string) => {
      const { getSetting, setSettings } = await import("../../cluster/settings.ts");
      const notes = await setSettings(placeOf(context), [[key, value]]);
      for (const note of notes) context.printer.say(note);
      answer(context, { key, value: await getSetting(placeOf(context), key) }, "");
    });
  config.command("path").description("Print where the file is.").action(() => {
    const { home } = placeOf(context);
    answer(context, { path: home.config }, home.config);
  });
}
