/** Puts deliberate bugs into the sources. `deno test` alone has the parser. @module */

import { type Edit, type Mutation, ROOMS, type Syntax } from "./_mutations.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A file with a bug in it. */
export interface Mutant {
  /** From the repository's root. */
  readonly file: string;
  readonly text: string;
}

/** A piece of a file, and what replaces it. */
interface Splice {
  readonly file: string;
  readonly range: readonly [number, number];
  readonly text: string;
}

/**
 * The files of each mutation as they are with its bug.
 *
 * @throws {Error} an edit has no place in the sources, or several
 */
export function mutantsOf(mutations: readonly Mutation[]): Mutant[][] {
  const texts = new Map([...files()].map((file) => [file, Deno.readTextFileSync(ROOT + file)]));
  const edits = mutations.flatMap(({ edits }) => edits);
  const splices = edits.map((): Splice[] => []);
  for (const [file, text] of texts) {
    placesIn(file, text, edits).forEach((found, i) => splices[i]!.push(...found));
  }
  return mutations.map(({ name, edits: own }) => {
    const all = own.map((edit) => {
      const found = splices[edits.indexOf(edit)]!;
      if (found.length === 1) return found[0]!;
      const where = found.map(({ file, range }) => `${file}:${range[0]}`).join(", ") || "nowhere";
      throw new Error(`${name}: not one place but ${where} has \`${edit.at}\` within ${edit.within}()`);
    });
    return [...Map.groupBy(all, ({ file }) => file)].map(([file, changes]) => ({
      file,
      text: changes.toSorted((a, b) => b.range[0] - a.range[0]).reduce(
        (text, { range: [from, to], text: instead }) => text.slice(0, from) + instead + text.slice(to),
        texts.get(file)!,
      ),
    }));
  });
}

function placesIn(file: string, text: string, edits: readonly Edit[]): Splice[][] {
  const found = edits.map((): Splice[] => []);
  const textOf = ({ range: [from, to] }: Syntax) => text.slice(from, to);
  const rules = edits.map(({ within, at, say }, i): [string, Deno.lint.Rule] => {
    const visit = (node: Deno.lint.Node) => {
      const syntax = node as Syntax;
      found[i]!.push({ file, range: syntax.range, text: say(syntax, textOf) });
    };
    const [room, name] = within.split("/");
    if (!file.startsWith(`lib/${room}/`)) return [`edit-${i}`, { create: () => ({}) }];
    const selector = `:is(FunctionDeclaration, VariableDeclarator)[id.name="${name}"] ${at}`;
    return [`edit-${i}`, { create: () => ({ [selector]: visit }) as Deno.lint.LintVisitor }];
  });
  Deno.lint.runPlugin({ name: "mutants", rules: Object.fromEntries(rules) }, file, text);
  return found;
}

function* files(): Generator<string> {
  for (const room of ROOMS) {
    for (const { name } of Deno.readDirSync(`${ROOT}lib/${room}`)) {
      if (name.endsWith(".ts")) yield `lib/${room}/${name}`;
    }
  }
}
