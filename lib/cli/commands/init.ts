import type { InitOptions, InitResult } from "../../cluster/init.ts";
import { AVAILABLE } from "../../provider/registry.ts";
import { checkLines, refuseFailed } from "../checks.ts";
import { type ArgparseCommand, Argument, Option } from "../commander.ts";
import { files } from "../completions/completer.ts";
import { answer, type Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";

/** `xcore init` */
export function defineInit(command: ArgparseCommand, context: Context): void {
  command.description(
    "Check what a provider needs and write the configuration. A configuration that is there is kept.",
  )
    .addArgument(new Argument("provider", "where workers run").choices(AVAILABLE))
    .addOption(
      new Option("--python <path>", "the Python whose environment scheduler and workers use").completeWith(
        files,
      ),
    )
    .option("--region <name>", "cloud: where the machines are, when your cloud's own settings do not say")
    .option("--project <id>", "gcp: Google's project, when your credentials do not name it")
    .option(
      "--allowed-cidr <range>",
      "cloud: who may reach the cluster, when that is not this machine's own address",
    )
    .addOption(
      new Option("--public-key <path>", "cloud: your public SSH key, when SSH_PUBLIC_KEY does not name it")
        .completeWith(
          files,
        ),
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
