/** Lines of text of a given width; styles (colours) take no room. Pure. @module */

// deno-lint-ignore no-control-regex -- the escapes are what it looks for
const STYLE = /\x1b\[[0-9;]*m/g;
// deno-lint-ignore no-control-regex
const STYLE_OR_CHARACTER = /\x1b\[[0-9;]*m|./gsu;

// deno-lint-ignore no-control-regex -- what would move the cursor is what it looks for
const CONTROL = /[\x00-\x1f\x7f-\x9f]+/g;

/** Columns that the text takes on a terminal. */
export function textWidth(text: string): number {
  return [...text.replaceAll(STYLE, "")].length;
}

/** The line in `columns` columns: one that is longer is cut, and ends in …; its styles are kept. */
export function cut(line: string, columns: number): string {
  if (textWidth(line) <= columns) return line;
  let out = "";
  let shown = 0;
  for (const [part] of line.matchAll(STYLE_OR_CHARACTER)) {
    if (part.startsWith("\x1b")) {
      out += part;
      continue;
    }
    if (shown < columns - 1) out += part;
    else if (shown === columns - 1) out += "…";
    shown++;
  }
  return out;
}

/**
 * The text in lines of at most `columns` columns, broken between words; a longer word has a line of its own.
 *
 * @param indent what each line but the first begins with
 */
export function wrap(text: string, columns: number, indent = ""): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(lines.length === 0 ? word : indent + word);
  }
  return lines;
}

/** The text with no line ends, tabs or escapes: what others have printed may hold them. */
export function oneLine(text: string): string {
  return text.replaceAll(STYLE, "").replaceAll(CONTROL, " ").trim();
}
