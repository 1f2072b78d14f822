/**
 * Deno's calls on files below a folder, of which one fails as a system has it fail, or at which the
 * process dies. They are what lib/system_runtime.ts calls: the real adapter is what is tested.
 * @module
 */

/** What the system says, by the name of the failure. */
const FAILURES = {
  ENOSPC: "No space left on device (os error 28)",
  EIO: "Input/output error (os error 5)",
  EMFILE: "Too many open files (os error 24)",
  EACCES: "Permission denied (os error 13)",
} as const;

/** A failure of the system. */
export type Code = keyof typeof FAILURES;

/** Every failure. */
export const CODES = Object.keys(FAILURES) as readonly Code[];

/** What a call does with its file. */
type Does = "opens" | "writes" | "reads" | "changes names";

/** The failures that the system has for it. */
const POSSIBLE: Readonly<Record<Does, readonly Code[]>> = {
  opens: ["ENOSPC", "EIO", "EMFILE", "EACCES"],
  writes: ["ENOSPC", "EIO"],
  reads: ["EIO"],
  "changes names": ["ENOSPC", "EIO", "EACCES"],
};

/** A call that may fail. */
export interface Call {
  /** `open`, `write`, … */
  readonly name: string;
  readonly path: string;
  readonly does: Does;
}

/** Whether the call can fail like this. */
export function canFail({ does }: Call, code: Code): boolean {
  return POSSIBLE[does].includes(code);
}

/** Which call fails, counted from 0, and how; `death`: it never returns, and none does after it. */
export interface Fault {
  readonly at: number;
  readonly how: Code | "death";
}

/** A folder whose files are watched, and may break, until it is disposed of. */
export interface BrokenFiles extends Disposable {
  /** All calls up to now. */
  readonly calls: readonly Call[];
  /** Resolves when the process would have died. */
  readonly died: Promise<void>;
}

const NAMED: Readonly<Record<string, Does>> = {
  readTextFile: "opens",
  readDir: "opens",
  lstat: "changes names",
  stat: "changes names",
  realPath: "changes names",
  mkdir: "changes names",
  rename: "changes names",
  remove: "changes names",
  chmod: "changes names",
  symlink: "changes names",
  link: "changes names",
};

const ON_OPEN: Readonly<Record<string, Does>> = {
  write: "writes",
  sync: "writes",
  truncate: "writes",
  read: "reads",
};

// deno-lint-ignore no-explicit-any -- functions of any shape take each other's places
type AnyFunction = (...args: any[]) => any;

/** Breaks a call on files below `folder`; without a fault it only counts them. */
export function breakFiles(folder: string, fault: Fault | null): BrokenFiles {
  const deno = Deno as unknown as Record<string, AnyFunction>;
  const real = new Map<string, AnyFunction>();
  const calls: Call[] = [];
  const open = new Set<Deno.FsFile>();
  const death = Promise.withResolvers<void>();
  let dead = false;

  /** Null: the call goes on. Else what it does instead, after a part of its work. */
  const next = (call: Call): ((part: () => Promise<unknown>) => Promise<never>) | null => {
    const forever = () => new Promise<never>(() => {});
    if (dead) return forever;
    calls.push(call);
    if (fault === null || calls.length - 1 !== fault.at) return null;
    if (fault.how !== "death") {
      const { how } = fault;
      return async (part) => {
        if (how === "ENOSPC" || how === "EIO") await part();
        throw failureOf(how, call);
      };
    }
    dead = true;
    return async (part) => {
      await part();
      for (const file of open) file.close(); // with a process its locks end
      open.clear();
      death.resolve();
      return forever();
    };
  };
  const nothing = () => Promise.resolve();

  const replace = (name: string, by: (original: AnyFunction) => AnyFunction) => {
    real.set(name, deno[name]!);
    deno[name] = by(deno[name]!.bind(Deno));
  };
  for (const [name, does] of Object.entries(NAMED)) {
    replace(name, (original) => (...args) => {
      const path = String(args[name === "symlink" || name === "link" ? 1 : 0]);
      const instead = path.startsWith(folder) ? next({ name, path, does }) : null;
      if (instead === null) return original(...args);
      return name === "readDir" ? failing(instead(nothing)) : instead(nothing);
    });
  }
  replace("writeTextFile", (original) => async (path: string, text: string, options) => {
    const instead = path.startsWith(folder) ? next({ name: "writeTextFile", path, does: "opens" }) : null;
    if (instead === null) return await original(path, text, options);
    return await instead(() => original(path, text.slice(0, text.length / 2), options));
  });
  replace("open", (original) => async (path: string, options) => {
    if (!path.startsWith(folder)) return await original(path, options);
    const instead = next({ name: "open", path, does: "opens" });
    if (instead !== null) return await instead(nothing);
    const file: Deno.FsFile & Record<string, AnyFunction> = await original(path, options);
    open.add(file);
    const close = file.close.bind(file);
    file.close = () => {
      open.delete(file);
      try {
        close();
      } catch { /* it died with the process, or `using` was first */ }
    };
    for (const [name, does] of Object.entries(ON_OPEN)) {
      const unbroken = file[name]!.bind(file);
      (file as Record<string, AnyFunction>)[name] = (...args) => {
        const instead = next({ name, path, does });
        // No power fails here, and a busy disk takes long to sync.
        if (instead === null) return name === "sync" ? Promise.resolve() : unbroken(...args);
        return instead(() =>
          name === "write" ? unbroken(args[0].subarray(0, args[0].length / 2)) : nothing()
        );
      };
    }
    return file;
  });

  return {
    calls,
    died: death.promise,
    [Symbol.dispose]() {
      for (const [name, original] of real) deno[name] = original;
      for (const file of open) file.close();
    },
  };
}

/** An iteration that fails at its first step. */
async function* failing(instead: Promise<never>): AsyncGenerator<never> {
  yield await instead;
}

/** As Deno has it: with the path where the call was given one. */
function failureOf(code: Code, { name, path }: Call): Error {
  const message = FAILURES[code] + (name in ON_OPEN ? "" : `: ${name.toLowerCase()} '${path}'`);
  const error = code === "EACCES" ? new Deno.errors.PermissionDenied(message) : new Error(message);
  return Object.assign(error, { code });
}
