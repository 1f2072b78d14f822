/**
 * The commands that set xcore up, check it and remove it: init, doctor, python and uninstall.
 * @module
 */

import type { InitOptions, InitResult } from "../../cluster/init.ts";
import type { Edit } from "../../config/edit.ts";
import type { ManualRemoval, Uninstalled } from "../../cluster/uninstall.ts";
import { asXcoreError, InterruptedError, PrerequisiteError, UsageError } from "../../errors.ts";
import type { CheckResult } from "../../platform/check_result.ts";
import type { InitOption } from "../../platform/platform.ts";
import { platformOf, platforms } from "../../platform/platforms.ts";
import { count } from "../../util/duration_text.ts";
import { type ArgparseCommand, Argument, InvalidArgumentError, Option } from "../argparse_command.ts";
import { files } from "../completions/completer.ts";
import { answer, confirmOn, type Context, interruptible, progressOn, scopeOf } from "../context.ts";
import type { Runtime } from "../../runtime.ts";
import { type Colours, namingCluster } from "../printer.ts";

/** The commands that set xcore up, check it and remove it. */
export const setupCommands = {
  init: {
    summary: "check prerequisites and write the configuration",
    define: defineInit,
    meantBy: "setup configure new initialize init-cluster",
  },
  doctor: {
    summary: "find problems and say how to fix them",
    define: defineDoctor,
    meantBy: "check diagnose fix verify health test",
  },
  python: {
    summary: "write the Python package and print its path",
    define: definePython,
    meantBy: "path pythonpath package",
  },
  uninstall: {
    summary: "remove the files of xcore from this machine",
    define: defineUninstall,
    meantBy: "remove purge clean",
  },
};

/** The platforms that an option has an effect with. */
function having(option: InitOption): string[] {
  return platforms().filter(({ initOptions }) => initOptions.includes(option)).map(({ name }) => name);
}

type InitArguments = Omit<InitOptions, "provider" | "settings"> & {
  readonly set?: readonly Edit[];
  readonly upgrade?: true;
  readonly yes?: true;
  readonly policy?: true;
};

/** The policy for a file, and to the person what makes it of that. */
async function printPolicy(context: Context, provider: InitOptions["provider"]): Promise<void> {
  const policy = platformOf({ provider }).policy;
  if (policy === null) {
    throw new UsageError(
      `Cannot use --policy here: it has no effect with provider ${provider}`,
      `Leave it out; \`xcore init ${provider} -h\` shows the options.`,
    );
  }
  const { path, file, command } = policy;
  const { EMBEDDED } = await import("../../_embedded.ts");
  const text = EMBEDDED[path]!.trimEnd();
  context.printer.say(`Make it with: xcore init ${provider} --policy > ${file} && ${command}`);
  answer(context, { policy: text, file, command }, text);
}

/** `xcore init` */
function defineInit(command: ArgparseCommand, context: Context): void {
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
        "--zone <name>",
        `${having("zone").join(", ")}: zone of the scheduler; default: the one in your cloud's own settings`,
      )
        .onlyWith(having("zone")),
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
    .addOption(
      new Option("--set <setting>", "another setting, as KEY=VALUE; may be given more than once")
        .argParser(editOf),
    )
    .addOption(
      new Option(
        "--upgrade",
        "cloud: take the newest provider of Terraform's in place of the recorded one; asks first",
      )
        .onlyWith(having("upgrade")),
    )
    .addOption(new Option("--yes", "do not ask").onlyWith(having("upgrade")))
    .addOption(
      new Option("--policy", "cloud: print the least that an account has to be allowed, and nothing else")
        .onlyWith(having("policy")),
    )
    .withExamples(
      ["xcore init local", "set up a cluster on this machine"],
      [`xcore init ${cloud} -h`, "show the options of one provider"],
      [`xcore -c cloudy init ${cloud}`, "set up a second cluster, named cloudy"],
    ).withPage(platforms().flatMap(({ guide }) => guide ?? []).join(", "))
    .action(async (provider: InitOptions["provider"], given: InitArguments) => {
      const { init } = await import("../../cluster/init.ts");
      const progress = progressOn(context);
      const { upgrade, yes, policy, set: settings = [], ...options } = given;
      if (policy !== undefined) return await printPolicy(context, provider);
      const confirm = upgrade === undefined ? undefined : confirmOn(context, yes === true);
      const result = await interruptible(
        context,
        "Run `xcore init` again to continue.",
        (scope) => init(scope, { ...options, settings, provider }, progress, confirm),
      );
      const { configPath, ...rest } = result;
      answer(context, { config_path: configPath, ...rest }, describe(result, context));
      refuseFailed(result.checks);
    });
}

