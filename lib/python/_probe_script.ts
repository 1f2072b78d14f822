/** The little program that tells what a Python has. @module */

/** Starts the line with the answer: other things may print, too. */
export const ANSWER_MARK = "xcore-probe ";

/**
 * For `python -c PROBE_SCRIPT package …`. Its syntax is that of Python 2 as well, so that an old one can say how old it
 * is. The first line is nothing to Python and the end to a shell, which would otherwise take `import` for a program.
 */
export const PROBE_SCRIPT = `'''exit' 0 # '''
import sys
sys.path[:] = [entry for entry in sys.path if entry]  # the current folder may hold a json.py
import json
import os

found = {"version": "%d.%d.%d" % sys.version_info[:3], "executable": sys.executable, "prefix": sys.prefix}
if sys.version_info >= (3, 8):
    import sysconfig
    from importlib import metadata, util

    def version_of(name):
        try:
            return metadata.version(name)
        except Exception:
            return None

    found["packages"] = dict((name, version_of(name)) for name in sys.argv[1:])
    found["has_pip"] = util.find_spec("pip") is not None
    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    found["is_managed"] = sys.prefix == sys.base_prefix and os.path.exists(marker)
    found["import_error"] = None
    try:
        import distributed
    except BaseException as error:
        found["is_absent"] = isinstance(error, ImportError) and error.name in ("distributed", "dask")
        found["import_error"] = "%s: %s" % (type(error).__name__, error)
sys.stdout.flush()
os.write(1, ("\\n${ANSWER_MARK}%s\\n" % json.dumps(found)).encode("ascii"))
`;
