import assert from "node:assert/strict";
import { join } from "node:path";
import { InterruptedError, XcoreError } from "../../../lib/errors.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { needing, programs } from "../../support/needs.ts";
import { slowly, terraformPlace, whenTold } from "./_place.ts";

const LACK = programs("terraform");
const OUTPUT = `output "colour" { value = "blue" }\n`;

Deno.test(needing(LACK, "apply() does what plan() told, and counts", async () => {
  await using place = await terraformPlace(slowly("one", 0) + slowly("two", 0) + OUTPUT);
  const { terraform, progress, said } = place;
  await terraform.init(progress);
  const planned = await terraform.plan();
  assert.deepEqual(planned.map(({ address, change }) => [address, change]).sort(), [
    ["terraform_data.one", "create"],
    ["terraform_data.two", "create"],
  ]);
  await terraform.apply(planned, progress);
  assert.deepEqual(said.at(-1)?.share, { done: 2, total: 2 });
  assert.equal(JSON.parse(await terraform.outputs()).colour.value, "blue");
  assert.deepEqual((await terraform.resources()).map(({ address }) => address), [
    "terraform_data.one",
    "terraform_data.two",
  ]);
  assert.deepEqual(await terraform.plan(), []);
  const replaced = await terraform.plan({ replace: ["terraform_data.one"] });
  assert.deepEqual(replaced.map(({ change }) => change), ["replace"]);
}));

Deno.test(needing(LACK, "destroy() removes everything, and counts", async () => {
  await using place = await terraformPlace(slowly("one", 0) + OUTPUT);
  const { terraform, progress, said } = place;
  await terraform.init(progress);
  await terraform.apply(await terraform.plan(), progress);
  await terraform.destroy(progress);
  assert.deepEqual(said.at(-1), { line: "Removing data one: done", share: { done: 1, total: 1 } });
  assert.deepEqual(await terraform.resources(), []);
}));

Deno.test(needing(LACK, "apply() leaves the state for its owner alone, and no plan", async () => {
  await using place = await terraformPlace(slowly("one", 0));
  const { terraform, progress, folder, logPath } = place;
  await terraform.init(progress);
  await terraform.apply(await terraform.plan(), progress);
  const mode = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
  assert.equal(await mode(join(folder, "terraform.tfstate")), 0o600);
  assert.equal(await mode(logPath), 0o600);
  await assert.rejects(Deno.stat(join(folder, "xcore.tfplan")), Deno.errors.NotFound);
}));

Deno.test(
  needing(
    LACK,
    "an interrupted apply() comes to its end where a provider would forget what it makes",
    async () => {
      await using place = await terraformPlace(slowly("one", 1) + slowly("two", 0, "one"), {
        forgetsWhenStopped: true,
      });
      const { terraform, progress, interruption } = place;
      await terraform.init(progress);
      const applied = terraform.apply(await terraform.plan(), (line) => {
        if (line === "Making data one") interruption.request();
      });
      await assert.rejects(applied, InterruptedError);
      assert.equal((await terraform.resources()).length, 2);
    },
  ),
);

Deno.test(
  needing(
    LACK,
    "an interrupted apply() is told of what it was at, and another run makes the rest",
    async () => {
      await using place = await terraformPlace(whenTold("one") + slowly("two", 0, "one"));
      const { terraform, progress, interruption } = place;
      await terraform.init(progress);
      const planned = await terraform.plan();
      const applied = terraform.apply(planned, (line, share) => {
        progress(line, share);
        if (line === "Making data one") interruption.request();
      });
      await assert.rejects(applied, InterruptedError);
      await interruption.released();
      await Deno.writeTextFile(join(place.folder, "go"), "");
      const again = await place.again();
      assert.deepEqual((await again.resources()).map(({ address }) => address), ["terraform_data.one"]);
      await again.apply(await again.plan(), progress);
      assert.deepEqual((await again.resources()).map(({ address }) => address), [
        "terraform_data.one",
        "terraform_data.two",
      ]);
    },
  ),
);