/** `KEY=VALUE`, beside those given before. */
function editOf(text: string, before: readonly Edit[] = []): readonly Edit[] {
  const [, key, value] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError("It takes a key and a value, such as max_workers=5.");
  return [...before, [key, value!]];
}

function describe({ kept, configPath, checks, python }: InitResult, { printer }: Context): string {
  const lines = checkLines(checks, printer.colour);
  if (configPath === null) return lines.join("\n");
  lines.push(kept ? `Kept the existing configuration ${configPath}` : `Wrote ${configPath}`);
  if (checks.some(({ outcome }) => outcome === "failed")) return lines.join("\n");
  lines.push(`Run your scripts with ${python}`);
  lines.push("Next: `xcore start`");
  return lines.join("\n");
}

/** `xcore doctor` */
function defineDoctor(command: ArgparseCommand, context: Context): void {
  command.description(
    "Check everything: the prerequisites that init checks, the running cluster, and leftovers of it. Each problem comes with " +
      "the command that fixes it.",
  )
    .option("--fix", "remove leftovers of this cluster")
    .option("--all-clusters", "check every cluster of this home, one after the other")
    .withExamples(
      ["xcore doctor", "check everything, and change nothing"],
      ["xcore doctor --fix", "remove leftovers, then check everything else"],
    ).withPage("docs/troubleshooting.md")
    .action(async ({ fix, allClusters }: { fix?: true; allClusters?: true }) => {
      const { doctor } = await import("../../cluster/doctor.ts");
      if (allClusters) return await checkAllClusters(context, fix === true);
      const checks = await interruptible(
        context,
        "Run `xcore doctor` again.",
        (scope) => doctor(scope, { fix: fix === true }, progressOn(context)),
      );
      const lines = [...checkLines(checks, context.printer.colour), countLine(checks)];
      answer(context, { checks }, lines.join("\n"));
      refuseFailed(checks);
    });
}

/** Checks every cluster; what one lacks keeps no other from being checked. */
async function checkAllClusters(context: Context, fix: boolean): Promise<void> {
  const { doctor } = await import("../../cluster/doctor.ts");
  const { clusterHomes, NO_CLUSTERS } = await import("../../cluster/list_clusters.ts");
  const { options } = context;
  if (options().cluster !== undefined) {
    throw new UsageError(
      "Cannot check one cluster and all of them: both -c and --all-clusters are given",
      "Leave out one of them.",
    );
  }
  const checked: { readonly cluster: string | null; readonly checks: readonly CheckResult[] }[] = [];
  const homes = await clusterHomes(context.runtime);
  if (homes.length === 0) throw NO_CLUSTERS;
  for (const { cluster } of homes) {
    const printer = namingCluster(context.printer, () => cluster ?? undefined);
    const of: Context = {
      printer,
      runtime: withoutCluster(context.runtime),
      options: () => ({ ...options(), ...cluster !== null && { cluster } }),
    };
    const checks = await interruptible(
      of,
      "Run `xcore doctor --all-clusters` again.",
      (scope) => doctor(scope, { fix }, progressOn(of)),
    ).catch((error) => {
      if (error instanceof InterruptedError) throw error;
      const { message, hint } = asXcoreError(error, "check the cluster");
      return [{ name: "Cluster", outcome: "failed", message, fix: hint } as const];
    });
    checked.push({ cluster, checks });
    if (options().json) continue;
    const title = cluster === null ? "The cluster without a name" : `The cluster ${cluster} (-c ${cluster})`;
    printer.out([printer.colour.bold(`${title}:`), ...checkLines(checks, printer.colour), ""].join("\n"));
  }
  const all = checked.flatMap(({ checks }) => checks);
  answer(context, { clusters: checked }, countLine(all));
  refuseFailed(all);
}

