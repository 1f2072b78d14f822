import assert from "node:assert/strict";
import { PrerequisiteError } from "../../lib/errors.ts";
import { fetchingFailure } from "./packages.ts";

// What Deno 2.7 said.
const HEAD =
  "error: Failed caching npm package '@peculiar/x509@2.2.0'\n    0: error sending request for url " +
  "(https://registry.npmjs.org/@peculiar/x509/-/x509-2.2.0.tgz): client error (Connect): ";
const WITHOUT_NETWORK = [
  "tcp connect error: Connection refused (os error 111)\n",
  "dns error: failed to lookup address information: Name or service not known\n",
];

Deno.test("fetchingFailure() says in one line that the registry does not answer, and what to do", () => {
  for (const end of WITHOUT_NETWORK) {
    const error = fetchingFailure(HEAD + end);
    assert.ok(error instanceof PrerequisiteError);
    assert.equal(error.message, "Cannot fetch the npm packages: the registry does not answer");
    assert.match(error.hint, /HTTPS_PROXY/);
  }
});

Deno.test("fetchingFailure() knows a network with an authority of its own", () => {
  const { message, hint } = fetchingFailure(
    `${HEAD}invalid peer certificate: UnknownIssuer\n    1: client error\n`,
  );
  assert.match(message, /certificate is not trusted$/);
  assert.match(hint, /DENO_TLS_CA_STORE=system/);
});

Deno.test("fetchingFailure() passes on the first line of what it does not know", () => {
  const said = "Download x\nerror: The lockfile is out of date. Run `deno install` to fix\nchanges:\n+ a\n";
  assert.equal(
    fetchingFailure(said).message,
    "Cannot fetch the npm packages: The lockfile is out of date. Run `deno install` to fix",
  );
});
