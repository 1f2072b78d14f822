/** What a boot in the sandbox finds on its image and in its cloud, as scripts. @module */

import { quoted } from "../../../../lib/platform/boot/boot_script.ts";

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
    `case "$*" in *requirements.py*) [ "$3" = ${python} ] && exit ${
      lacks ? 1 : 0
    } ;; *) echo ${python} ;; esac`,
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
  *requirements.py*) [ -e "$2" ] && comm -23 <(printf '%s\\n' "\${@:4}" | sort) /opt/xcore/has | (! grep .) ;;
  *) echo 3.11 ;;
esac`,
);

/** Ubuntu on a machine with an NVIDIA GPU: the kernel it runs, and what the archive has. */
export interface UbuntuWithGpu {
  /** Kernels with a module of their own, `535-server 6.8.0-1021-aws`. */
  readonly modules: readonly string[];
  /** Kernels whose headers the archive has, so that DKMS can compile. */
  readonly headers?: readonly string[];
  /** Whether what DKMS compiles works. */
  readonly compiles?: boolean;
  /** How many times the package lists are locked, as Ubuntu's own first update does. */
  readonly locked?: number;
  /** Whether ubuntu-drivers is of 2026: it lists nothing for an old kernel, but for DKMS. */
  readonly newTool?: boolean;
}

/** The kernel that {@linkcode ubuntuWithGpu} runs, and the archive's newest. */
export const KERNEL = "6.8.0-1015-aws";
export const NEWEST = "6.8.0-1021-aws";

/**
 * The programs of such a machine. Modules are packages for one kernel each, `ubuntu-drivers install` takes those of the
 * archive's newest kernel, never of the running one, and exits with 0 (kerneldetection.get_linux_version and install_gpgpu of
 * ubuntu-drivers-common 0.9.7.6); newer ones warn, list nothing and exit with 1 where a newer kernel is there, unless DKMS is to
 * count. apt-get waits for dpkg's locks with DPkg::Lock::Timeout (apt.conf(5)), and for the lists' never.
 */
export function ubuntuWithGpu(
  { modules, headers = [], compiles = true, locked = 0, newTool = false }: UbuntuWithGpu,
): Record<string, string> {
  const state = `
state=/run/box/ubuntu; mkdir -p $state
[ -e $state/kernel ] || echo ${KERNEL} >$state/kernel
[ -e $state/locked ] || echo ${locked} >$state/locked
kernel=$(cat $state/kernel)`;
  return {
    uname: `${state}\ncase "$*" in -r) echo "$kernel" ;; *) exec /bin/uname "$@" ;; esac`,
    systemctl: `${state}\ncase "$*" in reboot) echo ${NEWEST} >$state/kernel; rm -f $state/loaded ;; esac`,
    modinfo: `${state}
case "$*" in *-k*) kernel=$(grep -o '6[^ ]*' <<<"$*") ;; esac
[ -e "$state/module-$kernel" ] || { echo 'modinfo: ERROR: Module nvidia not found.' >&2; exit 1; }
echo 535.216.01`,
    modprobe: `${state}
[ -e "$state/module-$kernel" ] || { echo "modprobe: FATAL: Module nvidia not found in directory /lib/modules/$kernel" >&2; exit 1; }
touch $state/loaded`,
    "dpkg-query": `${state}\ncat $state/installed 2>/dev/null | sort -u | sed 's/^/ii /'`,
    "apt-mark": "",
    sleep: "",
    "ubuntu-drivers": `${state}
case "$*" in
  install*) apt-get install -y "linux-modules-nvidia-535-server-${NEWEST}" nvidia-headless-no-dkms-535-server; exit 0 ;;
  list*) ;;
esac
if [ ${newTool ? 1 : 0} = 1 ] && [ $kernel != ${NEWEST} ] && [[ "$*" != *--include-dkms* ]]; then
  echo 'WARNING: a newer kernel is available' >&2; exit 1
fi
echo 'nvidia-driver-470-server, (kernel modules provided by linux-modules-nvidia-470-server-aws)'
echo 'nvidia-driver-535, (kernel modules provided by linux-modules-nvidia-535-aws)'
echo 'nvidia-driver-535-server-open, (kernel modules provided by linux-modules-nvidia-535-server-open-aws)'
echo 'nvidia-driver-535-server, (kernel modules provided by linux-modules-nvidia-535-server-aws)'`,
    "apt-get": `${state}
case " $* " in *" update "*)
  left=$(cat $state/locked)
  if [ "$left" -gt 0 ]; then
    echo $((left - 1)) >$state/locked
    echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)' >&2
    exit 100
  fi ;;
esac
act=1; packages=(); missing=()
for word; do
  case $word in
    -s|--simulate|--download-only) act=0 ;;
    -*|*=*|update|install|purge) ;;
    *) packages+=("$word") ;;
  esac
done
[[ " $* " != *" purge "* ]] || exit 0
has() { case "$1" in
  linux-modules-nvidia-*-aws) case $1 in
    *-${KERNEL}|*-${NEWEST}) local of=\${1#linux-modules-nvidia-}; grep -qxF "\${of%-6.*} 6.\${of#*-6.}" <<<${
      quoted(modules.join("\n"))
    } ;;
    *) grep -q " ${NEWEST}$" <<<${quoted(modules.join("\n"))} ;;
  esac ;;
  linux-headers-*) grep -qxF "\${1#linux-headers-}" <<<${quoted(headers.join("\n"))} ;;
  linux-aws|nvidia-*|ubuntu-drivers-common) ;;
  *) return 1 ;;
esac; }
for package in "\${packages[@]}"; do has "$package" || missing+=("$package"); done
if [ \${#missing[@]} -gt 0 ]; then printf 'E: Unable to locate package %s\\n' "\${missing[@]}" >&2; exit 100; fi
[ $act = 1 ] || exit 0
for package in "\${packages[@]}"; do
  echo "$package" >>$state/installed
  case $package in
    linux-modules-nvidia-*-${KERNEL}) touch $state/module-${KERNEL} ;;
    linux-modules-nvidia-*) touch $state/module-${NEWEST} ;;
    linux-aws) mkdir -p /lib/modules/${NEWEST} ;;
    nvidia-headless-no-dkms-*) ;;
    nvidia-headless-*) ${compiles ? 'touch "$state/module-$kernel"' : "exit 100"} ;;
    nvidia-utils-*)
      printf '#!/bin/bash\\n[ -e /run/box/ubuntu/loaded ] && echo "GPU 0: Tesla T4"\\n' >/usr/bin/nvidia-smi
      chmod 755 /usr/bin/nvidia-smi ;;
  esac
done`,
  };
}
