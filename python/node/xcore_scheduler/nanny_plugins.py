"""What is asked of nannies, which workers of xcore's have none of."""

REFUSAL = (
    "Workers of xcore's run without Dask's nanny, so this plugin (%s) would do nothing. To bring modules: "
    "crosscore.sync_code(client), client.upload_file(), or `working_dir` on `local`; to set something up in each worker: a WorkerPlugin; to install "
    "packages: `packages` in xcore's configuration."
)


def refuse_nanny_plugins(scheduler):
    """Has a client that registers a NannyPlugin (UploadDirectory, Environ) be told; Dask would take
    it for registered with all of no nannies."""

    async def register_nanny_plugin(comm=None, plugin=None, name=None, **kwargs):
        raise RuntimeError(REFUSAL % name)

    scheduler.handlers["register_nanny_plugin"] = scheduler.register_nanny_plugin = register_nanny_plugin
