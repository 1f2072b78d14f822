/** The files that `deno publish` would send to JSR. @module */

const ROOT = new URL("../../../", import.meta.url).pathname;

/**
 * Their paths in the repository. Fails, with what Deno says, where it would not publish.
 *
 * @param flags `--no-check`: without a check of their types, which takes most of the time
 */
export async function publishedFiles(...flags: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", ...flags],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  if (code !== 0) throw new Error(said);
  return [...said.matchAll(/^ +(file:\S+) \([\d.]+[KM]?B\)$/gm)]
    .map(([, url]) => decodeURIComponent(new URL(url!).pathname).slice(ROOT.length));
}
