/** What a boot in the sandbox finds on its image and in its cloud, as scripts. @module */

/** AWS's metadata service, which answers who has a token. */
export const IMDS = `
case "$*" in
  *"-X PUT"*"/latest/api/token") printf token ;;
  *"X-aws-ec2-metadata-token: token"*/latest/meta-data/ami-launch-index) printf 1 ;;
  *) exit 22 ;;
esac`;

/** Google's metadata service on an instance of this name. */
export function googleMetadata(instance: string): string {
  return `
case "$*" in
  *"Metadata-Flavor: Google http://metadata.google.internal/computeMetadata/v1/instance/name") printf ${instance} ;;
  *) exit 22 ;;
esac`;
}

/** An environment at /opt/xcore with this Python, which has all that is required, or not. */
export function prepared({ lacks = false, python = "3.11" } = {}): string {
  return program(
    "/opt/xcore/bin/python",
    `case "$*" in *requirements.py*) exit ${lacks ? 1 : 0} ;; *) echo ${python} ;; esac`,
  );
}

/** A uv that notes its calls, and that a venv was made. */
export const UV = program("/usr/local/lib/xcore/uv", 'echo "uv $*" >>/run/box/calls');

function program(path: string, text: string): string {
  return `install -D -m 755 /dev/null ${path}\ncat >${path} <<'PROGRAM'\n#!/bin/bash\n${text}\nPROGRAM\n`;
}

/** A uv that makes an environment at its first call and has what it is asked for in it from its second on. */
export const UV_THAT_INSTALLS = program(
  "/usr/local/lib/xcore/uv",
  `echo "uv $*" >>/run/box/calls
case "$*" in
  *venv*) install -D -m 755 /usr/local/lib/xcore/python.sh /opt/xcore/bin/python ;;
  *) printf '%s\\n' "\${@:7}" | sort >/opt/xcore/has ;;
esac`,
) + program(
  "/usr/local/lib/xcore/python.sh",
  `case "$*" in
  *requirements.py*) [ -e "$2" ] && comm -23 <(printf '%s\\n' "\${@:3}" | sort) /opt/xcore/has | (! grep .) ;;
  *) echo 3.11 ;;
esac`,
);
