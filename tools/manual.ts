/**
 * What there is to say of xcore's commands, from the commands themselves: the man page and
 * docs/commands.md show it.
 * @module
 */

import manifest from "../deno.json" with { type: "json" };
import type { ArgparseCommand, Example } from "../lib/cli/argparse_command.ts";
import { helpParts, type Row } from "../lib/cli/help_text.ts";
import { EXIT, EXIT_MEANINGS } from "../lib/cli/exit_code.ts";
import { consolePrinter } from "../lib/cli/printer.ts";
import { programFor } from "../lib/cli/main.ts";
import { type Home, homeOf } from "../lib/config/home.ts";
import { systemRuntime } from "../lib/system_runtime.ts";

/** What there is to say. Texts may have `code` in them. */
export interface Manual {
  readonly version: string;
  readonly description: string;
  readonly usage: string;
  /** Options that stand before or after any command. */
  readonly options: readonly Row[];
  /** Every command, one that has subcommands before these. */
  readonly commands: readonly CommandManual[];
  readonly exitCodes: readonly Row[];
  readonly environment: readonly Row[];
  readonly files: readonly Row[];
}

/** One command. */
export interface CommandManual {
  /** `xcore daemon log` */
  readonly path: string;
  /** A few words. */
  readonly summary: string;
  readonly usage: string;
  /** Paragraphs. */
  readonly description: string;
  readonly commands: readonly Row[];
  readonly args: readonly Row[];
  readonly options: readonly Row[];
  readonly examples: readonly Example[];
  /** Files of the repository that have more. */
  readonly pages: readonly string[];
}

/** The environment variables that a person may set, and what they do. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  XCORE_HOME: "Folder of all settings and state. Default: `~/.xcore`.",
  XCORE_CLUSTER: "Name of the cluster to work on when there is no `-c`.",
  XCORE_SERVICE: "`none` runs the daemon as a plain process, without systemd or launchd.",
  XCORE_BIN:
    "The xcore program that the Python package and the Deno library call, and that runs the daemon. Default: " +
    "the one that is running, or `xcore` on PATH.",
  XCORE_ADDRESS_URL: "Service that reports your public IP address, for a new configuration.",
  XCORE_PRICE_LIST_URL:
    "Where public prices come from, for a new configuration: `auto`, `none` or an address.",
  VISUAL: "The editor of `xcore config edit`.",
  EDITOR: "The same, where VISUAL is not set. Default: `vi`.",
  SSH_PUBLIC_KEY: "File of your public SSH key, for `xcore init` on a cloud.",
  VIRTUAL_ENV: "The active virtual environment, where `xcore init` looks for Python first.",
  CONDA_PREFIX: "The active conda environment, where `xcore init` looks for Python next.",
  PATH: "Where `python3`, `terraform` or `tofu`, `packer`, `ssh` and `uv` are found.",
  DASK_LOGGING:
    "Dask's logging settings; where it is not set, Dask does not log in scripts of `xcore run` what it loads for them.",
  PYTHONPATH: "Where Python looks for modules; an empty entry, which means the current folder, is left out.",
  TF_PLUGIN_CACHE_DIR: "Folder in which Terraform keeps providers for all clusters. Default: one of xcore's.",
  TF_CLI_CONFIG_FILE: "Terraform's own settings, such as a mirror of providers; also TERRAFORM_CONFIG.",
  XCORE_UV: "A uv that finds out which packages machines install, in place of the one that xcore fetches.",
  PIP_INDEX_URL: "Package index that is asked for that: PyPI, or a mirror of it.",
  UV_DEFAULT_INDEX: "The same for uv; it comes before pip's.",
  UV_INDEX_URL: "The same by its older name.",
  NO_COLOR: "Set to anything, it switches colours off.",
  TERM: "`dumb` switches colours and redrawing off.",
  AWS_PROFILE: "With the other AWS_* variables of Amazon's own tools: credentials and region.",
  AWS_ENDPOINT_URL: "Address of another EC2 service, such as an emulator; AWS_ENDPOINT_URL_EC2 comes first.",
  GOOGLE_APPLICATION_CREDENTIALS: "File of the credentials for Google's cloud. Default: those of `gcloud`.",
  GOOGLE_IMPERSONATE_SERVICE_ACCOUNT:
    "Refused: Terraform alone would heed it. docs/gcp.md says what to do instead.",
  GOOGLE_OAUTH_ACCESS_TOKEN: "Access token for Google's cloud, in place of a file.",
  GOOGLE_CLOUD_PROJECT: "Google's project, when neither the settings nor the credentials name it.",
  GOOGLE_DEFAULT_AVAILABILITY_ZONE: "Google's zone, when the settings do not name it.",
  GOOGLE_COMPUTE_CUSTOM_ENDPOINT: "Address of another Compute Engine service, such as an emulator.",
  HTTPS_PROXY: "Proxy on the way to a cloud; NO_PROXY lists the addresses that need none.",
};

/** Other words for options, for those who know them from elsewhere. */
export const OTHER_WORDS =
  "`xcore help COMMAND` is the same as `xcore COMMAND -h`, and `xcore version` as `xcore -V`.";

