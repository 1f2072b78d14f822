/** A page of the documentation, typed by a test as its reader would. @module */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { ROOT } from "../../runner/programs.ts";
import type { TestCluster } from "./harness.ts";

/** What stands on a page between two fences. */
export interface Block {
  /** What the first fence names; empty: nothing. */
  readonly language: string;
  readonly text: string;
}

/** A block, and why no test types it; null when one does. */
export interface MarkedBlock extends Block {
  readonly notTyped: string | null;
}

/** The fenced blocks of a page's text, in its order; `<!-- not typed: REASON -->` in the line above marks one that no test can type. */
export function blocksIn(text: string): MarkedBlock[] {
  return [...text.matchAll(/^(?:<!-- not typed: ([^\n]+) -->\n)?```(\w*)\n(.*?)^```$/gms)].map(
    ([, notTyped = null, language, text]) => ({ notTyped, language: language!, text: text! }),
  );
}

/**
 * The blocks of a page that a test types or reads, in its order: not what commands print, whose language is `text`.
 *
 * @param path in the repository
 * @param part words with which the part begins, and with which the part after it does, if there is one; without them it is the whole page
 */
export async function blocksOf(
  path: string,
  part: readonly [from?: string, to?: string] = [],
): Promise<Block[]> {
  const page = await Deno.readTextFile(ROOT + path);
  const [from, to] = part.map((words) => page.indexOf(words!));
  return blocksIn(page.slice(from, to)).filter(({ language, notTyped }) =>
    notTyped === null && language !== "text"
  );
}

/** Where a page is typed. */
export interface Desk {
  /** The current folder; the cluster's own when not given. */
  readonly folder?: string;
  /** Whether xcore is on PATH already, and not by what the page says (true). */
  readonly installed?: boolean;
}

/** Who reads a page and types its blocks one after the other; what a shell exports is there for the next. */
export class Reader {
  readonly #cluster: TestCluster;
  readonly #ahead: Block[];
  readonly #before: string;

  constructor(cluster: TestCluster, blocks: readonly Block[], desk: Desk = {}) {
    const { folder = cluster.folder, installed = true } = desk;
    this.#cluster = cluster;
    this.#ahead = [...blocks];
    this.#before = `if [ -e ${EXPORTED} ]; then . ${EXPORTED}; fi\ncd ${JSON.stringify(folder)}\n` +
      (installed ? `export PATH=${JSON.stringify(dirname(cluster.binary))}:$PATH\n` : "");
  }

  /**
   * Types the next block, which has to go well; returns what it printed.
   *
   * @param words that the block has to have: it is the one that is meant
   * @param own what this reader has, by what the page has as an example
   */
  async types(words: string, own: Readonly<Record<string, string>> = {}): Promise<string> {
    const language = this.#ahead[0]?.language;
    const text = this.reads(words);
    const typed = Object.entries(own).reduce(
      (typed, [example, mine]) => typed.replaceAll(example, mine),
      text,
    );
    const command = language === "sh"
      ? typed
      : `cat >script.py <<'END_OF_SCRIPT'\n${typed}END_OF_SCRIPT\nxcore run script.py`;
    return await this.#cluster.bashOk(`${this.#before}${command}\nexport -p > ${EXPORTED}`);
  }

  /** Reads the next block, which is not typed; returns its text. The words are as in {@linkcode types}. */
  reads(words: string): string {
    const { text } = this.#ahead.shift() ?? { text: "the page's end" };
    assert.ok(text.includes(words), `the page has this in place of ${words}:\n${text}`);
    return text;
  }

  /** Fails when there is more on the page. */
  hasReadAll(): void {
    assert.deepEqual(this.#ahead, []);
  }
}

/** Keeps what one block has exported for the next. */
const EXPORTED = `"$HOME/.exported"`;
