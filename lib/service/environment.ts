/**
 * Which environment variables the daemon and the jobs get under a service manager, and files of
 * them. Pure.
 * @module
 */

/** The environment by name. */
export type Environment = Readonly<Record<string, string>>;

/** Proxies, certificates and the package index. */
const NETWORK =
  /^(SSL_CERT_\w+|DENO_TLS_CA_STORE|DENO_CERT|NODE_EXTRA_CA_CERTS|PIP_INDEX_URL|UV_(DEFAULT_INDEX|INDEX_URL)|XCORE_UV)$|^(http|https|ftp|all|no)_proxy$/i;

/**
 * What belongs to one shell or one process under systemd, and what xcore itself sets for local
 * processes.
 */
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

/** The variables that jobs see. */
export function jobEnvironmentOf(environment: Environment): Environment {
  return pick(environment, (name) => !OF_ONE_PROCESS.test(name));
}

/**
 * A file of variables for systemd's EnvironmentFile= and a shell's `.`. Variables that systemd
 * refuses (with a control character, or a name that shells do not allow) are left out.
 */
export function environmentFile(environment: Environment): string {
  return Object.entries(environment)
    .filter(([name, value]) => /^[A-Za-z_]\w*$/.test(name) && !/[^\P{Cc}\t\n]/u.test(value))
    .map(([name, value]) => `${name}="${value.replaceAll(/["\\`$]/g, "\\$&")}"\n`)
    .sort()
    .join("");
}

/**
 * A shell script that reads such a file, given as `$0`, and executes its arguments: for launchd,
 * which has no EnvironmentFile=.
 */
export const WITH_ENVIRONMENT = 'set -a; [ ! -r "$0" ] || . "$0"; set +a; exec "$@"';

function pick(environment: Environment, wanted: (name: string) => boolean): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => wanted(name)));
}
