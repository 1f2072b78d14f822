"""
Writes the wheels of `deno task wheel`, with the writer that `pip install` of the Python package's own folder uses.

On stdin: JSON, {"folder": path, "wheels": [{"tag", "requires": [requirement], "entry_points": {script:
function}, "files": {path: path on disk}}]}. What stands below `scripts/` comes into an environment's bin/, and what stands below
`crosscore/` into the package. On stdout: each wheel's name.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python"))
sys.dont_write_bytecode = True

import crosscore_build as build  # noqa: E402

LICENCES = ("LICENSE", "NOTICE")
CLASSIFIERS = (
    "Development Status :: 4 - Beta",
    "Environment :: Console",
    "Intended Audience :: Science/Research",
    "Operating System :: MacOS",
    "Operating System :: POSIX :: Linux",
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3 :: Only",
    "Topic :: Scientific/Engineering",
    "Topic :: System :: Distributed Computing",
)
# As the README has them.
URLS = {
    "Project Crossbow": "https://bitbucket.org/claughton/crossbow",
    "crossflow": "https://bitbucket.org/claughton/crossflow",
    "Dask": "https://www.dask.org",
}


def main():
    order = json.load(sys.stdin)
    pathlib.Path(order["folder"]).mkdir(parents=True, exist_ok=True)
    for wheel in order["wheels"]:
        print(write(order["folder"], **wheel), flush=True)


def write(folder, tag, requires, entry_points, files):
    licences = {name: (ROOT / name).read_bytes() for name in LICENCES if (ROOT / name).exists()}
    contents = {f"{build.INFO}/licenses/{name}": text for name, text in licences.items()}
    for path, source in files.items():
        where = path if path.startswith("crosscore/") else f"{build.DATA}/{path}"
        contents[where] = pathlib.Path(source).read_bytes()
    if entry_points:
        scripts = "".join(f"{name} = {target}\n" for name, target in entry_points.items())
        contents[f"{build.INFO}/entry_points.txt"] = f"[console_scripts]\n{scripts}".encode()
    headers = [
        ("Author", "The Crosscore authors"),
        ("Keywords", "dask,crossflow,autoscaling,cluster,cloud"),
        *(("License-File", name) for name in licences),
        *(("Classifier", name) for name in CLASSIFIERS),
        *(("Project-URL", f"{label}, {url}") for label, url in URLS.items()),
        *(("Requires-Dist", requirement) for requirement in requires),
        ("Description-Content-Type", "text/markdown"),
    ]
    return build.write_wheel(
        folder,
        tag=tag,
        metadata="".join(f"{name}: {value}\n" for name, value in headers),
        description=standing_alone((ROOT / "README.md").read_text("utf-8")),
        files=contents,
    )


def standing_alone(page):
    """A page without its pictures and its links to other files of the repository, which lead nowhere on an index."""
    without_pictures = re.sub(r"!\[[^\]]*\]\((?!https?:)[^)]*\)\n*", "", page)
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)[^)]*\)", r"\1", without_pictures)


main()
