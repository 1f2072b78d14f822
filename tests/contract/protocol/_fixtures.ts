/** The golden messages in lib/protocol/fixtures, which pytest's tests read, too. */

import { type Messages, SCHEMAS } from "../../../lib/protocol/messages.ts";

const FOLDER = new URL("../../../lib/protocol/fixtures/", import.meta.url);

/** Messages of one kind. */
export interface Fixtures {
  readonly valid: readonly Readonly<Record<string, unknown>>[];
  readonly invalid: readonly { readonly value: unknown; readonly error: string }[];
}

/** All of them, by message. */
export function fixtures(): [keyof Messages, Fixtures][] {
  return [...Deno.readDirSync(FOLDER)].flatMap(({ name }) => {
    const file = name.replace(".json", "");
    const content = JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER)));
    if (file in SCHEMAS) return [[file as keyof Messages, content]];
    return Object.entries(content).map(([part, fixtures]): [keyof Messages, Fixtures] => [
      `${file}${part[0]!.toUpperCase()}${part.slice(1)}` as keyof Messages,
      fixtures as Fixtures,
    ]);
  });
}
