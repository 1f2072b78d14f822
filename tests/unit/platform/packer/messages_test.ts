import assert from "node:assert/strict";
import { parseMessage } from "../../../../lib/platform/packer/packer_build.ts";

// As Packer 1.6.6 wrote them, but for the times.
const SAID = {
  step: "17,,ui,say,==> amazon-ebs.this: Launching a source AWS instance...",
  detail: '17,,ui,message,    amazon-ebs.this: Adding tag: "Name": "x"',
  comma: "17,,ui,say,==> amazon-ebs.this: No volumes to clean up%!(PACKER_COMMA) skipping",
  machine:
    "17,,ui,error,==> amazon-ebs.this: xcore 09:30:00.123: installing 5 packages%!(PACKER_COMMA) and more",
  remote: "17,,ui,error,==> amazon-ebs.this: sudo: a password is required",
  final: "17,amazon-ebs.this,error,Script exited with non-zero exit status: 1.Allowed exit codes are: [0]",
  artifact: "17,amazon-ebs.this,artifact,0,id,us-east-1:ami-1",
  invalid: "17,,ui,error,Error: Unsupported block type\\n\\n  on aws.pkr.hcl line 32:\\n",
  panic: "panic: runtime error",
};

Deno.test("parseMessage() tells steps, what the machine says, and errors, and passes over the rest", () => {
  assert.deepEqual(parseMessage(SAID.step), { is: "step", text: "Launching a source AWS instance …" });
  assert.deepEqual(parseMessage(SAID.comma), { is: "step", text: "No volumes to clean up, skipping" });
  assert.deepEqual(parseMessage(SAID.machine), { is: "machine", text: "installing 5 packages, and more" });
  assert.deepEqual(parseMessage(SAID.remote), {
    is: "error",
    text: "==> amazon-ebs.this: sudo: a password is required",
    final: false,
  });
  assert.deepEqual(parseMessage(SAID.final), {
    is: "error",
    text: "Script exited with non-zero exit status: 1.Allowed exit codes are: [0]",
    final: true,
  });
  assert.deepEqual(parseMessage(SAID.invalid), {
    is: "error",
    text: "Error: Unsupported block type\n\n  on aws.pkr.hcl line 32:",
    final: false,
  });
  for (const line of [SAID.detail, SAID.artifact, SAID.panic, ""]) {
    assert.equal(parseMessage(line), null, line);
  }
});
