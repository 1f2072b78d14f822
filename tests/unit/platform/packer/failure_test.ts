import assert from "node:assert/strict";
import { AuthError } from "../../../../lib/errors.ts";
import { packerFailure, type PackerMessage } from "../../../../lib/platform/packer/packer_build.ts";

const error = (text: string, final = true): PackerMessage => ({ is: "error", text, final });
const failure = (code: number, ...messages: PackerMessage[]) => ({
  doing: "build the image",
  messages,
  code,
  logPath: "/home/x/log",
});
const none = () => null;

Deno.test("packerFailure() gives the build's own error, in one line, and where the rest is", () => {
  const remote = error("==> x: sudo: unable to resolve host", false);
  const { message, hint } = packerFailure(
    failure(1, remote, error("VPCIdNotSpecified: No default\nVPC")),
    none,
  );
  assert.equal(message, "Cannot build the image: VPCIdNotSpecified: No default VPC");
  assert.equal(hint, "All that it said is in /home/x/log.");
});

Deno.test("packerFailure() gives the machine's last words where its script failed", () => {
  const said = (text: string): PackerMessage => ({ is: "machine", text });
  const words = [
    said("fetching uv"),
    said("`fetch_uv` failed five times"),
    said("line 120 failed: return 1"),
  ];
  const { message } = packerFailure(
    failure(1, ...words, error("Script exited with non-zero exit status: 1")),
    none,
  );
  assert.equal(message, "Cannot build the image: `fetch_uv` failed five times");
});

Deno.test("packerFailure() asks the cloud's own words first", () => {
  const refused = new AuthError("refused", "ask");
  assert.equal(packerFailure(failure(1, error("UnauthorizedOperation: no")), () => refused), refused);
});

Deno.test("packerFailure() of one that was killed says what finds what it left", () => {
  assert.match(packerFailure(failure(137), none).hint, /^`xcore doctor` finds/);
  const remote = error("==> x: sudo: unable to resolve host", false);
  assert.match(packerFailure(failure(137, remote), none).message, /: Packer was killed in the middle$/);
  assert.equal(
    packerFailure(failure(1), none).message,
    "Cannot build the image: Packer ended with exit code 1",
  );
});
