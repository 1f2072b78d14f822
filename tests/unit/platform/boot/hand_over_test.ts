import assert from "node:assert/strict";
import { join } from "node:path";
import { homeOf } from "../../../../lib/config/home.ts";
import type { SchedulerClient } from "../../../../lib/dask/scheduler_client.ts";
import { BundleMissingError, ConflictError } from "../../../../lib/errors.ts";
import { handOver, keepBundle } from "../../../../lib/platform/boot/hand_over.ts";
import type { Runtime } from "../../../../lib/runtime.ts";
import { assertWording } from "../../../support/wording.ts";
import { runtime } from "../../dask/_certificates.ts";

const digest = (n: number) => String(n).padStart(64, "0");
const wanting = (sha256: string) => new BundleMissingError("it waits", "start", sha256);

/** A home of its own, and a scheduler that notes what it is brought. */
async function withHome(
  body: (
    scope: { runtime: Runtime; home: ReturnType<typeof homeOf> },
    scheduler: SchedulerClient,
    brought: unknown[],
  ) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const brought: unknown[] = [];
    const scheduler = {
      handOver: (bundle: unknown) => Promise.resolve(void brought.push(bundle)),
    } as unknown as SchedulerClient;
    const env = (name: string) => name === "XCORE_HOME" ? root : undefined;
    const scope = { runtime: { ...runtime, env }, home: homeOf({ ...runtime, env }, null) };
    await body(scope, scheduler, brought);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("handOver() brings what the instance wants, whatever has been kept since", async () => {
  await withHome(async (scope, scheduler, brought) => {
    const first = { sha256: digest(1), content: "é" };
    await keepBundle(scope.runtime.files, scope.home, first);
    await keepBundle(scope.runtime.files, scope.home, { sha256: digest(2), content: "later" });
    await handOver(scope, scheduler, wanting(digest(1)));
    assert.deepEqual(brought, [first]);
  });
});

Deno.test("handOver() says so where this home has kept no such bundle", async () => {
  await withHome(async (scope, scheduler, brought) => {
    const error = await handOver(scope, scheduler, wanting(digest(1))).catch((error) => error);
    assert.ok(error instanceof ConflictError);
    assertWording("bundles", "the home has not kept it", `${error.message}\n${error.hint}`);
    assert.deepEqual(brought, []);
  });
});

Deno.test("handOver() reads no other file, whatever the scheduler asks for", async () => {
  await withHome(async (scope, scheduler, brought) => {
    const { runtime: { files }, home } = scope;
    await files.mkdir(join(home.terraform, "bundle-x"));
    await files.writeText(join(home.root, "secret"), "s");
    for (const asked of ["x/../../secret", "", "../secret", `${digest(1)}/../../secret`]) {
      const error = await handOver(scope, scheduler, wanting(asked)).catch((error) => error);
      assert.ok(error instanceof ConflictError, asked);
    }
    assert.deepEqual(brought, []);
  });
});

Deno.test("keepBundle() keeps a few, those that were made last, and nothing of Terraform's is touched", async () => {
  await withHome(async ({ runtime: { files }, home }) => {
    await files.mkdir(home.terraform);
    await files.writeText(join(home.terraform, "terraform.tfstate"), "{}");
    for (let n = 0; n < 6; n++) {
      await keepBundle(files, home, { sha256: digest(n), content: "x" });
      await Deno.utime(join(home.terraform, `bundle-${digest(n)}`), n, n);
    }
    const names = await files.list(home.terraform);
    assert.deepEqual(names, [
      ...[2, 3, 4, 5].map((n) => `bundle-${digest(n)}`),
      "terraform.tfstate",
    ]);
  });
});
