/**
 * What a test needs of the machine beside Deno and Python. Where that is missing the test is skipped, with a reason that says
 * what to install or do. By hand, `deno run -A tests/support/needs.ts` prints the Debian packages that are missing here.
 * @module
 */

/** What is missing for a test, and what to do about it; null when nothing is. */
export type Lack = string | null;

/** The Debian package of each program, or file, that a test may need; null: Debian has none. */
const PACKAGES: Readonly<Record<string, string | null>> = {
  bash: "bash",
  busybox: "busybox",
  cc: "gcc",
  chromium: "chromium",
  curl: "curl",
  dash: "dash",
  "dbus-daemon": "dbus",
  fish: "fish",
  git: "git",
  gmx: null, // Debian's gromacs, and CI does without
  go: "golang-go",
  ip: "iproute2",
  loginctl: "systemd",
  man: "man-db",
  mandoc: "mandoc",
  mksh: "mksh",
  nft: "nftables",
  nsenter: "util-linux",
  openssl: "openssl",
  packer: "packer",
  perl: "perl",
  prlimit: "util-linux",
  ps: "procps",
  setpriv: "util-linux",
  sh: "dash",
  sha256sum: "coreutils",
  shasum: "perl",
  shellcheck: "shellcheck",
  "ssh-keygen": "openssh-client",
  sshd: "openssh-server",
  sudo: "sudo",
  systemctl: "systemd",
  "systemd-run": "systemd",
  terraform: null,
  tmux: "tmux",
  unshare: "util-linux",
  wget: "wget",
  zsh: "zsh",
  "/usr/bin/python3": "python3",
  "/usr/lib/systemd/user/dbus.socket": "dbus-user-session",
  "/usr/share/bash-completion/bash_completion": "bash-completion",
  "/usr/share/pam-configs/systemd": "libpam-systemd",
};

/** Where to get what Debian does not have. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  gmx: "apt install gromacs",
  terraform: "see https://developer.hashicorp.com/terraform/install",
};

const SKIPPED = /^(.*) \(skipped: (.*)\)$/s;

/**
 * A test for `Deno.test()` that is skipped where something is missing. `deno test` has no place for a reason: the name carries
 * it.
 *
 * @param lack of what it needs
 */
export function needing(lack: Lack, name: string, fn: () => Promise<void>): Deno.TestDefinition {
  return lack === null ? { name, fn } : { name: `${name} (skipped: ${lack})`, ignore: true, fn };
}

/** A skipped test's own name and its reason, which is empty when the name carries none. */
export function reasonIn(name: string): { readonly name: string; readonly reason: string } {
  const [, own = name, reason = ""] = SKIPPED.exec(name) ?? [];
  return { name: own, reason };
}

/** One lack of several. */
export function allOf(lacks: readonly Lack[]): Lack {
  const all = [...new Set(lacks.filter((lack) => lack !== null))];
  return all.length === 0 ? null : all.join("; ");
}

/**
 * Lacks those of the programs, or files by their full path, that are not on this machine.
 *
 * @throws {Error} one that has no line in PACKAGES
 */
export function programs(...names: readonly string[]): Lack {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return null;
  const packages = missing.map(packageOf).filter((name) => name !== null);
  const remedies = [
    ...(packages.length > 0 ? [`apt install ${[...new Set(packages)].join(" ")}`] : []),
    ...missing.filter((name) => packageOf(name) === null).map((name) => ELSEWHERE[name]!),
  ];
  return `${listed(missing)} ${missing.length > 1 ? "are" : "is"} not installed: ${remedies.join(", ")}`;
}

/** Lacks Linux. */
export function linux(): Lack {
  return Deno.build.os === "linux" ? null : "this is not Linux: run the tests on Linux";
}

/** Lacks root. */
export function root(): Lack {
  return Deno.uid() === 0 ? null : "this user is not root: run the tests as root";
}

/** Lacks what it takes to mount, and to make networks, that are a test's own. Linux and root only. */
export function namespaces(): Lack {
  return linux() ?? root() ?? programs("unshare") ??
    (succeeds("unshare", "--net", "--pid", "--mount", "--fork", "mount", "-t", "tmpfs", "none", "/mnt")
      ? null
      : "this container may not make namespaces: run it with --privileged");
}

/** Whether there is such a program, in root's folders too, or a file of this full path. */
export function isInstalled(name: string): boolean {
  if (name.startsWith("/")) return isFile(name);
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => isFile(`${folder}/${name}`));
}

/** Whether a command ends well. */
export function succeeds(program: string, ...args: readonly string[]): boolean {
  try {
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    return new Deno.Command(program, { args: [...args], ...quiet }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function packageOf(name: string): string | null {
  const found = PACKAGES[name];
  if (found === undefined) throw new Error(`tests/support/needs.ts does not say how to get ${name}`);
  return found;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

if (import.meta.main) {
  const missing = Object.entries(PACKAGES).filter(([name, from]) => from !== null && !isInstalled(name));
  console.log([...new Set(missing.map(([, from]) => from))].join(" "));
}
