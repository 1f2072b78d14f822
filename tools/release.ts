/**
 * `deno task release`: all that a release consists of, into dist/release. For each system an
 * archive with the program, and wheels; besides install.sh, what is in the program (SBOM), and the
 * sums of all. `deno task release TARGET …` makes the named systems' alone, and fails where it
 * cannot; `deno task release sums` counts the sums of all that is in the folder by then.
 * @module
 */

import manifest from "../deno.json" with { type: "json" };
import { type Entry, tarGz } from "./archive.ts";
import { makeBundle, WRITTEN } from "./bundle.ts";
import { compileFor, type Target, TARGETS } from "./compile_for.ts";
import { dateOfSources, manPage } from "./man_page.ts";
import { sbomText } from "./parts/sbom.ts";
import { endWith } from "./failure.ts";
import { ROOT } from "./run_deno.ts";
import { SUMS, writeSums } from "./sums.ts";
import { makeWheels } from "./wheel.ts";

/** Where it all goes. */
export const RELEASE: string = `${ROOT}dist/release`;

/** A file of the release, or one that is not in it. */
export interface Made {
  /** `xcore-0.1.0-x86_64-unknown-linux-gnu.tar.gz` */
  readonly name: string;
  /** Why it cannot be made here; null: it is made. */
  readonly leftOut: string | null;
}

/**
 * Makes a release. From the same sources, by the same Deno, it is the same, byte for byte.
 *
 * @param folder emptied first
 * @param targets the systems that archives and wheels are made for
 * @param tell told what is being done, one line at a time
 */
export async function makeRelease(
  folder: string,
  targets: readonly Target[],
  tell: (line: string) => void = () => {},
): Promise<Made[]> {
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(folder, { recursive: true });
  const made = await makeArchives(folder, targets, tell);
  tell("Making the wheels …");
  const wheels = await makeWheels(folder, { targets });
  tell("Writing the SBOM …");
  const texts = { "install.sh": await installer(), [`xcore-${manifest.version}.cdx.json`]: await sbomText() };
  for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(`${folder}/${name}`, text);
  await writeSums(folder);
  const others = [...wheels.map(({ name }) => name), ...Object.keys(texts), SUMS];
  return [...made, ...others.map((name) => ({ name, leftOut: null }))];
}

async function makeArchives(
  folder: string,
  targets: readonly Target[],
  tell: (line: string) => void,
): Promise<Made[]> {
  const work = await Deno.makeTempDir({ prefix: "xcore-release-" });
  try {
    await makeBundle(`${work}/bundle`);
    const shared = await sharedEntries();
    const made: Made[] = [];
    for (const target of targets) {
      const stem = `xcore-${manifest.version}-${target}`;
      tell(`Making ${stem}.tar.gz …`);
      const leftOut = await compileFor(target, `${work}/bundle`, `${work}/xcore`);
      if (leftOut === null) {
        const bytes = await Deno.readFile(`${work}/xcore`);
        const archive = await tarGz(stem, { ...shared, "bin/xcore": { kind: "program", bytes } }, WRITTEN);
        await Deno.writeFile(`${folder}/${stem}.tar.gz`, archive);
      }
      made.push({ name: `${stem}.tar.gz`, leftOut });
    }
    return made;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * What is in every system's archive, laid out as below ~/.local or /usr/local: it can be unpacked
 * there as it is.
 */
async function sharedEntries(): Promise<Record<string, Entry>> {
  const file = (text: string | Uint8Array): Entry => ({
    kind: "file",
    bytes: typeof text === "string" ? new TextEncoder().encode(text) : text,
  });
  const completions = "share/bash-completion/completions";
  return {
    "bin/xcore-init": { kind: "link", to: "xcore" },
    [`${completions}/xcore`]: file(await completionsFor("bash")),
    "share/zsh/site-functions/_xcore": file(await completionsFor("zsh")),
    "share/fish/vendor_completions.d/xcore.fish": file(await completionsFor("fish")),
    "share/man/man1/xcore.1": file(manPage(await dateOfSources())),
    "share/doc/xcore/LICENSE": file(await Deno.readFile(`${ROOT}LICENSE`)),
    "share/doc/xcore/NOTICE": file(await Deno.readFile(`${ROOT}NOTICE`)),
    "share/xcore/install.sh": file(await installer()),
  };
}

async function completionsFor(shell: string): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}main.ts`, "completions", shell],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return stdout;
}

/**
 * install.sh, which knows where this release will be: XCORE_RELEASES_URL, or the repository that a
 * workflow of GitHub's runs in.
 */
async function installer(): Promise<string> {
  const { XCORE_RELEASES_URL, GITHUB_SERVER_URL, GITHUB_REPOSITORY } = Deno.env.toObject();
  const github = GITHUB_REPOSITORY ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/releases` : "";
  const url = XCORE_RELEASES_URL || github;
  if (!/^(https:\/\/[\w./~-]+)?$/.test(url)) throw new Error(`${url} is no address of a release's page`);
  const text = await Deno.readTextFile(`${ROOT}packaging/install.sh`);
  return text.replace(/^RELEASES_URL=''$/m, `RELEASES_URL='${url.replace(/\/$/, "")}'`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  if (words.length === 1 && words[0] === "sums") {
    await writeSums(RELEASE);
    return 0;
  }
  const strange = words.find((word) => !TARGETS.some((target) => target === word));
  if (strange !== undefined) {
    console.error(`Cannot make a release for ${strange}: there are ${TARGETS.join(", ")}.`);
    return 2;
  }
  const wanted = words.length > 0 ? words as Target[] : TARGETS;
  const made = await makeRelease(RELEASE, wanted, (line) => console.error(line));
  for (const { name, leftOut } of made) {
    console.log(leftOut === null ? `dist/release/${name}` : `Left out ${name}: ${leftOut}.`);
  }
  return words.length > 0 && made.some(({ leftOut }) => leftOut !== null) ? 1 : 0;
}

if (import.meta.main) {
  Deno.exit(await main(Deno.args).catch((error) => endWith("make a release", error)));
}