for (const forgetsWhenStopped of [false, true]) {
  const kind = forgetsWhenStopped ? "of a provider that would forget" : "of another";
  Deno.test(
    needing(LACK, `an apply() that is interrupted twice leaves no program and no lock, ${kind}`, async () => {
      await using place = await terraformPlace(whenTold("one"), { forgetsWhenStopped });
      const { terraform, progress, interruption } = place;
      await terraform.init(progress);
      const applied = terraform.apply(await terraform.plan(), (line) => {
        if (line !== "Making data one") return;
        interruption.request();
        interruption.request();
      });
      await assert.rejects(applied, InterruptedError);
      await interruption.released();
      assert.deepEqual(await programsIn(place.folder), []);
      assert.equal((await (await place.again()).plan()).length, 1);
    }),
  );
}

Deno.test(
  needing(LACK, "plan() gives up on a provider that says nothing, and leaves no program", async () => {
    // To read a pipe without a writer takes for ever.
    await using place = await terraformPlace(`output "never" { value = file("pipe") }`, {
      planSilentMs: 500,
    });
    const { terraform, progress, folder, logPath } = place;
    await terraform.init(progress);
    assert.ok((await new Deno.Command("mkfifo", { args: [join(folder, "pipe")] }).output()).success);
    await assert.rejects(
      terraform.plan(),
      (error: unknown) => error instanceof XcoreError && error.hint.includes(logPath),
    );
    assert.deepEqual(await programsIn(folder), []);
  }),
);

Deno.test(needing(LACK, "plan() waits for another Terraform longer than for a word", async () => {
  await using place = await terraformPlace(slowly("one", 3), { planSilentMs: 1000 });
  const { terraform, progress } = place;
  await terraform.init(progress);
  const planned = await terraform.plan();
  const atWork = Promise.withResolvers<void>();
  const first = terraform.apply(planned, (line) => {
    if (line === "Making data one") atWork.resolve();
  });
  await atWork.promise;
  assert.deepEqual(await (await place.again()).plan(), []);
  await first;
}));

/** Command lines of programs whose current folder this is. */
async function programsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || await Deno.readLink(`/proc/${name}/cwd`).catch(() => "") !== folder) continue;
    found.push(await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => ""));
  }
  return found;
}

Deno.test(needing(LACK, "apply() says what went wrong, in Terraform's words", async () => {
  await using place = await terraformPlace(`
resource "terraform_data" "one" {
  lifecycle {
    postcondition {
      condition     = self.id == "nothing"
      error_message = "It is not nothing."
    }
  }
}`);
  const { terraform, progress } = place;
  await terraform.init(progress);
  await assert.rejects(
    terraform.plan().then((planned) => terraform.apply(planned, progress)),
    (error: unknown) =>
      error instanceof XcoreError && /postcondition failed/.test(error.message) &&
      error.hint.includes(place.logPath),
  );
}));

Deno.test(needing(LACK, "a Terraform that another is at work beside waits for it", async () => {
  await using place = await terraformPlace(slowly("one", 2));
  const { terraform, progress } = place;
  await terraform.init(progress);
  const atWork = Promise.withResolvers<void>();
  const first = terraform.apply(await terraform.plan(), (line) => {
    if (line === "Making data one") atWork.resolve();
  });
  await atWork.promise;
  const second = (await place.again()).destroy(progress);
  await Promise.all([first, second]);
  assert.deepEqual(await terraform.resources(), []);
}));

Deno.test(needing(LACK, "a Terraform goes on when the xcore that runs it is killed", async () => {
  await using place = await terraformPlace(slowly("one", 2));
  const { terraform, progress, folder, logPath } = place;
  await terraform.init(progress);
  await terraform.plan();
  const script = `
    import { systemRuntime } from ${
    JSON.stringify(new URL("../../../lib/system_runtime.ts", import.meta.url).href)
  };
    const command = ["terraform", "apply", "-json", "-input=false", "xcore.tfplan"];
    const options = { cwd: ${JSON.stringify(folder)}, logPath: ${JSON.stringify(logPath)} };
    await systemRuntime(null).runDetached(command, options);`;
  const path = join(folder, "run.ts");
  await Deno.writeTextFile(path, script);
  const xcore = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", path], stdout: "null" })
    .spawn();
  const { clock, files } = systemRuntime(null);
  while (!(await files.readTextIfExists(logPath))?.includes("apply_start")) await clock.sleep(50);
  xcore.kill("SIGKILL");
  await xcore.status;
  while (!(await files.readTextIfExists(logPath))?.includes("Apply complete")) await clock.sleep(50);
  assert.deepEqual((await terraform.resources()).map(({ address }) => address), ["terraform_data.one"]);
}));
