import type { InitOptions, InitResult } from "../../cluster/init.ts";
import { AVAILABLE } from "../../platform/platforms.ts";
import { checkLines, refuseFailed } from "../checks.ts";
import { type ArgparseCommand, Argument, Option } from "../commander.ts";
import { files } from "../completions/completer.ts";
import { answer, type Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";

const CLOUDS = AVAILABLE.filter((provider) => provider !== "local");

/** `xcore init` */
export function defineInit(command: ArgparseCommand, context: Context): void {
  command.description(
    "Check the prerequisites of a provider and write the configuration. An existing configuration is kept.",
  )
    .addArgument(
      new Argument("provider", "where workers run: Amazon's cloud, Google's cloud or this machine").choices(
        AVAILABLE,
      ),
    )
    .addOption(
      new Option("--python <path>", "Python interpreter or environment for the scheduler and the workers")
        .completeWith(files),
    )
    .addOption(
      new Option(
        "--region <name>",
        "cloud: region of the machines; default: the one in your cloud's own settings",
      )
        .onlyWith(CLOUDS),
    )
    .addOption(
      new Option("--project <id>", "gcp: project of the machines; default: the one in your credentials")
        .onlyWith(["gcp"]),
    )
    .addOption(
      new Option("--allowed-cidr <range>", "cloud: addresses that may connect; default: this machine's")
        .onlyWith(CLOUDS),
    )
    .addOption(
      new Option(
        "--public-key <path>",
        "cloud: file of your public SSH key; default: the one in SSH_PUBLIC_KEY",
      )
        .onlyWith(CLOUDS).completeWith(files),
    )
    .withExamples(
      ["xcore init local", "set up a cluster on this machine"],
      ["xcore init aws -h", "show the options of one provider"],
      ["xcore -c cloudy init aws", "set up a second cluster, named cloudy"],
    )
    .action(async (provider: typeof AVAILABLE[number], options: Omit<InitOptions, "provider">) => {
      const { init } = await import("../../cluster/init.ts");
      const progress = progressOn(context);
      const result = await interruptible(
        context,
        "Run `xcore init` again to go on.",
        (place) => init(place, { ...options, provider }, progress),
      );
      const { configPath, ...rest } = result;
      answer(context, { config_path: configPath, ...rest }, describe(result, context));
      refuseFailed(result.checks, "start yet", "Run `xcore init` again.");
    });
}

function describe({ kept, configPath, checks, python }: InitResult, { printer }: Context): string {
  const lines = checkLines(checks, printer.colour);
  if (configPath === null) return lines.join("\n");
  lines.push(kept ? `Kept the configuration there is: ${configPath}` : `Wrote ${configPath}`);
  if (checks.some(({ outcome }) => outcome === "failed")) return lines.join("\n");
  lines.push(`Run your scripts with ${python}`);
  lines.push("Next: `xcore start`");
  return lines.join("\n");
}
