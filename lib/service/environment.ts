/** Which environment variables a service manager hands on, and the files they are in. Pure. @module */

/** The environment by name. */
export type Environment = Readonly<Record<string, string>>;

/** The way to the network, and whom to trust there. */
const NETWORK =
  /^(SSL_CERT_\w+|DENO_TLS_CA_STORE|DENO_CERT|NODE_EXTRA_CA_CERTS)$|^(http|https|ftp|all|no)_proxy$/i;

/** What belongs to one shell or to one process under systemd, and what local processes are told by xcore itself. */
const OF_ONE_PROCESS =
  /^(_|SHLVL|PWD|OLDPWD|INVOCATION_ID|JOURNAL_STREAM|NOTIFY_SOCKET|WATCHDOG_\w+|LISTEN_\w+|MAINPID|MANAGERPID|SYSTEMD_EXEC_PID|XCORE_(PROCESS|PRELOAD|UNIT))$/;

/**
 * The variables that a daemon needs to act for its user in a cloud.
 *
 * @param credentials match the names of the clouds' own variables
 */
export function credentialsOf(environment: Environment, credentials: readonly RegExp[]): Environment {
  return pick(environment, (name) => [NETWORK, ...credentials].some((pattern) => pattern.test(name)));
}

/** The variables that a person's jobs see, wherever they are started from. */
export function jobEnvironmentOf(environment: Environment): Environment {
  return pick(environment, (name) => !OF_ONE_PROCESS.test(name));
}

/**
 * A file of variables that both systemd's EnvironmentFile= and a shell's `.` read. What systemd would not take (a control
 * character, a name that a shell does not allow) is left out.
 */
export function environmentFile(environment: Environment): string {
  return Object.entries(environment)
    .filter(([name, value]) => /^[A-Za-z_]\w*$/.test(name) && !/[^\P{Cc}\t\n]/u.test(value))
    .map(([name, value]) => `${name}="${value.replaceAll(/["\\`$]/g, "\\$&")}"\n`)
    .sort()
    .join("");
}

/**
 * A shell's script that reads such a file, given as its name `$0`, and becomes the program in its arguments: for where
 * there is no EnvironmentFile=.
 */
export const WITH_ENVIRONMENT = 'set -a; [ ! -r "$0" ] || . "$0"; set +a; exec "$@"';

function pick(environment: Environment, wanted: (name: string) => boolean): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => wanted(name)));
}
