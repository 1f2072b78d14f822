/** A real shell for tests. @module */

/** What a script prints; it must end with 0. */
export async function bash(script: string, env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await tryBash(script, env);
  if (code !== 0) throw new Error(`bash ended with ${code}: ${stderr}`);
  return stdout;
}

/** What became of a script; it has no environment but `env` and PATH. */
async function tryBash(
  script: string,
  env: Record<string, string> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = new Deno.Command("bash", {
    args: ["-s"],
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
