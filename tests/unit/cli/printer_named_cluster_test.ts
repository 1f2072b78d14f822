import assert from "node:assert/strict";
import { namingCluster } from "../../../lib/cli/printer.ts";
import { withHome } from "./_home.ts";
import { keepingPrinter } from "./_printer.ts";
import { run } from "./_run.ts";

/** What is printed of a text where the command line has this name. */
function printedAs(text: string, name: string | undefined): string {
  const { printer, printed } = keepingPrinter();
  namingCluster(printer, () => name).say(text);
  return printed.said.join("\n");
}

Deno.test("namingCluster() puts the cluster's name into each command that a person is told to type", () => {
  const text = "Watch with `xcore status`, end it with `xcore shutdown --yes`.";
  assert.equal(
    printedAs(text, "two"),
    "Watch with `xcore -c two status`, end it with `xcore -c two shutdown --yes`.",
  );
  assert.equal(printedAs(text, undefined), text);
});

Deno.test("namingCluster() leaves a command that names a cluster, one for help, and what is no command", () => {
  for (const text of ["`xcore -c NAME init aws`", "See `xcore config get -h`.", "xcore (local): down"]) {
    assert.equal(printedAs(text, "two"), text);
  }
});

Deno.test("answers and errors of a cluster that was named with -c tell what to type for that one", () =>
  withHome(async (home) => {
    await Deno.mkdir(`${home}/clusters/two`, { recursive: true });
    const config = "provider: local\ncluster_name: two\ncluster_id: two-0a1b2c3d\n";
    await Deno.writeTextFile(`${home}/clusters/two/config.yaml`, config);
    const { out } = await run(home, ["-c", "two", "status"]);
    assert.match(out, /Start it with `xcore -c two start`\./);
    const { said } = await run(home, ["url", "-c", "two"]);
    assert.equal(said.at(-1), "Start one with `xcore -c two start`.");
    const { out: document } = await run(home, ["-c", "two", "--json", "status"]);
    assert.equal(JSON.parse(document).cluster.name, "two");
  }));
