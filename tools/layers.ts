/**
 * The layers of lib/, which tests/gate/layers_test.ts holds, and which `deno task layers` draws.
 * @module
 */

/** A part of lib/: a folder, or a file, and what it is for. */
export interface Part {
  readonly name: string;
  readonly purpose: string;
}

const part = (name: string, purpose: string): Part => ({ name, purpose });

/** The lowest first: a part imports only from those before its own line, and from itself. */
export const LAYERS: readonly (readonly Part[])[] = [
  [
    part("errors", "what can go wrong, with hint and exit code"),
    part("runtime", "files, processes, time: the interface"),
    part("launched", "how this program was started"),
    part("version", "version and commit"),
    part("_embedded", "packer/, page/, python/, … as text"),
  ],
  [
    part("util", "text, time, waiting, JSON of others"),
    part("system_runtime", "the real runtime"),
  ],
  [part("protocol", "the messages between daemon and scheduler")],
  [part("model", "worker, instance, pool, status, problems")],
  [part("config", "config.yaml: schema, editor, migration")],
  [part("plan", "pure: from a snapshot to launches and terminations")],
  [
    part("python", "finds and makes environments"),
    part("service", "systemd, launchd, plain process"),
    part("price", "what instances cost an hour"),
  ],
  [
    part("dask", "mutual TLS to the scheduler and its routes"),
    part("status", "history, problems, status"),
  ],
  [part("platform", "local, aws, gcp: instances, base, images")],
  [part("reconcile", "one tick: observe, plan, apply")],
  [part("daemon", "ticks, and answers `xcore status`")],
  [part("page", "what `xcore dashboard` serves")],
  [part("cluster", "what each command does")],
  [part("mod", "the library for Deno scripts")],
  [part("cli", "words, tables, completions")],
  [part("main", "the program")],
];
