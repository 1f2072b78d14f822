import type { OwnImage } from "../../cluster/image.ts";
import type { ArgparseCommand } from "../commander.ts";
import { answer, type Context, placeOf } from "../context.ts";
import { interruptible } from "../interruptible.ts";
import { progressOn } from "../progress.ts";
import { table } from "../table.ts";

/** `xcore image {build,list,remove}` */
export function defineImage(image: ArgparseCommand, context: Context): void {
  image.description(
    "Machine images with everything preinstalled that a cloud machine otherwise installs when it boots.",
  );
  addBuild(image, context);
  image.command("list").description("List the images built for this cluster.").action(async () => {
    const { listImages } = await import("../../cluster/image.ts");
    const images = await listImages(placeOf(context));
    answer(context, { images: images.map(documentOf) }, imageText(images));
  });
  image.command("remove").description("Remove an image built for this cluster.")
    .argument("<name>", "name of the image, from `xcore image list`")
    .action(async (name: string) => {
      const { removeImage } = await import("../../cluster/image.ts");
      await removeImage(placeOf(context), name);
      answer(context, { removed: name }, `Removed ${name}.`);
    });
}

function addBuild(image: ArgparseCommand, context: Context): void {
  image.command("build").description(
    "Build an image with the packages of your Python environment and those in the setting `packages`, and write its " +
      "name into the configuration. Packer builds it on a temporary machine of the workers' type.",
  )
    .option("--gpu", "include the NVIDIA driver; builds on the machine type of a pool with GPUs")
    .withExamples(["xcore image build --gpu", "build an image with the NVIDIA driver"])
    .action(async ({ gpu }: { gpu?: true }) => {
      const { buildImage } = await import("../../cluster/image.ts");
      const { needsRestart, ...built } = await interruptible(
        context,
        "Run `xcore image build` again; the configuration was not changed.",
        (place) => buildImage(place, { gpu: gpu === true }, progressOn(context)),
      );
      answer(
        context,
        { image_name: built.name, image_owner: built.owner, image_id: built.id, needs_restart: needsRestart },
        `Built ${built.name} (${built.id}); the configuration names it now. ${
          needsRestart
            ? "The scheduler that runs, and its workers, stay with the image they had until `xcore restart`."
            : "The next `xcore start` uses it, for the scheduler and for the workers."
        }`,
      );
    });
}

function documentOf({ name, id, createdAt, sizeGb, configured }: OwnImage) {
  return { name, id, created_at: createdAt, size_gb: sizeGb, configured };
}

function imageText(images: readonly OwnImage[]): string {
  if (images.length === 0) return "There are none. Build one with `xcore image build`.";
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
    configured ? "the configuration's" : "",
  ]);
  return table(columns, rows).join("\n");
}
