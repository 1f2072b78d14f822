/** Which files in a home are xcore's, told by their names and places: all others are a person's. @module */

import { basename, join } from "node:path";
import { EMBEDDED } from "../_embedded.ts";
import { isOwnEnvironment } from "../python/make_environment.ts";
import type { Runtime } from "../runtime.ts";
import { PACKAGE_FILES } from "../python/write_python_package.ts";

/** What is in a home. Absolute paths. */
export interface HomeFiles {
  /** What xcore has made, in an order in which it can be removed: a folder after what is in it, a config last. */
  readonly own: readonly OwnPath[];
  /** Everything else. A folder stands for all that is in it. */
  readonly foreign: readonly string[];
}

/** Something that xcore has made. */
export interface OwnPath {
  readonly path: string;
  /** `tree`: a folder that one of the programs that xcore runs has filled, with all that is in it. */
  readonly is: "file" | "folder" | "tree";
}

/** What matches paths below a folder. */
interface Rules {
  readonly files: RegExp;
  readonly folders: RegExp;
  readonly trees: RegExp;
}

const NOTHING = /(?!)/;

const TEMPLATES = namesBelow("terraform");
const PACKER = namesBelow("packer");

/** In a cluster's folder, once its cluster is down. */
const OF_A_CLUSTER: Rules = {
  files: written(
    String.raw`config\.(yaml(\.lock|\.0\.0\.1(-\d+)?)?|schema\.json)`,
    String.raw`history\.db(-wal|-shm|-journal)?`,
    String.raw`(daemon|verb)\.lock|control\.sock|service\.json|(daemon|job)\.env|known_hosts`,
    String.raw`logs/(daemon\.(log(\.\d+)?|out)|(terraform|packer)\.log|[^/.]+\.\d{8}T\d{6}Z\.[^/.]+\.log)`,
    String.raw`run/(base\.lock|probe-[0-9a-f]{8})`,
    String.raw`tls(\.part|\.old)?/(ca|scheduler|worker|client)\.(pem|key)`,
    `terraform/(${TEMPLATES})`,
    String.raw`terraform/(xcore\.auto\.tfvars\.json|outputs\.json|xcore\.tfplan|\.terraform\.lock\.hcl)`,
    String.raw`terraform/(terraform\.tfstate(\.\d+)?(\.backup)?|\.terraform\.tfstate\.lock\.info)`,
    `packer/(${PACKER})`,
    String.raw`packer/(provision\.sh|xcore\.auto\.pkrvars\.json|manifest\.json|origin\.json|build\.lock)`,
  ),
  folders: anyOf("logs", "run", String.raw`tls(\.part|\.old)?`, "terraform", "packer"),
  trees: anyOf(String.raw`terraform/\.terraform`),
};

/** In a folder that `init` has begun with and has not come to write a config. */
const OF_NO_CLUSTER: Rules = {
  files: written(String.raw`run/probe-[0-9a-f]{8}`),
  folders: anyOf("logs", "run"),
  trees: NOTHING,
};

/** In $XCORE_HOME itself. */
const OF_THE_HOME: Rules = {
  files: written(
    String.raw`init\.lock|env\.(lock|making)`,
    PACKAGE_FILES.map(RegExp.escape).join("|"),
  ),
  folders: anyOf("clusters", "clusters/[a-z][a-z0-9-]{0,29}", "python", "python/crosscore"),
  trees: anyOf("python/(crosscore/)?__pycache__"),
};

/** What venv, uv and pip put into an environment, when it is xcore's. */
const OF_AN_ENVIRONMENT: Rules = {
  files: written(String.raw`env/(pyvenv\.cfg|pip\.log|made-by-xcore|lib64|\.gitignore|\.lock|CACHEDIR\.TAG)`),
  folders: anyOf("env"),
  trees: anyOf("env/(bin|lib|lib64|include|share|etc)"),
};

/**
 * Sorts what is in a home. Nothing is followed that a link leads to; a link is xcore's only where one of its tools makes it.
 *
 * @param root $XCORE_HOME
 * @param clusters the folders in it that have a config of a cluster of xcore's
 * @throws {Deno.errors.PermissionDenied} a folder cannot be read
 */
export async function filesOfHome(
  runtime: Runtime,
  root: string,
  clusters: ReadonlySet<string>,
): Promise<HomeFiles> {
  const { files } = runtime;
  const environment = await isOwnEnvironment(runtime, join(root, "env")) ? [OF_AN_ENVIRONMENT] : [];
  // What is called `logs` in a folder that xcore has nothing else in is somebody else's.
  const begun = await files.exists(join(root, "init.lock")) ? [OF_NO_CLUSTER] : [];
  const inRoot = [OF_THE_HOME, ...environment, ...(clusters.has(root) ? [OF_A_CLUSTER] : begun)];
  const own: OwnPath[] = [];
  const foreign: string[] = [];

  async function visit(folder: string, base: string, rules: readonly Rules[]): Promise<void> {
    const names = await files.list(folder);
    for (const name of names.toSorted((a, b) => Number(isConfig(a)) - Number(isConfig(b)))) {
      const path = join(folder, name);
      const below = path.slice(base.length + 1);
      const matches = (which: keyof Rules) => rules.some((one) => one[which].test(below));
      const kind = await files.kind(path);
      if (kind === "folder" && matches("trees")) own.push({ path, is: "tree" });
      else if (kind === "folder" && matches("folders")) {
        if (folder === join(root, "clusters")) {
          await visit(path, path, [clusters.has(path) ? OF_A_CLUSTER : OF_NO_CLUSTER]);
        } else await visit(path, base, rules);
        own.push({ path, is: "folder" });
      } else if (matches("files") && (kind !== "link" || below === "env/lib64") && kind !== "folder") {
        own.push({ path, is: "file" });
      } else foreign.push(path);
    }
  }

  await visit(root, root, inRoot);
  return { own, foreign };
}

function isConfig(name: string): boolean {
  return name === "config.yaml";
}

function anyOf(...parts: readonly string[]): RegExp {
  return new RegExp(`^(${parts.join("|")})$`);
}

/** The same for files, also while they are being written. */
function written(...parts: readonly string[]): RegExp {
  return anyOf(String.raw`(${parts.join("|")})(\.\d+\.[0-9a-f]{8}\.part)?`);
}

function namesBelow(folder: string): string {
  const paths = Object.keys(EMBEDDED).filter((path) => path.startsWith(`${folder}/`));
  return [...new Set(paths.map((path) => RegExp.escape(basename(path))))].join("|");
}
