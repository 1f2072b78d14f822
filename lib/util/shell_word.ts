/** Text in a command for a shell. @module */

/**
 * The text as one word for a shell, quoted only if necessary; a leading `~` stays the home folder.
 */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
