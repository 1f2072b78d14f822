/**
 * docs/troubleshooting.md, by what a person sees: what each problem of the registry looks like from outside, and
 * what no problem of it stands for.
 * @module
 */

import { type ProblemCode, problemKind } from "../lib/model/problem.ts";

/** Something that a person sees, before a cause is known. */
export interface Symptom {
  /** A heading. */
  readonly title: string;
  /** Markdown: what to type first, whatever the cause is. */
  readonly first: string;
  /** Those that may be behind it, the likeliest first. */
  readonly problems: readonly ProblemCode[];
  /** What else may be behind it, which `xcore status` does not list: what it means, and what to type. */
  readonly others: readonly (readonly [string, string])[];
}

/** In the order in which a cluster is used. */
export const SYMPTOMS: readonly Symptom[] = [
  {
    title: "`xcore init` or `xcore start` fails",
    first: "Type `xcore doctor`, which checks everything and prints the command that fixes what it finds.",
    problems: ["cluster_incomplete", "scheduler_gone", "machine_types_unknown"],
    others: [
      ["Another program uses a port", "`xcore start --new-ports` takes two others."],
      [
        "Others can write to the folder of the home, or it is another user's",
        "The `chmod` that the message names; for a home of your own `export XCORE_HOME=…`.",
      ],
      [
        "The scheduler waits for its software",
        "`xcore start` hands it over; where it cannot reach the instance, `xcore allow` first.",
      ],
      [
        "Another `xcore` runs: the [old tool](install.md#with-pip) has the same name",
        "`xcore --version` says which one it is.",
      ],
    ],
  },
  {
    title: "A script does not connect",
    first: "`xcore url` prints the address; `xcore run SCRIPT` starts the cluster where it does not run.",
    problems: [
      "address_changed",
      "scheduler_unreachable",
      "scheduler_gone",
      "cluster_incomplete",
      "shutdown_unfinished",
      "cluster_expired",
      "certificates_expire",
      "versions_differ",
    ],
    others: [
      [
        "The script runs with another Python",
        "`xcore config get python` names the one that has all it takes.",
      ],
    ],
  },
  {
    title: "Tasks wait, and no worker starts",
    first: "`xcore explain` says why the pool is as large as it is; `xcore daemon log` has the details.",
    problems: [
      "daemon_not_running",
      "daemon_unreachable",
      "launch_failed",
      "boots_halted",
      "budget_reached",
      "hourly_limit_low",
      "price_unknown",
      "provider_unreachable",
      "zone_silent",
      "machine_types_unknown",
      "history_unwritable",
      "lease_held",
      "resources_unmet",
      "resources_mistyped",
      "tasks_stranded",
      "tasks_bound",
      "client_waits",
    ],
    others: [],
  },
  {
    title: "A worker never joins",
    first: "`xcore logs worker-0` shows what its machine says as it boots.",
    problems: ["boot_failed", "boots_halted"],
    others: [
      [
        "It takes longer to boot than `boot_timeout_s`",
        "`xcore config set boot_timeout_s SECONDS`; or boot faster, with a [machine image](../README.md#5-changing-the-machine-image).",
      ],
    ],
  },
  {
    title: "Workers are there, and tasks wait",
    first: "`xcore explain` says for what.",
    problems: ["worker_paused", "tasks_bound", "tasks_stranded", "resources_unmet", "resources_mistyped"],
    others: [],
  },
  {
    title: "Tasks fail",
    first:
      "`xcore tasks` counts them by function, with the first error of each; `xcore logs worker-0` has more.",
    problems: ["module_missing", "versions_differ"],
    others: [
      [
        "`KilledWorker`: workers end while they run it, most often for lack of memory",
        "`xcore logs WORKER --previous`, by the name in the error; [more](dask.md).",
      ],
    ],
  },
  {
    title: "Results are lost, or could be",
    first: "`xcore events` says which worker has left, and why.",
    problems: [
      "results_at_risk",
      "scheduler_memory",
      "worker_lifetime",
      "cluster_lifetime",
      "restart_needed",
    ],
    others: [],
  },
  {
    title: "Workers stay that have nothing to do",
    first:
      "`xcore status` says of each worker what it does, and `xcore explain` why its pool is as large as it is.",
    problems: [
      "results_held",
      "retire_failed",
      "terminate_failed",
      "cancel_failed",
      "daemon_not_running",
      "zone_silent",
    ],
    others: [
      ["`max_idle_time_s` is long", "`xcore config get max_idle_time_s` prints it, in seconds."],
    ],
  },
  {
    title: "It costs more than it should, or something is left",
    first:
      "`xcore cost` shows what for; `xcore list` shows every cluster, and `xcore doctor --fix` removes orphans.",
    problems: ["orphaned_workers", "shutdown_unfinished", "terminate_failed", "cluster_old", "budget_low"],
    others: [],
  },
  {
    title: "A changed setting has no effect",
    first: "`xcore config get KEY` prints the value in the file.",
    problems: ["restart_needed", "config_broken", "daemon_not_running"],
    others: [],
  },
  {
    title: "The dashboard, a message or a number is missing",
    first: "`xcore status` lists what cannot be read.",
    problems: ["notify_failed", "report_unread"],
    others: [
      [
        "Dask's own URL asks a browser for the cluster's certificate",
        "`xcore dashboard` opens a page that needs none.",
      ],
    ],
  },
];

const HEAD = `# Troubleshooting

<!-- Made by \`deno task problems\` from lib/model/problem.ts and tools/troubleshooting.ts; edit those, not this file. -->

1. \`xcore status\` lists the problems that need your attention, each with a hint. [Problems](problems.md) has every one.
2. \`xcore doctor\` checks the whole installation, and prints the command that fixes what it finds. \`xcore doctor --fix\` removes
   orphans of this cluster.
3. \`xcore logs NAME\` shows the log of a worker (\`worker-0\`), the \`scheduler\` or the \`daemon\`; on a cloud, the instance's console.
   \`-f\` follows it.
4. On a cloud, \`xcore ssh NAME\` logs in to the instance of a worker or the \`scheduler\`.
5. \`--debug\` before any command shows the stack trace of an error.

Below is what you may see, then what it may mean, and what to do. What has a link is what \`xcore status\` lists. Where every file is:
[commands](commands.md#files).
`;

/** The text of docs/troubleshooting.md. */
export function troubleshooting(): string {
  return [HEAD, ...SYMPTOMS.map(section)].join("\n");
}

/** The headings of the symptoms that a problem may be behind. */
export function symptomsOf(code: ProblemCode): string[] {
  return SYMPTOMS.filter(({ problems }) => problems.includes(code)).map(({ title }) => title);
}

function section({ title, first, problems, others }: Symptom): string {
  const rows = [
    ...problems.map((code) => {
      const { title, hint } = problemKind(code);
      return [`[${title}](problems.md#${code})`, hint];
    }),
    ...others,
  ].map(([means, todo]) => `| ${means} | ${todo} |`);
  return [`## ${title}`, "", first, "", "| what it may mean | what to do |", "|---|---|", ...rows, ""].join(
    "\n",
  );
}
