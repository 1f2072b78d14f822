/** The text of `xcore explain`. Pure. @module */

import type { Explanation } from "../status/explanation.ts";
import { hanging, plainLine } from "../util/text_width.ts";
import type { Colours } from "./printer.ts";

/** @param columns of the terminal */
export function explanationText(
  { task, size, waiting, another }: Explanation,
  colour: Colours,
  columns = Infinity,
): string {
  const part = (title: string, sentences: readonly string[]) =>
    sentences.length === 0 ? [] : [
      [colour.bold(title), ...sentences.flatMap((text) => hanging("  ", plainLine(text), columns))].join(
        "\n",
      ),
    ];
  return [
    ...part("The task:", task),
    ...part("Why the pool is as large as it is:", size),
    ...part("Why tasks wait:", waiting),
    ...part("What another worker would change:", another),
  ].join("\n\n");
}
