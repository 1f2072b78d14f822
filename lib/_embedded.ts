// Made by `deno task embed`; edit the files it names, not this one.
/** Path in the repository → the file's text. */
export const EMBEDDED: Readonly<Record<string, string>> = {
};
