/** `xcore config`. @module */

import { UsageError } from "../../errors.ts";
import { type ArgparseCommand, Argument } from "../argparse_command.ts";
import type { Completer } from "../completions/completer.ts";
import { shellWord } from "../../util/shell_word.ts";
import { answer, type Context, scopeOf } from "../context.ts";

/** The command for settings. */
export const configCommands = {
  config: {
    summary: "read and change settings",
    define: defineConfig,
    meantBy: "set get settings setting edit options",
  },
};

/** `xcore config {get,list,set,edit,path}` */
function defineConfig(config: ArgparseCommand, context: Context): void {
  config.description(
    "Read and change settings. A change takes effect within seconds and keeps the comments in the file; `xcore config " +
      "get` lists all keys with their values.",
  ).withExamples(
    ["xcore config get", "list all settings"],
    ["xcore config get max_workers", "print one setting"],
    ["xcore config set max_workers 5", "allow up to five workers"],
  ).withPage("docs/settings.md");
  config.command("get").description("Print a setting, or without a key all settings of the cluster.")
    .addArgument(new Argument("[key]", "key of the setting, as in config.yaml").completeWith(keysToRead))
    .action(async (key?: string) => {
      if (key === undefined) return await printAll(context);
      const { getSetting } = await import("../../cluster/set_settings.ts");
      const value = await getSetting(await scopeOf(context), key);
      answer(context, value, textOf(value));
    })
    .withExamples(
      ["xcore config get max_workers", "print one setting"],
      ["xcore config get --json", "read all settings from a program"],
    );
  config.command("list").description("Print all settings of the cluster, a line each.")
    .withExamples(
      ["xcore config list", "see every setting with its value"],
      ["xcore -c cloudy config list", "see those of the cluster named cloudy"],
    )
    .action(() => printAll(context));
  config.command("set").description("Change settings: all that are given, or none.")
    .addArgument(new Argument("<key>", "key of the setting, as in config.yaml").completeWith(keysAndValues))
    .addArgument(
      new Argument("<value>", "value of the setting, as in config.yaml").completeWith(keysAndValues),
    )
    .addArgument(new Argument("[more...]", "further keys and values").completeWith(keysAndValues))
    .correctedBy(withoutEqualSigns)
    .withExamples(
      ["xcore config set max_workers 5", "allow up to five workers"],
      ["xcore config set worker_type c5.xlarge market spot", "change several settings at once"],
    )
    .action(async (key: string, value: string, more: string[]) => {
      const { getSetting, setSettings } = await import("../../cluster/set_settings.ts");
      const edits = pairs([key, value, ...more]);
      const notes = await setSettings(await scopeOf(context), edits);
      for (const note of notes) context.printer.say(note);
      const now = edits.map(async ([key]) => [key, await getSetting(await scopeOf(context), key)]);
      answer(context, Object.fromEntries(await Promise.all(now)), "");
    });
  config.command("edit").description(
    "Open the configuration in the editor that VISUAL or EDITOR names. It is checked before it is taken; a text with " +
      "mistakes is kept, and the next edit goes on with it.",
  ).withExamples(
    ["xcore config edit", "change settings, each beside its comment"],
    ["xcore -c cloudy config edit", "change those of the cluster named cloudy"],
  ).action(async () => {
    const { editSettings } = await import("../../cluster/set_settings.ts");
    const { env } = context.runtime;
    const { changed, notes } = await editSettings(
      await scopeOf(context),
      env("VISUAL") || env("EDITOR") || "vi",
    );
    for (const note of notes) context.printer.say(note);
    answer(context, { changed }, changed ? "Changed the configuration." : "Nothing was changed.");
  });
  config.command("path").description("Print the path of config.yaml.").withExamples(
    ["xcore config path", "see which file is read"],
    ['cp "$(xcore config path)" backup.yaml', "keep a copy of it"],
  ).action(async () => {
    const { home } = await scopeOf(context);
    answer(context, { path: home.config }, home.config);
  });
}

/**
 * `xcore __worker_type TYPE [ACCELERATOR]`, which the Python package runs: the rule that joins both
 * to settings is the library's.
 */
export function defineWorkerType(command: ArgparseCommand, context: Context): void {
  command.description("Set the machine type of workers, and their accelerator.")
    .argument("<type>", "machine type")
    .argument("[accelerator]", "type of accelerator")
    .action(async (type: string, acceleratorType?: string) => {
      const { setWorkerType } = await import("../../cluster/set_settings.ts");
      const options = acceleratorType === undefined ? {} : { acceleratorType };
      for (const note of await setWorkerType(await scopeOf(context), type, options)) {
        context.printer.say(note);
      }
    });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A line a key, as it would stand in the file. */
async function printAll(context: Context): Promise<void> {
  const { listSettings } = await import("../../cluster/set_settings.ts");
  const settings = Object.entries(await listSettings(await scopeOf(context)));
  const lines = settings.map(([key, value]) => `${key}: ${textOf(value)}`);
  answer(context, Object.fromEntries(settings), lines.join("\n"));
}

const keysToRead: Completer = async (asked, context) =>
  (await import("../completions/keys_and_values.ts")).keysToRead(asked, context);

const keysAndValues: Completer = async (asked, context) =>
  (await import("../completions/keys_and_values.ts")).keysAndValues(asked, context);

/** The command line for keys and values that are joined by `=`; null when one is not. */
function withoutEqualSigns(words: readonly string[]): string | null {
  const split = words.map((word) => /^([\w.-]+)=(.*)$/s.exec(word));
  if (split.length === 0 || split.includes(null)) return null;
  const pairs = split.map((found) => `${found![1]} ${shellWord(found![2]!)}`);
  return `xcore config set ${pairs.join(" ")}`;
}

function pairs(words: readonly string[]): [string, string][] {
  const joined = words.find((word, i) => i % 2 === 0 && withoutEqualSigns([word]) !== null);
  if (joined !== undefined) {
    const meant = withoutEqualSigns(words) ?? withoutEqualSigns([joined]);
    throw new UsageError(
      `Cannot set ${joined}: key and value are two words`,
      `Did you mean \`${meant}\`?`,
    );
  }
  const last = words.at(-1);
  if (words.length % 2 !== 0) {
    throw new UsageError(
      `Cannot set ${last}: it has no value`,
      "Give each key its value: `xcore config set KEY VALUE …`.",
    );
  }
  return Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i]!, words[2 * i + 1]!]);
}
