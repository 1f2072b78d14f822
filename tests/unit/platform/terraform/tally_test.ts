import assert from "node:assert/strict";
import { nameOf, Tally, type TerraformEvent } from "../../../../lib/platform/terraform/terraform_event.ts";

const created = (is: "started" | "done", address: string): TerraformEvent => ({
  is,
  address,
  change: "create",
});

Deno.test("take() counts the done among the planned", () => {
  const tally = new Tally(["aws_vpc.this[0]", "aws_instance.scheduler"]);
  assert.deepEqual(tally.take(created("started", "aws_vpc.this[0]")), {
    line: "Making vpc",
    share: { done: 0, total: 2 },
  });
  assert.deepEqual(tally.take(created("done", "aws_vpc.this[0]")), {
    line: "Making vpc: done",
    share: { done: 1, total: 2 },
  });
});

Deno.test("take() says how long a resource has taken", () => {
  const waiting = {
    is: "waiting",
    address: "aws_instance.scheduler",
    change: "delete",
    elapsedS: 20,
  } as const;
  assert.equal(new Tally().take(waiting)?.line, "Removing instance scheduler (20 s)");
});

Deno.test("take() counts a replaced resource once, and does not count what was not planned as missing", () => {
  const tally = new Tally(["aws_instance.scheduler"]);
  tally.take({ is: "done", address: "aws_instance.scheduler", change: "delete" });
  assert.deepEqual(tally.take(created("done", "aws_instance.scheduler"))?.share, { done: 1, total: 1 });
  assert.deepEqual(tally.take(created("done", "aws_vpc.this[0]"))?.share, { done: 2, total: 2 });
});

Deno.test("take() learns the plan from the run itself where there was none before", () => {
  const tally = new Tally();
  const planned = { is: "planned", address: "aws_vpc.this[0]", type: "aws_vpc", change: "delete" } as const;
  assert.equal(tally.take(planned), null);
  assert.deepEqual(tally.take(created("started", "aws_vpc.this[0]"))?.share, { done: 0, total: 1 });
});

Deno.test("nameOf() says a resource's address in words", () => {
  assert.equal(nameOf("aws_vpc.this[0]"), "vpc");
  assert.equal(nameOf(`aws_subnet.this["eu-west-2a"]`), "subnet eu-west-2a");
  assert.equal(nameOf("aws_instance.scheduler"), "instance scheduler");
  assert.equal(nameOf("google_compute_firewall.inside"), "compute firewall inside");
  assert.equal(nameOf("something else"), "something else");
});
