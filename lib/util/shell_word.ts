/** Text in a command that a person is told to type. @module */

/** The text as one word of a shell's, quoted only where that is needed; a leading `~` stays the home folder. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
