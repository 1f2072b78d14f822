/** Starting and ending the programs behind the emulated clouds. */

import { isEnclosed } from "./enclosed.ts";

/** A cloud that runs. */
export interface CloudServer {
  /** Where its API listens, on the loopback. */
  readonly port: number;
  /** Ends it, and everything in it. */
  stop(): Promise<void>;
}

const FOLDER = new URL("./", import.meta.url).pathname;

/**
 * Starts a cloud.
 *
 * @param module the Python module that is it
 * @throws {Error} it does not begin, or this process could reach other networks
 */
export async function startServer(module: string, flags: readonly string[]): Promise<CloudServer> {
  if (!isEnclosed()) {
    throw new Error(
      "the emulated cloud runs in a network of its own only: deno run -A tests/emulators/enclosed.ts deno test …",
    );
  }
  const server = new Deno.Command(Deno.env.get("XCORE_TEST_PYTHON") ?? "python3", {
    args: ["-m", module, ...flags],
    cwd: FOLDER,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stop = async () => {
    // The end of its input is the end of the cloud; if it has ended before, nothing hears of it.
    await server.stdin.close().catch(() => {});
    await server.status;
  };
  try {
    return { port: (await firstLine(server.stdout)).port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function firstLine(stdout: ReadableStream<Uint8Array>): Promise<{ port: number }> {
  let text = "";
  for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) return JSON.parse(text);
  }
  throw new Error("the emulated cloud ended before it began: its error is above");
}
