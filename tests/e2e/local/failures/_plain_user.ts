/** What it takes to be subject to a file's mode. @module */

/** Capabilities by which root passes over them. */
const PRIVILEGES = "-dac_override,-dac_read_search,-fowner";

/**
 * What to write before a command so that it, and all that it starts, may only do what the modes of files allow; null when
 * that cannot be had here. For all but root nothing is needed.
 */
export async function plainUser(): Promise<string[] | null> {
  if (Deno.uid() !== 0) return [];
  const prefix = ["setpriv", `--bounding-set=${PRIVILEGES}`];
  const [program = "", ...args] = prefix;
  try {
    return (await new Deno.Command(program, { args: [...args, "true"] }).output()).success ? prefix : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
