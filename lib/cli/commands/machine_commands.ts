/** The commands for machines: logs, ssh and image. @module */

import type { ClusterImage } from "../../cluster/cluster_image.ts";
import { UsageError } from "../../errors.ts";
import { type ArgparseCommand, Argument } from "../argparse_command.ts";
import { machineNames, printerNames } from "../completions/completer.ts";
import { answer, confirmCosts, type Context, interruptible, progressOn, scopeOf } from "../context.ts";
import { EXIT, ExitWith } from "../exit_code.ts";
import { addLogFlags, type LogFlags, showLog } from "../show_log.ts";

/** The commands for machines. */
export const machineCommands = {
  logs: {
    summary: "show the log of a worker, the scheduler or the daemon",
    define: defineLogs,
    meantBy: "log tail output console",
  },
  ssh: {
    summary: "log in to the machine of a worker or the scheduler",
    define: defineSsh,
    meantBy: "login connect shell attach",
  },
  image: {
    summary: "build machine images that boot faster",
    define: defineImage,
    meantBy: "images ami build bake packer",
  },
};

/** `xcore logs` */
function defineLogs(logs: ArgparseCommand, context: Context): void {
  logs.description(
    "Show the log of a worker, the scheduler, the daemon or the shutdowns that the daemon has started. For a machine on a " +
      "cloud this is its console, with the boot and the log of Dask.",
  )
    .addArgument(
      new Argument("<name>", "a worker such as worker-0, or scheduler, daemon or shutdown").completeWith(
        printerNames,
      ),
    );
  logs.withExamples(
    ["xcore logs worker-0 -n 20", "show the last 20 lines of a worker"],
    ["xcore logs worker-0 --previous", "show how the last worker of that name ended"],
    ["xcore logs scheduler -f", "follow the scheduler"],
  ).withPage("docs/troubleshooting.md");
  addLogFlags(logs).option("-p, --previous", "the log of the last worker of this name that has ended").action(
    (
      name: string,
      flags: LogFlags,
    ) => showLog(context, name, flags),
  );
}

/** `xcore ssh` */
function defineSsh(ssh: ArgparseCommand, context: Context): void {
  ssh.description(
    "Log in to a machine of a cluster on a cloud, or run a command there and end with its exit code. The SSH host key is " +
      "checked against the machine's console; there is no trust on first use.",
  )
    .addArgument(
      new Argument("<name>", "a worker such as worker-0, or scheduler").completeWith(machineNames),
    )
    .argument("[command...]", "after --, the command to run there instead of a shell")
    .withExamples(
      ["xcore ssh scheduler", "open a shell on the machine of the scheduler"],
      ["xcore ssh worker-0 -- nvidia-smi", "run one command on the machine of a worker"],
    ).withPage("docs/troubleshooting.md")
    .action(async (name: string, command: string[]) => {
      if (context.options().json) {
        throw new UsageError(
          "Cannot log in with --json: the output comes from the machine",
          "Leave out --json.",
        );
      }
      const { ssh } = await import("../../cluster/ssh.ts");
      const code = await ssh(await scopeOf(context), name, command);
      if (code !== EXIT.done) throw new ExitWith(code);
    });
}

/** `xcore image {build,list,remove}` */
function defineImage(image: ArgparseCommand, context: Context): void {
  image.description(
    "Machine images with everything preinstalled that a cloud machine otherwise installs when it boots.",
  ).withExamples(
    ["xcore image build", "make workers boot faster"],
    ["xcore image list", "see the images there are, and which is in use"],
  ).withPage("docs/how-to/own_image.md");
  addBuild(image, context);
  image.command("list").description("List the images built for this cluster.").withExamples(
    ["xcore image list", "see the images there are, and which is in use"],
    ["xcore image list --json", "read them from a program"],
  ).action(async () => {
    const { listImages } = await import("../../cluster/cluster_image.ts");
    const images = await listImages(await scopeOf(context));
    answer(context, { images: images.map(documentOf) }, await imageText(images));
  });
  image.command("remove").description("Remove an image built for this cluster.")
    .argument("<name>", "name of the image, from `xcore image list`")
    .withExamples(
      ["xcore image remove xcore-0a1b2c3d-20261101-1200", "stop paying for an old image"],
      ["xcore -c cloudy image remove xcore-0a1b2c3d-20261101-1200", "do so for the cluster named cloudy"],
    )
    .action(async (name: string) => {
      const { removeImage } = await import("../../cluster/cluster_image.ts");
      const named = await removeImage(await scopeOf(context), name);
      answer(
        context,
        { removed: name, image_name: named },
        `Removed ${name}${named === null ? "" : `; image_name is ${named} again`}.`,
      );
    });
}

function addBuild(image: ArgparseCommand, context: Context): void {
  image.command("build").description(
    "Build an image with the packages of your Python environment and those in the setting `packages`, and write its " +
      "name into the configuration. Packer builds it on a temporary machine of the workers' type. Shows what that costs and " +
      "asks first, on a terminal only.",
  )
    .option("--gpu", "include the NVIDIA driver; builds on the machine type of a pool with GPUs")
    .option("--yes", "do not ask")
    .withExamples(
      ["xcore image build", "build an image with your packages"],
      ["xcore image build --gpu", "build an image with the NVIDIA driver"],
    )
    .action(async ({ gpu, yes }: { gpu?: true; yes?: true }) => {
      const { buildImage } = await import("../../cluster/cluster_image.ts");
      const image = await interruptible(
        context,
        "The configuration was not changed. Run `xcore image build` again to build an image.",
        (scope) => {
          const confirm = confirmCosts(context, yes === true);
          return buildImage(scope, { gpu: gpu === true }, confirm, progressOn(context));
        },
      );
      if (image === null) return answer(context, { image_name: null }, "Nothing was changed.");
      const { needsRestart, ...built } = image;
      answer(
        context,
        { image_name: built.name, image_owner: built.owner, image_id: built.id, needs_restart: needsRestart },
        `Built ${built.name} (${built.id}) and wrote its name into the configuration. ${
          needsRestart
            ? "The running scheduler and its workers keep their image until `xcore restart`."
            : "`xcore start` uses it for the scheduler and the workers."
        }`,
      );
    });
}

function documentOf({ name, id, createdAt, sizeGb, configured }: ClusterImage) {
  return { name, id, created_at: createdAt, size_gb: sizeGb, configured };
}

async function imageText(images: readonly ClusterImage[]): Promise<string> {
  if (images.length === 0) return "There are no images of this cluster. Build one with `xcore image build`.";
  const { table } = await import("../table.ts");
  const columns = [
    { heading: "NAME", align: "left" },
    { heading: "BUILT", align: "left" },
    { heading: "GB", align: "right" },
    { heading: "", align: "left" },
  ] as const;
  const rows = images.map(({ name, createdAt, sizeGb, configured }) => [
    name,
    createdAt.slice(0, 16).replace("T", " "),
    String(sizeGb),
    configured ? "in use" : "",
  ]);
  return table(columns, rows).join("\n");
}
