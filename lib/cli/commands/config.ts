import { UsageError } from "../../errors.ts";
import { type ArgparseCommand, Argument } from "../commander.ts";
import type { Completer } from "../completions/completer.ts";
import { answer, type Context, placeOf } from "../context.ts";

/** `xcore config {get,set,path}` */
export function defineConfig(config: ArgparseCommand, context: Context): void {
  config.description(
    "Read and change settings. A change takes effect within seconds, and keeps the file's comments.",
  );
  config.command("get").description("Print a setting.")
    .addArgument(new Argument("<key>", "its name, as in the file").completeWith(keysToRead))
    .action(async (key: string) => {
      const { getSetting } = await import("../../cluster/settings.ts");
      const value = await getSetting(placeOf(context), key);
      answer(context, value, typeof value === "string" ? value : JSON.stringify(value));
    });
  config.command("set").description("Change settings: all that are given, or none.")
    .addArgument(new Argument("<key>", "its name, as in the file").completeWith(keysAndValues))
    .addArgument(new Argument("<value>", "as it would stand in the file").completeWith(keysAndValues))
    .addArgument(new Argument("[more...]", "further keys and values").completeWith(keysAndValues))
    .action(async (key: string, value: string, more: string[]) => {
      const { getSetting, setSettings } = await import("../../cluster/settings.ts");
      const edits = pairs([key, value, ...more]);
      const notes = await setSettings(placeOf(context), edits);
      for (const note of notes) context.printer.say(note);
      const now = edits.map(async ([key]) => [key, await getSetting(placeOf(context), key)]);
      answer(context, Object.fromEntries(await Promise.all(now)), "");
    });
  config.command("path").description("Print where the file is.").action(() => {
    const { home } = placeOf(context);
    answer(context, { path: home.config }, home.config);
  });
}

const keysToRead: Completer = async (asked, context) =>
  (await import("../completions/config_keys.ts")).keysToRead(asked, context);

const keysAndValues: Completer = async (asked, context) =>
  (await import("../completions/config_keys.ts")).keysAndValues(asked, context);

function pairs(words: readonly string[]): [string, string][] {
  const last = words.at(-1);
  if (words.length % 2 !== 0) {
    throw new UsageError(
      `Cannot set ${last}: it has no value`,
      "Give each key its value: `xcore config set KEY VALUE …`.",
    );
  }
  return Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i]!, words[2 * i + 1]!]);
}
