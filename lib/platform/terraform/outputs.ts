/** What Terraform has made, as its outputs and its state file say, without Terraform. @module */

import { join } from "node:path";
import type { Home } from "../../config/home.ts";
import { XcoreError } from "../../errors.ts";
import { ObjectReader, ShapeError } from "../../util/object_reader.ts";
import type { Files, Runtime } from "../../runtime.ts";

/**
 * Where it is written down: what `terraform output -json` prints, word for word, after each apply.
 */
export function outputsFile(home: Home): string {
  return join(home.terraform, "outputs.json");
}

/**
 * The outputs as they were last applied; null when nothing has been, or all of it destroyed.
 *
 * @param read throws ShapeError for what it does not find
 * @throws {XcoreError} the file is damaged
 */
export async function readOutputs<T>(
  runtime: Runtime,
  home: Home,
  read: (outputs: Outputs) => T,
): Promise<T | null> {
  const file = outputsFile(home);
  const text = await runtime.files.readTextIfExists(file);
  if (text === null) return null;
  try {
    const outputs = new ObjectReader(JSON.parse(text), "the outputs");
    return outputs.keys().length === 0 ? null : read(new Outputs(outputs));
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof SyntaxError)) throw error;
    throw new XcoreError(
      `Cannot read ${JSON.stringify(file)}: ${error.message.split("\n")[0]}`,
      "Run `xcore start`: it has Terraform write the file again.",
      error,
    );
  }
}

/** Outputs by their names. */
export class Outputs {
  readonly #outputs: ObjectReader;

  constructor(outputs: ObjectReader) {
    this.#outputs = outputs;
  }

  text(name: string): string {
    return this.#outputs.object(name).text("value");
  }

  /** Terraform leaves an output out when it is null. */
  textOrNull(name: string): string | null {
    return this.#outputs.raw(name) === undefined ? null : this.text(name);
  }

  /** A map whose values are texts. */
  texts(name: string): Record<string, string> {
    const map = this.#outputs.object(name).object("value");
    return Object.fromEntries(map.keys().map((key) => [key, map.text(key)]));
  }
}

/** Where Terraform keeps it, unless a person's override says otherwise. */
const STATE_FILE = "terraform.tfstate";

/**
 * Whether Terraform knows of anything: `none` where it was never run, `some` too when that cannot
 * be told, since then it has to be asked.
 */
export async function stateFile(files: Files, folder: string): Promise<"none" | "empty" | "some"> {
  const text = await files.readTextIfExists(join(folder, STATE_FILE));
  if (text === null) {
    // A state that is kept elsewhere leaves this behind.
    return await files.exists(join(folder, ".terraform", STATE_FILE)) ? "some" : "none";
  }
  try {
    const { resources } = JSON.parse(text);
    return Array.isArray(resources) && resources.every(({ mode }) => mode !== "managed") ? "empty" : "some";
  } catch {
    return "some";
  }
}
