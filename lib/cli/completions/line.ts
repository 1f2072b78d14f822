/** A line as bash hands it over, in words. Pure. @module */

/**
 * The words of a command line as bash would read it, quotes and backslashes taken away; what is still typed inside an
 * open quote is a word, and so is nothing after a space. Variables stay as they are: to know them takes a shell.
 */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (quote === null && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    word ??= "";
    if (character === quote) quote = null;
    else if (quote === null && (character === "'" || character === '"')) quote = character;
    else if (character === "\\" && quote !== "'" && escapes(quote, line[i + 1])) word += line[++i] ?? "";
    else word += character;
  }
  return [...words, word ?? ""];
}

function escapes(quote: string | null, next: string | undefined): boolean {
  return quote === null || (next !== undefined && '"\\$`'.includes(next));
}
