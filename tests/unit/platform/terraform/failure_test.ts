import assert from "node:assert/strict";
import { AuthError, ConflictError } from "../../../../lib/errors.ts";
import { type TerraformEvent, terraformFailure } from "../../../../lib/platform/terraform/terraform_event.ts";

const failed = (summary: string, detail = ""): TerraformEvent => ({
  is: "error",
  summary,
  detail,
  address: null,
});
const failure = (...events: TerraformEvent[]) => ({
  doing: "make it",
  events,
  code: 1,
  logPath: "/home/x/log",
  provider: "aws",
});
const none = () => null;

Deno.test("terraformFailure() gives the first error, in one line, and where the rest is", () => {
  const { message, hint } = terraformFailure(failure(failed("It broke\nhere."), failed("Then this.")), none);
  assert.equal(message, "Cannot make it: It broke here.");
  assert.equal(hint, "All that it said is in /home/x/log.");
});

Deno.test("terraformFailure() asks the cloud's own words first", () => {
  const refused = new AuthError("refused", "ask");
  const error = terraformFailure(failure(failed("error creating VPC", "AuthFailure: no")), (text) => {
    assert.equal(text, "error creating VPC\nAuthFailure: no");
    return refused;
  });
  assert.equal(error, refused);
});

Deno.test("terraformFailure() knows a lock that another Terraform holds", () => {
  const error = terraformFailure(failure(failed("Error acquiring the state lock", "resource busy")), none);
  assert.ok(error instanceof ConflictError);
});

Deno.test("terraformFailure() gives the last words of a Terraform that broke down", () => {
  const { message } = terraformFailure(failure({ is: "noise", text: "panic: oh no" }), none);
  assert.equal(message, "Cannot make it: Terraform ended with exit code 1: panic: oh no");
});

Deno.test("terraformFailure() gives an error outside of events from its beginning on", () => {
  const lines = ["Initializing provider plugins...", "Error: no such provider", "", "Could not ask for it."];
  const { message } = terraformFailure(
    { ...failure({ is: "noise", text: "" }), events: lines.map((text) => ({ is: "noise", text })) },
    none,
  );
  assert.equal(
    message,
    "Cannot make it: Terraform ended with exit code 1: Error: no such provider Could not ask for it.",
  );
});
