/** Which files in a home xcore made, by name and folder; all others are the user's. @module */

import { basename, join } from "node:path";
import { EMBEDDED } from "../_embedded.ts";
import { isOwnEnvironment } from "../python/make_environment.ts";
import type { Runtime } from "../runtime.ts";
import { PACKAGE_FILES } from "../python/write_python_package.ts";

/** What is in a home. Absolute paths. */
export interface HomeFiles {
  /**
   * What xcore made, in an order in which it can be removed: a folder after its content, the config
   * last.
   */
  readonly own: readonly OwnPath[];
  /** Everything else. A folder stands for its content. */
  readonly foreign: readonly string[];
}

/** A path that xcore made. */
export interface OwnPath {
  readonly path: string;
  /** `tree`: a folder with all its content, made by a program that xcore runs. */
  readonly is: "file" | "folder" | "tree";
}

/** Patterns of paths below a folder. */
interface PathPatterns {
  readonly files: RegExp;
  readonly folders: RegExp;
  readonly trees: RegExp;
}

const NOTHING = /(?!)/;

const TEMPLATES = namesBelow("terraform");
const PACKER = namesBelow("packer");

/** In the folder of a cluster that is shut down. */
const OF_A_CLUSTER: PathPatterns = {
  files: written(
    String.raw`config\.(yaml(\.lock|\.0\.0\.1(-\d+)?)?|schema\.json|edited\.yaml)`,
    String.raw`history\.db(-wal|-shm|-journal)?`,
    String
      .raw`(daemon|verb)\.lock|socket/control\.sock|(service|shutdown)\.json|(daemon|job)\.env|known_hosts`,
    String.raw`dashboard\.html|packages/(x86_64|aarch64)\.txt`,
    String
      .raw`logs/(browser\.log|daemon\.(log(\.\d+)?|out)|(terraform|packer|shutdown)\.log|[^/.]+\.\d{8}T\d{6}Z\.[^/.]+\.log)`,
    String
      .raw`run/(base\.lock|(notified|agreed)\.json|event-[0-9a-f]{8}\.(json|out)|packages-[0-9a-f]{8}\.(in|pins)|probe(-[0-9a-f]{8})?)`,
    String.raw`tls(\.part|\.old)?/(ca|scheduler|worker|client)\.(pem|key)`,
    `terraform/(${TEMPLATES})`,
    String
      .raw`terraform/(xcore\.auto\.tfvars\.json|outputs\.json|xcore\.tfplan|(\.terraform|xcore)\.lock\.hcl)`,
    String.raw`terraform/bundle-[0-9a-f]{64}`,
    String.raw`terraform/(terraform\.tfstate(\.\d+)?(\.backup|\.damaged)?|\.terraform\.tfstate\.lock\.info)`,
    `packer/(${PACKER})`,
    String.raw`packer/(provision\.sh|xcore\.auto\.pkrvars\.json|manifest\.json|origin\.json|build\.lock)`,
  ),
  folders: anyOf("logs", "run", "socket", String.raw`tls(\.part|\.old)?`, "terraform", "packer", "packages"),
  trees: anyOf(String.raw`terraform/\.terraform`),
};

/** In a folder where `init` was interrupted before it wrote a config. */
const OF_NO_CLUSTER: PathPatterns = {
  files: written(String.raw`run/probe(-[0-9a-f]{8})?`),
  folders: anyOf("logs", "run"),
  trees: NOTHING,
};

/** In $XCORE_HOME itself. */
const OF_THE_HOME: PathPatterns = {
  files: written(
    String.raw`init\.lock|env\.(lock|making)|uv\.lock|terraform-plugins\.lock`,
    PACKAGE_FILES.map(RegExp.escape).join("|"),
  ),
  folders: anyOf("clusters", "clusters/[a-z][a-z0-9-]{0,29}", "python", "python/crosscore"),
  trees: anyOf("python/(crosscore/)?__pycache__", "terraform-plugins", String.raw`uv(\.part)?`),
};

/** In an environment that xcore made with venv, uv or pip. */
const OF_AN_ENVIRONMENT: PathPatterns = {
  files: written(String.raw`env/(pyvenv\.cfg|pip\.log|made-by-xcore|lib64|\.gitignore|\.lock|CACHEDIR\.TAG)`),
  folders: anyOf("env"),
  trees: anyOf("env/(bin|lib|lib64|include|share|etc)"),
};

/**
 * Sorts the files of a home. Links are not followed; a link counts as xcore's only where one of its
 * tools makes it.
 *
 * @param root $XCORE_HOME
 * @param clusters the folders in it that have a config
 * @throws {Deno.errors.PermissionDenied} a folder cannot be read
 */
export async function filesOfHome(
  runtime: Runtime,
  root: string,
  clusters: ReadonlySet<string>,
): Promise<HomeFiles> {
  const { files } = runtime;
  const environment = await isOwnEnvironment(runtime, join(root, "env")) ? [OF_AN_ENVIRONMENT] : [];
  // A folder `logs` counts only if something else there is from xcore.
  const begun = await files.exists(join(root, "init.lock")) ? [OF_NO_CLUSTER] : [];
  const inRoot = [OF_THE_HOME, ...environment, ...(clusters.has(root) ? [OF_A_CLUSTER] : begun)];
  const own: OwnPath[] = [];
  const foreign: string[] = [];

  async function visit(folder: string, base: string, rules: readonly PathPatterns[]): Promise<void> {
    const names = await files.list(folder);
    for (const name of names.toSorted((a, b) => Number(isConfig(a)) - Number(isConfig(b)))) {
      const path = join(folder, name);
      const below = path.slice(base.length + 1);
      const matches = (which: keyof PathPatterns) => rules.some((one) => one[which].test(below));
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

/** The same for files, including their temporary names while they are written. */
function written(...parts: readonly string[]): RegExp {
  return anyOf(String.raw`(${parts.join("|")})(\.\d+\.[0-9a-f]{8}\.part)?`);
}

function namesBelow(folder: string): string {
  const paths = Object.keys(EMBEDDED).filter((path) => path.startsWith(`${folder}/`));
  return [...new Set(paths.map((path) => RegExp.escape(basename(path))))].join("|");
}
