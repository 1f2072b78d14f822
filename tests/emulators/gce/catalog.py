"""What Google offers: zones, machine types, accelerators, images. A small part of it, with the real names and shapes.

Machine types: https://cloud.google.com/compute/docs/general-purpose-machines
GPUs by zone: https://cloud.google.com/compute/docs/gpus/gpu-regions-zones
"""

REGIONS = {
    "us-central1": ("a", "b", "c", "f"),
    "europe-west4": ("a", "b", "c"),
    "northamerica-northeast1": ("a", "b", "c"),
    "europe-west8": ("a", "b", "c"),
}

#: Regions that have no N1 machines, of which f1-micro and g1-small are the shared-core ones: terratest #1132.
WITHOUT_N1 = ("europe-west8",)

#: name -> (vCPUs, MB, shared core?)
MACHINE_TYPES = {
    "f1-micro": (1, 614, True),
    "g1-small": (1, 1740, True),
    "e2-micro": (2, 1024, True),
    "e2-small": (2, 2048, True),
    "e2-medium": (2, 4096, True),
    "e2-standard-2": (2, 8192, False),
    "e2-standard-4": (4, 16384, False),
    "n1-standard-1": (1, 3840, False),
    "n1-standard-2": (2, 7680, False),
    "n1-standard-4": (4, 15360, False),
    "n1-standard-8": (8, 30720, False),
    "n2-standard-4": (4, 16384, False),
    "c2-standard-4": (4, 16384, False),
    "c3-standard-4": (4, 16384, False),
    "c4-standard-4": (4, 15360, False),
    "c4a-standard-4": (4, 16384, False),
    "n4-standard-2": (2, 8192, False),
    "t2a-standard-4": (4, 16384, False),
    "g2-standard-4": (4, 16384, False),
}

ARM = ("t2a-", "c4a-")

#: name -> the quota that its gigabytes count against: https://cloud.google.com/compute/resource-usage#disk_quota
DISK_TYPES = {"pd-standard": "DISKS_TOTAL_GB", "pd-balanced": "SSD_TOTAL_GB", "pd-ssd": "SSD_TOTAL_GB",
              "hyperdisk-balanced": "HDB_TOTAL_GB"}


def can_boot_from(machine, disk):
    """Whether machines of this type have disks of that type.

    https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support, and what nextflow #6614, dsub #301 and
    skypilot #4705 were told: "[pd-standard] features are not compatible for creating instance."
    """
    family = machine.partition("-")[0]
    if family in ("c4", "c4a", "n4"):
        return disk == "hyperdisk-balanced"
    if family == "c3":
        return disk != "pd-standard"
    return disk.startswith("pd-") and not (family == "g2" and disk == "pd-standard")

#: What comes with the machine type itself.
BUILT_IN_ACCELERATORS = {"g2-standard-4": [{"guestAcceleratorType": "nvidia-l4", "guestAcceleratorCount": 1}]}

#: name -> (description, most per instance, zones)
ACCELERATORS = {
    "nvidia-tesla-t4": ("NVIDIA T4", 4, ("us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f",
                                         "europe-west4-a", "europe-west4-b", "europe-west4-c",
                                         "northamerica-northeast1-c")),
    "nvidia-tesla-v100": ("NVIDIA V100", 8, ("us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f",
                                             "europe-west4-a", "europe-west4-b", "europe-west4-c")),
    "nvidia-l4": ("NVIDIA L4", 8, ("us-central1-a", "us-central1-b", "us-central1-c", "europe-west4-a")),
}

#: (project, image name) -> (family, architecture)
IMAGES = {
    ("ubuntu-os-cloud", "ubuntu-2404-noble-amd64-v20261101"): ("ubuntu-2404-lts-amd64", "X86_64"),
    ("ubuntu-os-cloud", "ubuntu-2404-noble-amd64-v20261001"): ("ubuntu-2404-lts-amd64", "X86_64"),
    ("ubuntu-os-cloud", "ubuntu-2404-noble-arm64-v20261101"): ("ubuntu-2404-lts-arm64", "ARM64"),
    ("ubuntu-os-cloud", "ubuntu-2204-jammy-v20261101"): ("ubuntu-2204-lts", "X86_64"),
}

#: Quotas of a region and of the project: metric -> limit. https://cloud.google.com/compute/resource-usage
REGION_QUOTAS = {"CPUS": 72.0, "N2_CPUS": 24.0, "C2_CPUS": 24.0, "T2A_CPUS": 24.0, "INSTANCES": 1000.0,
                 "NVIDIA_T4_GPUS": 4.0, "NVIDIA_V100_GPUS": 0.0, "NVIDIA_L4_GPUS": 1.0, "PREEMPTIBLE_CPUS": 0.0,
                 "PREEMPTIBLE_NVIDIA_T4_GPUS": 0.0, "DISKS_TOTAL_GB": 40960.0, "SSD_TOTAL_GB": 40960.0,
                 "HDB_TOTAL_GB": 40960.0, "IN_USE_ADDRESSES": 200.0}
PROJECT_QUOTAS = {"CPUS_ALL_REGIONS": 500.0, "GPUS_ALL_REGIONS": 4.0, "NETWORKS": 15.0, "FIREWALLS": 200.0}


def zones():
    return [region + "-" + letter for region, letters in REGIONS.items() for letter in letters]


def has_machine_type(zone, name):
    """Whether a zone offers a type: https://cloud.google.com/compute/docs/regions-zones#available"""
    is_n1 = name.startswith(("f1-", "g1-", "n1-"))
    return name in MACHINE_TYPES and not (is_n1 and region_of(zone) in WITHOUT_N1)


def region_of(zone):
    return zone.rsplit("-", 1)[0]


def gpu_metric(accelerator):
    """nvidia-tesla-t4 -> NVIDIA_T4_GPUS."""
    return accelerator.replace("-tesla", "").replace("-", "_").upper() + "_GPUS"


def disk_type(name, zone, link):
    return {"kind": "compute#diskType", "id": "30007", "name": name, "defaultDiskSizeGb": "10", "zone": zone, "selfLink": link}


def machine_type(name, zone, link):
    cpus, megabytes, shared = MACHINE_TYPES[name]
    found = {"kind": "compute#machineType", "id": "3001", "name": name, "guestCpus": cpus, "memoryMb": megabytes,
             "isSharedCpu": shared, "zone": zone, "selfLink": link, "maximumPersistentDisks": 128,
             "architecture": "ARM64" if name.startswith(ARM) else "X86_64"}
    if name in BUILT_IN_ACCELERATORS:
        found["accelerators"] = BUILT_IN_ACCELERATORS[name]
    return found


def accelerator_type(name, zone, link):
    description, most, _ = ACCELERATORS[name]
    return {"kind": "compute#acceleratorType", "id": "10019", "name": name, "description": description,
            "maximumCardsPerInstance": most, "zone": zone, "selfLink": link}


def image(project, name, link):
    family, architecture = IMAGES[project, name]
    return {"kind": "compute#image", "id": "6001", "name": name, "family": family, "architecture": architecture,
            "status": "READY", "diskSizeGb": "10", "selfLink": link, "sourceType": "RAW",
            "guestOsFeatures": [{"type": "UEFI_COMPATIBLE"}, {"type": "GVNIC"}]}


def newest_in_family(project, family):
    """The image that a family stands for: its newest one that is not deprecated."""
    names = [name for (owner, name), (kin, _) in IMAGES.items() if (owner, kin) == (project, family)]
    return max(names, default=None)
