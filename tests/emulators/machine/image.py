"""The image that machines boot: this computer's own root with a layer over it, in which nothing of this computer is enabled or
can be read that is its user's.
"""

import os
import pathlib
import re
import shutil

HERE = pathlib.Path(__file__).parent
# Empty in the image, whatever they hold here.
EMPTY = ["root", "home", "opt", "mnt", "srv", "tmp", "run", "var/log", "var/tmp", "var/lib/cloud", "etc/systemd/system"]
MASKED = [
    "getty.target", "console-getty.service", "systemd-remount-fs.service", "systemd-modules-load.service",
    "systemd-sysctl.service", "systemd-binfmt.service", "systemd-pstore.service", "systemd-random-seed.service",
    "systemd-timesyncd.service", "systemd-firstboot.service", "systemd-udevd.service", "systemd-udev-trigger.service",
    "dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount", "proc-sys-fs-binfmt_misc.automount", "tmp.mount",
]  # fmt: skip
CLOUD_INIT = """
[Unit]
Description=Cloud-init, as far as machines here need it
After=network.target
[Service]
Type=oneshot
ExecStart=/usr/lib/cloud_init
RemainAfterExit=yes
TimeoutStartSec=0
KillMode=process
"""
SSHD = """
HostKey /etc/ssh/ssh_host_ed25519_key
HostKey /etc/ssh/ssh_host_ecdsa_key
PasswordAuthentication no
UsePAM no
UseDNS no
"""
LOGIN = 1000
# As images with NVIDIA's driver have it, which both clouds offer: there is no GPU here that could load the driver itself.
NVIDIA_SMI = "#!/bin/sh\necho 'GPU 0: Tesla T4'\n"


class Image:
    """:param folder: where it is made :param hidden: folders of this computer that are empty in it, too"""

    def __init__(self, folder, hidden=()):
        self.layer = folder / "image"
        for name in [*EMPTY, *(str(path).lstrip("/") for path in hidden)]:
            self._empty(name)
        self._units()
        self._login()
        self._ssh()
        self.write("etc/fstab", "")
        self.write("etc/machine-id", "")
        self.write("etc/resolv.conf", "")
        self.write("etc/hosts", "127.0.0.1 localhost\n")
        self.write("usr/local/bin/nvidia-smi", NVIDIA_SMI, 0o755)
        # The kernel that runs has its modules there, as in every image.
        (self.layer / "usr/lib/modules" / os.uname().release).mkdir(parents=True)

    def write(self, name, text, mode=0o644):
        path = self.layer / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def trust(self, certificate):
        """An authority that the machines' programs trust."""
        name = "etc/ssl/certs/ca-certificates.crt"
        self.write(name, pathlib.Path("/", name).read_text() + certificate)

    def name(self, name, address):
        """A name that the machines find at an address."""
        with open(self.layer / "etc/hosts", "a") as hosts:
            hosts.write(f"{address} {name}\n")

    def _empty(self, name):
        path = self.layer / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o1777 if name.endswith("tmp") else 0o755)
        os.setxattr(path, "trusted.overlay.opaque", b"y")

    def _units(self):
        units = "etc/systemd/system"
        for name in MASKED:
            (self.layer / units / name).symlink_to("/dev/null")
        (self.layer / units / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
        self.write(f"{units}/cloud-final.service", CLOUD_INIT)
        wants = self.layer / units / "multi-user.target.wants"
        wants.mkdir()
        (wants / "cloud-final.service").symlink_to("../cloud-final.service")
        generators = self.layer / "etc/systemd/system-generators"
        generators.mkdir()
        (generators / "systemd-sysv-generator").symlink_to("/dev/null")
        self.write("usr/lib/cloud_init", (HERE / "cloud_init.sh").read_text(), 0o755)

    def _login(self):
        """The user that Ubuntu's images have."""
        for name, line, mode in [
            ("passwd", f"ubuntu:x:{LOGIN}:{LOGIN}::/home/ubuntu:/bin/bash", 0o644),
            ("group", f"ubuntu:x:{LOGIN}:", 0o644),
            ("shadow", "ubuntu:*:19000:0:99999:7:::", 0o640),
        ]:
            old = pathlib.Path("/etc", name).read_text().splitlines()
            others = [entry for entry in old if entry.split(":")[0] != "ubuntu" and f":x:{LOGIN}:" not in entry]
            self.write(f"etc/{name}", "\n".join([*others, line]) + "\n", mode)
        self.write("etc/sudoers.d/90-cloud-init-users", "ubuntu ALL=(ALL) NOPASSWD:ALL\n", 0o440)
        home = self.layer / "home/ubuntu"
        home.mkdir()
        os.chown(home, LOGIN, LOGIN)

    def _ssh(self):
        self.write("etc/ssh/sshd_config", SSHD)
        for key in pathlib.Path("/etc/ssh").glob("ssh_host_*"):
            os.mknod(self.layer / "etc/ssh" / key.name, 0o020000, 0)  # a whiteout: as if it were not there


class DiskImage:
    """What an image is that was made of a machine's disk: that disk over the image that it was booted from.

    :param disk: the layer that the machine has written
    """

    def __init__(self, disk, origin):
        self.layer = f"{disk}:{origin.layer}"


def python_environment(environment, folder):
    """What shows a virtual environment at /opt/xcore: (source, target) pairs for Machine.

    A virtual environment does not survive a move: its scripts name their interpreter, and that is a link.
    """
    programs = folder / "programs"
    programs.mkdir()
    for file in (path for path in (environment / "bin").iterdir() if not path.is_dir()):
        copy = programs / file.name
        if file.is_symlink():
            copy.symlink_to(os.readlink(file))
        else:
            copy.write_bytes(re.sub(rb"^#!\S+/bin/python\S*", b"#!/opt/xcore/bin/python3", file.read_bytes(), count=1))
            shutil.copymode(file, copy)
    interpreter = pathlib.Path(os.path.realpath(environment / "bin" / "python3")).parent.parent
    return [(interpreter, interpreter), (environment, "/opt/xcore"), (programs, "/opt/xcore/bin")]
