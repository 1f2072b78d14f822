/** The files that a boot lays out on an instance. @module */

import { EMBEDDED } from "../../_embedded.ts";
import { XcoreError } from "../../errors.ts";

const FOLDER = "python/node/";
const PACKAGE = `${FOLDER}xcore_scheduler/`;

/** By role; paths in python/node/, to be laid out in one folder alike. */
export const PRELOAD_FILES: Readonly<Record<"worker" | "scheduler", readonly string[]>> = {
  worker: ["worker_preload.py", "limit_handshakes.py", "node_state.py"],
  scheduler: [
    "limit_handshakes.py",
    "node_state.py",
    "receive_bundle.py",
    ...Object.keys(EMBEDDED).filter((path) => path.startsWith(PACKAGE)).map((path) =>
      path.slice(FOLDER.length)
    ),
  ],
};

const LIBRARY = "/usr/local/lib/xcore";
const SETTINGS = "/etc/xcore";
/** By the end of a file's name. */
const FOLDERS: Readonly<Record<string, string>> = {
  ".service": "/etc/systemd/system",
  ".conf": "/etc/needrestart/conf.d",
};

/** A file on an instance. */
export interface BootFile {
  readonly path: string;
  /** As chmod takes it. The group is that of Dask's processes. */
  readonly mode: string;
  readonly text: string;
}

/**
 * The programs and units of python/node/ that each role has on its instance, by what brings them;
 * CLOUD stands for the folder of its cloud.
 */
const PLAIN = {
  /** Those without which an instance could not end by itself, or get the others. */
  userData: {
    worker: ["power_off.py", "xcore-power-off.service"],
    scheduler: ["power_off.py", "xcore-power-off.service", "receive_bundle.py"],
  },
  bundle: {
    worker: [
      "node_process.py",
      "cloud_worker.py",
      "spot_notice.py",
      "CLOUD/reclaimed_in_s.py",
      ...PRELOAD_FILES.worker,
      "requirements.py",
      "xcore-worker.service",
      "xcore-boot-again.service",
      "xcore-needrestart.conf",
    ],
    scheduler: [
      "node_process.py",
      "cloud_scheduler.py",
      ...PRELOAD_FILES.scheduler,
      "requirements.py",
      "xcore-scheduler.service",
      "xcore-needrestart.conf",
    ],
  },
} as const;

/**
 * What is the same on every instance of a role. Where it comes with user data, it is made short;
 * else its lines are as a traceback has them.
 */
export function bootFiles(
  role: "worker" | "scheduler",
  cloud: string,
  by: keyof typeof PLAIN,
): BootFile[] {
  return PLAIN[by][role].map((path) => {
    const text = template(`python/node/${path.replace("CLOUD", cloud)}`);
    const name = path.replace("CLOUD/", "");
    return plainFile(name, by === "userData" && name.endsWith(".py") ? withoutComments(text) : text);
  });
}

/** What an image has of them: all else comes with its instance's user data and bundle. */
export function imageFiles(): BootFile[] {
  const name = "requirements.py";
  return [plainFile(name, template(`python/node/${name}`))];
}

function plainFile(name: string, text: string): BootFile {
  const [, kind = ""] = /(\.service|\.conf)$/.exec(name) ?? [];
  return { path: `${FOLDERS[kind] ?? LIBRARY}/${name}`, mode: "644", text };
}

/** A file of settings; not for everyone's eyes, as keys are among them. */
export function settingsFile(name: string, text: string): BootFile {
  return { path: `${SETTINGS}/${name}`, mode: "640", text };
}

/** Where {@linkcode settingsFile} puts it. */
export function settingsPath(name: string): string {
  return `${SETTINGS}/${name}`;
}

/**
 * A file of this repository.
 *
 * @throws {XcoreError} this build lacks it
 */
export function template(path: string): string {
  const text = EMBEDDED[path];
  if (text !== undefined) return text;
  throw new XcoreError(
    `Cannot write a machine's start script: this build of xcore lacks ${path}`,
    "Build it again: `deno task embed`, then `deno task compile`.",
  );
}

const STRING =
  /"""(?:\\[\s\S]|(?!""")[^\\])*"""|'''(?:\\[\s\S]|(?!''')[^\\])*'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/;
const DOCSTRING = /(?<=^|:\n)([ \t]*)"""(?:\\[\s\S]|(?!""")[^\\])*"""(?=\n)/;

const BLANKS_AT_MARK = /(?<=\S)[ \t]*([,:%+<>=!]=?|[()[\]{}])[ \t]*(?=\S)/;
const BRACKET_OR_LINE = /[([{]|[)\]}]|\n[ \t]*/;

/**
 * The same program without comments, docstrings, empty lines, line breaks within brackets, blanks
 * at marks and three of four blanks of its indentation.
 */
export function withoutComments(python: string): string {
  // Emptied where it is all that a class or function has.
  const bare = replaced(replaced(python, /[ \t]*#[^\n]*/, ""), /(?:\n[ \t]*)+(?=\n)/, "")
    .replace(new RegExp(DOCSTRING.source, "g"), '$1""')
    .replace(/^([ \t]*)""\n(?=\1\S)/gm, "");
  let depth = 0;
  const joined = replaced(bare, BRACKET_OR_LINE, (found) => {
    if ("([{".includes(found)) depth++;
    else if (")]}".includes(found)) depth--;
    else if (depth > 0) return " ";
    return found;
  });
  return replaced(joined, BLANKS_AT_MARK, "$1")
    .replace(/^(?: {4})+/gm, (blanks) => " ".repeat(blanks.length / 4));
}

/**
 * Replaces outside strings; those come first in the pattern, so that what looks like `what` inside
 * one stays.
 */
function replaced(python: string, what: RegExp, by: string | ((found: string) => string)): string {
  const isString = new RegExp(`^(?:${STRING.source})$`);
  return python.replace(new RegExp(`${STRING.source}|${what.source}`, "g"), (found, ...rest) => {
    if (isString.test(found)) return found;
    if (typeof by !== "string") return by(found);
    return by.replace("$1", rest.find((group) => typeof group === "string") ?? "");
  });
}