/**
 * Paths that a person may want to know, by their names in a home; null: of no concern to anybody.
 */
const FILES: Readonly<Record<Exclude<keyof Home, "cluster" | "root" | "dir">, string | null>> = {
  config: "The settings of the cluster, with a comment on every key.",
  editedConfig: "A text of `xcore config edit` that was not taken.",
  configSchema: "JSON Schema of config.yaml, by which an editor completes and checks it.",
  history: "What happened to the cluster, an SQLite database: `xcore report` reads it.",
  logs: "Logs of the daemon and of local processes.",
  daemonLog: "Log of the daemon, where systemd's journal does not have it.",
  service: "Which service manager runs the daemon.",
  daemonEnv: "Credentials and proxies for the daemon, as they were at the last start.",
  jobEnv: "Environment for local jobs, as it was at the last start.",
  tls: "Certificates and keys of the cluster.",
  knownHosts: "SSH host keys of the cluster's machines.",
  terraform: "Terraform's templates and state. `*_override.tf` files of yours are kept and obeyed.",
  packages: "Which Python packages a cloud's machines install, with the hash of each.",
  uv: "The uv that finds them out.",
  packer: "Packer's templates, for machine images.",
  run: "Records of local processes, and the programs that they run.",
  python: "The Python package `crosscore`.",
  env: "The Python environment that `xcore init` makes when it finds none.",
  shutdownLog: "What shutdowns print that the daemon starts; `xcore logs shutdown` shows it.",
  shutdownNote: null,
  madeConfig: null,
  daemonLock: null,
  initLock: null,
  verbLock: null,
  controlSocket: null,
};

/** All that there is to say. */
export function manual(): Manual {
  const { program } = programFor(systemRuntime(null), consolePrinter(() => undefined));
  const { usage, ownOptions, commands } = helpParts(program);
  return {
    version: manifest.version,
    description: program.description(),
    usage: usage.replace(/ \{[^}]*\} \.\.\.$/, " COMMAND ..."),
    options: [["-h, --help", helpOf(program)], ...ownOptions],
    commands: program.shownCommands().flatMap((command) =>
      below(command, commands.find(([name]) => name === command.name())?.[1] ?? "")
    ),
    exitCodes: Object.entries(EXIT).map(([name, code]) => [
      String(code),
      EXIT_MEANINGS[name as keyof typeof EXIT],
    ]),
    environment: Object.entries(ENVIRONMENT),
    files: files(),
  };
}

function helpOf(program: ArgparseCommand): string {
  return program.shownOptions().find(({ long }) => long === "--help")?.explanation ?? "";
}

function below(command: ArgparseCommand, summary: string): CommandManual[] {
  const { usage, args, ownOptions, commands } = helpParts(command);
  const { path, examples, page } = command;
  return [
    {
      path,
      summary,
      usage,
      description: command.description(),
      commands,
      args,
      options: ownOptions,
      examples,
      pages: page === null ? [] : page.split(", "),
    },
    ...command.shownCommands().flatMap((sub) => below(sub, sub.description())),
  ];
}

function files(): Row[] {
  const home = homeOf(
    { ...systemRuntime(null), env: (name) => name === "XCORE_HOME" ? "/" : undefined },
    null,
  );
  const rows = Object.entries(FILES).flatMap(([key, about]): Row[] =>
    about === null ? [] : [[`$XCORE_HOME${home[key as keyof typeof FILES]}`, about]]
  );
  return [...rows, ["$XCORE_HOME/clusters/NAME/", "The same of the cluster named with `-c NAME`."]];
}
