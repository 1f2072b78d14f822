"""crosscore.sync_code with Dask's own scheduler and workers. Runs on Python 3.8 and later."""

import asyncio
import os
import pathlib
import subprocess
import sys
import warnings
import zipfile
from io import BytesIO

import pytest
from distributed import Client, get_worker

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "python"
sys.path.insert(0, str(PACKAGE))

import crosscore._sync_code as module  # noqa: E402
from crosscore import CrosscoreError, sync_code  # noqa: E402


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    write(folder / "main.py", "")
    write(folder / "mine.py", "def doubled(x):\n    return 2 * x\n")
    write(folder / "tools" / "__init__.py", "from .deep import answer\n")
    write(folder / "tools" / "deep" / "__init__.py", "import pathlib\nanswer = (pathlib.Path(__file__).parent / 'a.txt').read_text()\n")
    write(folder / "tools" / "deep" / "a.txt", "forty-two")
    return folder


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def sent(folder):
    archive, too_large, unreadable = module._archive_of(os.path.realpath(str(folder)))
    assert (too_large, unreadable) == ([], [])
    return sorted(zipfile.ZipFile(BytesIO(archive)).namelist())


@pytest.fixture
def client(cluster):
    with Client(cluster.url, security=cluster.certificates.security()) as client:
        yield client
        for name in client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.worker_plugins)):
            client.unregister_worker_plugin(name)


def use(text):
    import mine
    import tools

    return mine.doubled(text), tools.answer, mine.__file__, sys.path[-1], get_worker().local_directory


def can_import(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def test_workers_that_are_there_and_those_that_join_later_import_the_modules(client, cluster, project):
    cluster.start_workers("early")
    assert client.submit(can_import, "mine").result() is False
    assert sync_code(client, str(project)) == os.path.realpath(str(project))
    cluster.start_workers("late")
    for name in ["early", "late"]:
        doubled, answer, file, last, scratch = client.submit(use, "ab", workers=[name], pure=False).result()
        assert (doubled, answer) == ("abab", "forty-two")
        assert file.startswith(last) and last.startswith(os.path.realpath(scratch))
    assert client.run_on_scheduler(can_import, "mine") is False


def test_the_same_is_sent_once_and_what_has_changed_takes_its_place(client, cluster, project):
    cluster.start_workers("one")
    sent = []
    plain = client.register_plugin if hasattr(client, "register_plugin") else client.register_worker_plugin

    def register(plugin, **kwargs):
        sent.append(plugin.name)
        return plain(plugin, **kwargs)

    client.register_plugin = client.register_worker_plugin = register
    for _ in range(2):
        sync_code(client, str(project))
        assert client.submit(use, 4, pure=False).result()[0] == 8
    assert len(sent) == 1
    write(project / "mine.py", "def doubled(x):\n    return 'now ' + 2 * x\n")
    os.utime(str(project / "tools" / "__init__.py"), (1, 1))
    sync_code(client, str(project))
    assert client.submit(use, "x", pure=False).result()[0] == "now xx"
    assert len(sent) == 2
    there = client.run(lambda: [path for path in sys.path if "crosscore-code" in path])
    assert [len(paths) for paths in there.values()] == [1]


def test_a_function_of_a_module_that_has_changed_is_the_new_one(client, cluster, project, monkeypatch):
    cluster.start_workers("one")
    monkeypatch.syspath_prepend(str(project))
    import mine

    sync_code(client, str(project))
    assert client.submit(mine.doubled, 3, pure=False).result() == 6
    write(project / "mine.py", "def doubled(x):\n    return 'changed'\n")
    sync_code(client, str(project))
    assert client.submit(mine.doubled, 3, pure=False).result() == "changed"


def test_an_asynchronous_client_awaits_it(cluster, project):
    cluster.start_workers("one")

    async def job():
        async with Client(cluster.url, security=cluster.certificates.security(), asynchronous=True) as client:
            await sync_code(client, str(project))
            result = await client.submit(use, 4)
            for name in await client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.worker_plugins)):
                await client.unregister_worker_plugin(name)
            return result[0]

    assert asyncio.run(asyncio.wait_for(job(), 600)) == 8


