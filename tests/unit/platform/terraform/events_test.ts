import assert from "node:assert/strict";
import { parseEvent } from "../../../../lib/platform/terraform/terraform_event.ts";

// Lines as Terraform 1.11.4 prints them, shortened.
const HEAD = `"@level":"info","@module":"terraform.ui"`;
const resource =
  `"resource":{"addr":"aws_vpc.this[0]","module":"","resource_type":"aws_vpc","resource_name":"this"}`;

Deno.test("parseEvent() reads what is planned, but for what is only read", () => {
  assert.deepEqual(parseEvent(`{${HEAD},"change":{${resource},"action":"create"},"type":"planned_change"}`), {
    is: "planned",
    address: "aws_vpc.this[0]",
    type: "aws_vpc",
    change: "create",
  });
  assert.equal(parseEvent(`{${HEAD},"change":{${resource},"action":"read"},"type":"planned_change"}`), null);
});

Deno.test("parseEvent() reads how far a resource is", () => {
  const hook = (action: string, more = "") => `"hook":{${resource},"action":"${action}"${more}}`;
  const of = { address: "aws_vpc.this[0]", change: "delete" };
  assert.deepEqual(parseEvent(`{${HEAD},${hook("delete")},"type":"apply_start"}`), { is: "started", ...of });
  assert.deepEqual(
    parseEvent(`{${HEAD},${hook("delete", ',"elapsed_seconds":20')},"type":"apply_progress"}`),
    {
      is: "waiting",
      ...of,
      elapsedS: 20,
    },
  );
  assert.deepEqual(parseEvent(`{${HEAD},${hook("delete")},"type":"apply_complete"}`), { is: "done", ...of });
});

Deno.test("parseEvent() reads errors and leaves warnings out", () => {
  const diagnostic = (severity: string) =>
    `{"@level":"error","diagnostic":{"severity":"${severity}","summary":"error creating EC2 VPC: VpcLimitExceeded",` +
    `"detail":"","address":"aws_vpc.this[0]"},"type":"diagnostic"}`;
  assert.deepEqual(parseEvent(diagnostic("error")), {
    is: "error",
    summary: "error creating EC2 VPC: VpcLimitExceeded",
    detail: "",
    address: "aws_vpc.this[0]",
  });
  assert.equal(parseEvent(diagnostic("warning")), null);
});

Deno.test("parseEvent() passes on what is no event, and nothing for an empty line or an event of no interest", () => {
  assert.deepEqual(parseEvent("panic: runtime error"), { is: "noise", text: "panic: runtime error" });
  assert.deepEqual(parseEvent("17"), { is: "noise", text: "17" });
  assert.equal(parseEvent(" "), null);
  assert.equal(parseEvent(`{${HEAD},"terraform":"1.11.4","type":"version","ui":"1.2"}`), null);
});