/** The same machine, where XCORE_CLUSTER names none. */
function withoutCluster(runtime: Runtime): Runtime {
  return { ...runtime, env: (name) => name === "XCORE_CLUSTER" ? undefined : runtime.env(name) };
}

/** `xcore python` */
function definePython(command: ArgparseCommand, context: Context): void {
  command.description(
    "Write the Python package `crosscore` and print the path of its folder, for PYTHONPATH or `pip install`.",
  )
    .withExamples(
      ['export PYTHONPATH="$(xcore python)"', "let scripts import crosscore"],
      ['pip install "$(xcore python)"', "install it into the active environment"],
    ).withPage("docs/dask.md")
    .action(async () => {
      const { writePythonPackage } = await import("../../python/write_python_package.ts");
      const path = await writePythonPackage(await scopeOf(context));
      answer(context, { path }, path);
    });
}

/** `xcore uninstall` */
function defineUninstall(command: ArgparseCommand, context: Context): void {
  command.description(
    "Remove the files of xcore on this machine: $XCORE_HOME with the settings of all clusters, and the daemons' units. It " +
      "refuses while a cluster exists, asks first, keeps every file that xcore did not make, and lists what you can remove " +
      "yourself, the program itself included.",
  )
    .option("--yes", "do not ask")
    .withExamples(
      ["xcore uninstall", "remove the files, after a question"],
      ["xcore uninstall --yes", "do so from a script"],
    ).withPage("docs/install.md")
    .action(async ({ yes }: { yes?: true }) => {
      if (context.options().cluster !== undefined) {
        throw new UsageError(
          "Cannot uninstall a single cluster: uninstall removes the files of all clusters",
          "Run `xcore shutdown` to remove this cluster; leave out -c to uninstall.",
        );
      }
      const { uninstall } = await import("../../cluster/uninstall.ts");
      const confirm = confirmOn(context, yes === true);
      const { done, ...found } = await uninstall(context.runtime, confirm, progressOn(context));
      answer(context, { uninstalled: done, ...found }, done ? textOf(found) : "Nothing was changed.");
    });
}

function textOf({ home, removed, kept, left }: Omit<Uninstalled, "done">): string {
  return [
    ...(removed.length === 0 ? [`There are no files of xcore in ${home}.`] : []),
    ...removed.map((path) => `Removed ${path}`),
    ...kept.map((path) => `Kept ${path} (not made by xcore)`),
    ...(left.length === 0 ? [] : ["", "You can remove these yourself:"]),
    ...left.flatMap(leftLines),
  ].join("\n");
}

function leftLines({ what, where, command }: ManualRemoval): string[] {
  return [`  ${where}: ${what}`, ...(command === null ? [] : [`    ${command}`])];
}

const MARKS = { passed: ["✓", "green"], warning: ["!", "yellow"], failed: ["✗", "red"] } as const;

/** A line a result, and a further one with the fix where there is one. */
export function checkLines(checks: readonly CheckResult[], colour: Colours): string[] {
  return checks.map(({ outcome, name, message, fix }) => {
    const [mark, shade] = MARKS[outcome];
    return `${colour[shade](mark)} ${name}: ${message}${fix === null ? "" : `\n  ${fix}`}`;
  });
}

/** `12 passed, 1 warning, 0 failed` */
export function countLine(checks: readonly CheckResult[]): string {
  const count = (wanted: CheckResult["outcome"]) => checks.filter(({ outcome }) => outcome === wanted).length;
  const warnings = count("warning");
  return `${count("passed")} passed, ${warnings} ${warnings === 1 ? "warning" : "warnings"}, ${
    count("failed")
  } failed`;
}

/**
 * Fails the command if a check has failed: the checks themselves are printed already.
 *
 * @throws {PrerequisiteError} one has
 */
export function refuseFailed(checks: readonly CheckResult[]): void {
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return;
  throw new PrerequisiteError(
    `${count(failed.length, "check")} failed (see above)`,
    "Fix what is marked ✗, then run the command again.",
  );
}
