import assert from "node:assert/strict";
import { enclosed, isEnclosed } from "../../emulators/enclosed.ts";

Deno.test("a test of this folder can reach no cloud but the emulated one", async () => {
  assert.ok(isEnclosed());
  await assert.rejects(Deno.connect({ hostname: "192.0.2.1", port: 80 }), /unreachable/i);
});

Deno.test("what is enclosed ends with who enclosed it, even if that is killed", async () => {
  const [program = "", ...args] = enclosed(["bash", "-c", "sleep 987654 & exec sleep 987655"]);
  const holder = new Deno.Command("bash", { args: ["-c", '"$@" & wait', "holder", program, ...args] })
    .spawn();
  await untilCount(2);
  holder.kill("SIGKILL");
  await holder.status;
  await untilCount(0);
});

/** Waits until so many of the test's processes live. */
async function untilCount(count: number): Promise<void> {
  for (const startedMs = Date.now();;) {
    const lines = await Array.fromAsync(Deno.readDir("/proc"), async ({ name }) => {
      return /^\d+$/.test(name) ? await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "") : "";
    });
    if (lines.filter((line) => line.split("\0").join(" ").startsWith("sleep 98765")).length === count) return;
    assert.ok(Date.now() < startedMs + 120_000, `${count} processes`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
