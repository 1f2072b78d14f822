import assert from "node:assert/strict";
import type { Client } from "../../../../lib/platform/aws/client.ts";
import { images, removeImage } from "../../../../lib/platform/aws/images.ts";
import type { Session } from "../../../../lib/platform/aws/session.ts";
import { FakeClock } from "../../../support/fakes/fake_clock.ts";

const IMAGE = { id: "ami-1", name: "mine", createdAt: "2026-01-01T00:00:00Z", sizeGb: 20, removeCommand: "" };

/** An account with one image of these snapshots, whose calls are answered as given; `asked` has the calls. */
function account(answers: {
  readonly results?: Readonly<Record<string, string>>;
  readonly deletions?: readonly (string | null)[];
}) {
  const asked: string[] = [];
  const deletions = [...answers.deletions ?? []];
  const refuse = (code: string) => Promise.reject(Object.assign(new Error(code), { name: code }));
  const client = {
    region: () => Promise.resolve("eu-north-1"),
    describeImages: () =>
      Promise.resolve({
        Images: [{
          ImageId: "ami-1",
          CreationDate: "2026-01-01T00:00:00Z",
          BlockDeviceMappings: [
            { Ebs: { SnapshotId: "snap-1" } },
            { VirtualName: "ephemeral0" },
            { Ebs: { SnapshotId: "snap-2" } },
          ],
        }],
      }),
    deregisterImage: (id: string) => {
      asked.push(`deregister ${id}`);
      return Promise.resolve({
        DeleteSnapshotResults: Object.entries(answers.results ?? {}).map(([SnapshotId, ReturnCode]) => ({
          SnapshotId,
          ReturnCode,
        })),
      });
    },
    deleteSnapshot: (id: string) => {
      asked.push(`delete ${id}`);
      const code = deletions.shift() ?? null;
      return code === null ? Promise.resolve({}) : refuse(code);
    },
  } as unknown as Client;
  const session: Pick<Session, "ask"> = { ask: (_doing, call) => call(client) };
  return { asked, session };
}

Deno.test("images() tells of each the commands of the AWS CLI that remove it and its snapshots", async () => {
  const { session } = account({});
  assert.deepEqual((await images(session, "lab-0a1b2c3d")).map(({ removeCommand }) => removeCommand), [
    "aws ec2 deregister-image --region eu-north-1 --image-id ami-1 && " +
    "aws ec2 delete-snapshot --region eu-north-1 --snapshot-id snap-1 && " +
    "aws ec2 delete-snapshot --region eu-north-1 --snapshot-id snap-2",
  ]);
});

/** Lets time pass until the work is done. */
async function through(clock: FakeClock, work: Promise<void>): Promise<void> {
  let done = false;
  const finished = work.finally(() => done = true);
  finished.catch(() => {});
  while (!done) {
    await Promise.race([finished.catch(() => {}), clock.asleep().then((ms) => clock.advance(ms))]);
  }
  await finished;
}

Deno.test("removeImage() leaves the snapshots that AWS has deleted with the image, or needs for another", async () => {
  const { asked, session } = account({ results: { "snap-1": "success", "snap-2": "skipped" } });
  await removeImage(session, new FakeClock(), IMAGE);
  assert.deepEqual(asked, ["deregister ami-1"]);
});

Deno.test("removeImage() deletes what AWS did not, again while it is in use, and takes what is gone for done", async () => {
  const { asked, session } = account({
    results: { "snap-1": "internal-error" },
    deletions: ["InvalidSnapshot.InUse", "InvalidSnapshot.InUse", null, "InvalidSnapshot.NotFound"],
  });
  const clock = new FakeClock();
  await through(clock, removeImage(session, clock, IMAGE));
  assert.deepEqual(asked, [
    "deregister ami-1",
    "delete snap-1",
    "delete snap-1",
    "delete snap-1",
    "delete snap-2",
  ]);
});

Deno.test("removeImage() says what AWS says of a snapshot that stays in use, or may not be deleted", async () => {
  const clock = new FakeClock();
  const busy = account({ deletions: Array(100).fill("InvalidSnapshot.InUse") });
  await assert.rejects(through(clock, removeImage(busy.session, clock, IMAGE)), {
    name: "InvalidSnapshot.InUse",
  });
  const denied = account({ deletions: ["UnauthorizedOperation"] });
  await assert.rejects(removeImage(denied.session, clock, IMAGE), { name: "UnauthorizedOperation" });
});
