import type { InitOptions, InitResult } from "../../cluster/init.ts";
import type { InitOption } from "../../platform/platform.ts";
import { platforms } from "../../platform/platforms.ts";
import { checkLines, refuseFailed } from "../checks.ts";
import { type ArgparseCommand, Argument, Option } from "../commander.ts";
import { files } from "../completions/completer.ts";
import { answer, type Context } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";

/** The platforms that an option has an effect with. */
function having(option: InitOption): string[] {
  return platforms().filter(({ initOptions }) => initOptions.includes(option)).map(({ name }) => name);
}

/** `xcore init` */
export function defineInit(command: ArgparseCommand, context: Context): void {
  const titles = platforms().map(({ title }) => title);
  const [cloud] = having("region");
  command.description(
    "Check the prerequisites of a provider and write the configuration. An existing configuration is kept.",
  )
    .addArgument(
      new Argument("provider", `where workers run: ${titles.slice(0, -1).join(", ")} or ${titles.at(-1)}`)
        .choices(platforms().map(({ name }) => name)),
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
        .onlyWith(having("region")),
    )
    .addOption(
      new Option(
        "--project <id>",
        `${having("project").join(", ")}: project of the machines; default: the one in your credentials`,
      )
        .onlyWith(having("project")),
    )
    .addOption(
      new Option("--allowed-cidr <range>", "cloud: addresses that may connect; default: this machine's")
        .onlyWith(having("allowed-cidr")),
    )
    .addOption(
      new Option(
        "--public-key <path>",
        "cloud: file of your public SSH key; default: the one in SSH_PUBLIC_KEY",
      )
        .onlyWith(having("public-key")).completeWith(files),
    )
    .withExamples(
      ["xcore init local", "set up a cluster on this machine"],
      [`xcore init ${cloud} -h`, "show the options of one provider"],
      [`xcore -c cloudy init ${cloud}`, "set up a second cluster, named cloudy"],
    )
    .action(async (provider: InitOptions["provider"], options: Omit<InitOptions, "provider">) => {
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
