/** The one uv that xcore knows: machines install packages with it, and here it finds out which. @module */

import { dirname, join } from "node:path";
import { PrerequisiteError } from "../errors.ts";
import type { Environment, Runtime } from "../runtime.ts";
import { onPath } from "../util/on_path.ts";

/**
 * A wheel on PyPI: its address holds the BLAKE2b digest of its content, so that it never means
 * another file.
 */
interface Wheel {
  readonly url: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

const FILES = "https://files.pythonhosted.org/packages";

/** Its version. */
export const UV_VERSION = "0.13.9";

/** Its wheels, by machine as `uname -m` names it. */
export const UV: Readonly<Record<"x86_64" | "aarch64", Wheel>> = {
  x86_64: {
    url: `${FILES}/3d/aa/26d64642d808de4a652579ef950d7cd2d37f080a8babf9c67c6b75fc4c3f/` +
      "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256: "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
  },
  aarch64: {
    url: `${FILES}/57/15/94b6cd62ac3ff6550288328e8035288875197cbc183f51554b266a69877b/` +
      "uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
    sha256: "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
  },
};

/** SHA-256 of the further wheels that a person's machine may take. */
const FURTHER = [
  "ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375", // manylinux_2_28_aarch64
  "2c45530751517d6c3bbc69a19473f6effe47cce047bede01ffd8af7ea7b36b25", // musllinux_1_1_x86_64
  "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5", // macosx_10_12_x86_64
  "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63", // macosx_11_0_arm64
];

/** A package index that does not answer, or not with what is asked for. */
export class UnreachableIndexError extends PrerequisiteError {}

/**
 * The program's path: in its own folder, where pip puts it once, or where a person's XCORE_UV says.
 *
 * @param folder as `Home.uv`; beside it appear `<folder>.lock` and, while it is fetched, `<folder>.part`
 * @param python its pip fetches uv; where it has none, a uv on PATH does
 * @throws {UnreachableIndexError} it cannot be had
 */
export async function pinnedUv(runtime: Runtime, folder: string, python: string): Promise<string> {
  const given = runtime.env("XCORE_UV");
  if (given !== undefined) return given;
  const { files } = runtime;
  const root = dirname(folder);
  const program = join(folder, "bin", "uv");
  const isThere = () => files.exists(join(folder, `uv-${UV_VERSION}.dist-info`));
  if (await isThere()) return program;
  await files.mkdir(root);
  const lock = await files.lock(`${folder}.lock`);
  const part = `${folder}.part`;
  try {
    if (await isThere()) return program;
    await files.removeTree(part, root);
    await files.mkdir(part);
    await fetchInto(runtime, part, python);
    await files.removeTree(folder, root);
    await files.rename(part, folder);
    return program;
  } finally {
    await files.removeTree(part, root);
    lock.release();
  }
}

async function fetchInto(runtime: Runtime, folder: string, python: string): Promise<void> {
  const wanted = join(folder, "requirements.txt"); // the only place where pip takes hashes
  const hashes = [...Object.values(UV).map(({ sha256 }) => sha256), ...FURTHER];
  await runtime.files.writeText(
    wanted,
    `uv==${UV_VERSION} ${hashes.map((hash) => `--hash=sha256:${hash}`).join(" ")}\n`,
  );
  const install = ["install", "--quiet", "--no-deps", "--require-hashes", "--target", folder, "-r", wanted];
  const pip = ["-m", "pip", "--disable-pip-version-check", "--retries", "1", ...install];
  const env = { PYTHONPATH: "", PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" };
  let result = await runtime.run([python, ...pip, "--only-binary", ":all:"], { cwd: folder, env });
  const uv = /No module named .?pip/.test(result.stderr) ? await onPath(runtime, "uv") : null;
  if (uv !== null) {
    result = await runtime.run([uv, "pip", ...install, "--python", python], { cwd: folder, env });
  }
  if (result.code !== 0) throw unreachable(`uv ${UV_VERSION} cannot be had from it`, result.stderr);
}

/** @param output of the program that has asked */
export function unreachable(found: string, output: string): UnreachableIndexError {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const said = lines.findLast((line) => /^(error|cause):/i.test(line)) ?? lines.at(-1) ?? "no output";
  return new UnreachableIndexError(
    `Cannot ask the package index which packages machines are to install: ${found} (${said.slice(0, 200)})`,
    "Check the network, HTTPS_PROXY and pip's index; or do without hashes: " +
      "`xcore config set allow_unhashed_packages true`.",
  );
}

/**
 * What uv has to be told of the machine's certificates and of pip's index; it does not read pip's
 * settings.
 */
export async function uvEnvironment(runtime: Runtime, python: string): Promise<Environment> {
  const trust = { UV_SYSTEM_CERTS: "1", UV_NATIVE_TLS: "1" };
  if (runtime.env("UV_DEFAULT_INDEX") || runtime.env("UV_INDEX_URL")) return trust;
  const own = runtime.env("PIP_INDEX_URL");
  if (own !== undefined) return { ...trust, UV_DEFAULT_INDEX: own };
  const { code, stdout } = await runtime.run([python, "-m", "pip", "config", "get", "global.index-url"]);
  const index = code === 0 ? stdout.trim() : "";
  return index === "" ? trust : { ...trust, UV_DEFAULT_INDEX: index };
}