def test_modules_are_sent_and_what_packages_hold_and_nothing_else(project):
    for path in ["data.csv", "results/run.py.txt", "results/big.xtc", "notes.md", ".env", "tools/.hidden", "tools/x.pyc"]:
        write(project / path, "no")
    for folder in [".git", "__pycache__", "tools/__pycache__", "node_modules/x", ".venv"]:
        write(project / folder / "__init__.py", "no")
    write(project / "env" / "pyvenv.cfg", "")
    write(project / "env" / "lib" / "x.py", "no")
    write(project / "conda" / "conda-meta" / "history", "")
    write(project / "conda" / "x.py", "no")
    write(project / "scripts" / "nested.py", "yes")
    write(project / "tools" / "data" / "table.csv", "yes")
    os.symlink("/nowhere", str(project / "dangling.py"))
    assert sent(project) == [
        "main.py", "mine.py", "scripts/nested.py", "tools/__init__.py", "tools/data/table.csv",
        "tools/deep/__init__.py", "tools/deep/a.txt",
    ]  # fmt: skip


@pytest.mark.parametrize("folder", ["~", "/", "~/.."])
def test_a_home_folder_and_those_above_it_are_refused(folder):
    with pytest.raises(CrosscoreError) as caught:
        sync_code(None, folder)
    assert "sync_code=" in caught.value.hint


def test_what_is_no_project_is_refused(project, monkeypatch):
    def refused():
        with pytest.raises(CrosscoreError) as caught:
            sync_code(None, str(project))
        return caught.value.message

    monkeypatch.setattr(module, "LARGEST_FOLDER", 10)
    assert "MiB" in refused()
    monkeypatch.setattr(module, "MOST_FILES", 2)
    assert "files" in refused()
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    assert "files and folders" in refused()
    with pytest.raises(CrosscoreError):
        sync_code(None, str(project / "gone"))


def test_a_file_that_is_too_large_is_named_and_not_sent(client, cluster, project, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_FILE", 1000)
    write(project / "large.py", "#" * 1001)
    with pytest.warns(UserWarning, match="large.py"):
        sync_code(client, str(project))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        os.remove(str(project / "large.py"))
        sync_code(client, str(project))


def test_files_that_cannot_be_sent_are_named_and_keep_no_other_from_it(client, project, monkeypatch):
    def modules_in(folder, found=module._modules_in):
        yield from found(folder)
        yield "removed.py"

    monkeypatch.setattr(module, "_modules_in", modules_in)
    unreadable = {"removed.py"}
    for name in [b"no text \xff.py", b"\x1b[31m.py"]:
        with open(os.path.join(os.fsencode(str(project)), name), "wb"):
            pass
    unreadable.add(os.fsdecode(b"no text \xff.py"))
    with pytest.warns(UserWarning, match=r"'no text \\udcff.py', removed.py$"):
        sync_code(client, str(project))
    archive, _, left_out = module._archive_of(os.path.realpath(str(project)))
    assert set(left_out) == unreadable
    assert {"mine.py", "\x1b[31m.py"} <= set(zipfile.ZipFile(BytesIO(archive)).namelist())
    assert module._shown(["\x1b[31m.py", "mine.py"]) == "'\\x1b[31m.py', mine.py"


def test_a_file_that_its_owner_alone_may_read_is_left_out(project, monkeypatch):
    def refusing(path, *rest, **more):
        if os.fspath(path).endswith("mine.py"):
            raise PermissionError(13, "Permission denied", path)
        return open(path, *rest, **more)

    monkeypatch.setattr(module, "open", refusing, raising=False)
    assert module._archive_of(os.path.realpath(str(project)))[2] == ["mine.py"]


def folder_of(*command, **options):
    """What is taken for the script's folder in a Python of its own."""
    env = dict(os.environ, PYTHONPATH=str(PACKAGE), PYTHONDONTWRITEBYTECODE="1")
    return subprocess.check_output([sys.executable, *command], env=env, encoding="utf-8", **options).strip()


def test_the_folder_is_where_python_itself_would_find_the_modules(tmp_path, project):
    ask = "import crosscore._sync_code as module; print(module._script_folder())"
    write(project / "ask.py", ask)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link.py").symlink_to(project / "ask.py")
    write(elsewhere / "bin" / "tool", ask)
    real = os.path.realpath
    assert folder_of(str(project / "ask.py"), cwd=str(elsewhere)) == real(str(project))
    assert folder_of("link.py", cwd=str(elsewhere)) == real(str(project))
    assert folder_of("-m", "ask", cwd=str(project)) == real(str(project))
    assert folder_of("-c", ask, cwd=str(elsewhere)) == real(str(elsewhere))
    assert folder_of(str(elsewhere / "bin" / "tool"), cwd=str(project)) == real(str(project))
