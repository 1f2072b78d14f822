/**
 * The program where no runtime for `deno compile` can be had: a small shell script that runs the
 * bundle with a Deno.
 * @module
 */

import { ASIDE, LAUNCHER, SET_ASIDE } from "../lib/launched.ts";
import { makeBundle, V8_FLAGS } from "./bundle.ts";

/**
 * What the script runs, by absolute paths or by paths from the folder that it is in itself,
 * whatever links lead to it.
 */
export interface LauncherParts {
  /**
   * The bundle's `main.js`, as {@linkcode makeLauncherBundle} makes it. In a path from the script's
   * folder, a `*` stands for any part of a name.
   */
  readonly bundle: string;
  /** The Deno to run it with. */
  readonly deno: string;
  /**
   * Differs between builds: `xcore start` knows by it that the program is another one. One line.
   */
  readonly build: string;
  /** What to type where the bundle or the Deno is gone: a whole sentence. One line. */
  readonly repair: string;
}

/**
 * What makes Deno run the bundle and look at nothing else: no configuration, lock file or package
 * of the folder it is in, nothing from the network, and no compiled code that somebody else may
 * have left in /tmp.
 */
const RUN_FLAGS = [
  "--quiet",
  "-A",
  "--no-check",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--no-code-cache",
  `--v8-flags=${V8_FLAGS.join(",")}`,
];

/** The script. It becomes the program: process id, signals and exit code are the program's own. */
export function launcherText({ bundle, deno, build, repair }: LauncherParts): string {
  return `#!/bin/sh
# xcore: runs its bundle with a Deno, where no single program could be compiled.
# build: ${build}
fail() {
  printf '%s\\n' "Cannot run xcore: there is no $1" ${quoted(repair)} >&2
  exit 4
}
self=$0
case $self in
*/*) ;;
*) if [ -f "./$self" ]; then self=./$self; else self=$(command -v -- "$self"); fi ;;
esac
# Deno panics on an argument that is not UTF-8.
case $* in
*[![:print:]]*)
  if command -v iconv >/dev/null && ! printf '%s' "$*" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1; then
    printf '%s\\n' "Cannot read the arguments: one of them is not UTF-8" "Type them in UTF-8." >&2
    exit 2
  fi
  ;;
esac
[ "\${self##*/}" != xcore-init ] || set -- init "$@"
# A name may end in a line break, which $( ) would take away: hence the full stops.
end='
.'
while [ -L "$self" ]; do
  to=$(readlink -- "$self" && echo .)
  to=\${to%"$end"}
  case $to in
  /*) self=$to ;;
  *) self=\${self%/*}/$to ;;
  esac
done
here=$(CDPATH='' cd -P -- "\${self%/*}/" && pwd -P && echo .)
here=\${here%"$end"}
for bundle in ${located(bundle)}; do [ ! -r "$bundle" ] || break; done
deno=${located(deno)}
[ -r "$bundle" ] || fail "$bundle"
[ -x "$deno" ] || fail "$deno"
for name in ${SET_ASIDE.join(" ")}; do
  eval "unset ${ASIDE}$name
  [ -z \\"\\\${$name+set}\\" ] || { ${ASIDE}$name=\\$$name; export ${ASIDE}$name; }"
done
unset ${SET_ASIDE.filter((name) => name !== "HOME").join(" ")}
# What Deno finds out about a part of the bundle it keeps, and starts as quickly as a compiled program. Where there is no
# place for it, it finds out each time.
DENO_DIR=\${XDG_CACHE_HOME:-\${HOME:-/dev/null}/.cache}/xcore/modules
HOME=\${bundle%/*}
DENO_NO_UPDATE_CHECK=1
export HOME DENO_DIR DENO_NO_UPDATE_CHECK
exec "$deno" run ${RUN_FLAGS.map(quoted).join(" ")} "$bundle" "${LAUNCHER}$here/\${self##*/}" "$@"
`;
}

/**
 * Writes the bundle that a launcher runs into a folder. Its parts are loaded by names that Deno
 * learns only then: else it would read and parse all of them at each start, which takes ten times
 * as long as the start itself.
 *
 * @throws {Error} when Deno fails
 */
export async function makeLauncherBundle(folder: string): Promise<void> {
  await makeBundle(folder);
  await unfollow(folder);
}

/** Changes a bundle, as `makeBundle` writes it, into one for a launcher. */
export async function unfollow(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    await Deno.writeTextFile(path, unfollowed(await Deno.readTextFile(path)));
  }
}

/** A file of the bundle, whose imports of other parts cannot be known from its text. */
export function unfollowed(text: string): string {
  return text.replaceAll(/\bimport\(("\.\/[^"]+")\)/g, "import((0,$1))");
}

function located(path: string): string {
  return path.startsWith("/") ? quoted(path) : `"$here"/${path.split("*").map(quoted).join("*")}`;
}

/** One word of a shell's command. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
