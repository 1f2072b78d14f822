import assert from "node:assert/strict";
import { join } from "node:path";
import { AuthError } from "../../../../lib/errors.ts";
import { checkCredentialsFile } from "../../../../lib/platform/gcp/session.ts";
import { type Place, placeWith } from "../../config/_home.ts";

const KEY = {
  type: "service_account",
  client_email: "robot@my-lab.iam.gserviceaccount.com",
  private_key: "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
};
const OWN = { type: "authorized_user", client_id: "1", client_secret: "2", refresh_token: "3" };

/** Looks at a file that is named; returns the refusal, or null. */
async function named(text: string | null, path = "key.json"): Promise<AuthError | null> {
  await using place = await placeWith(null);
  const file = join(place.home.dir, path);
  if (text !== null) {
    await place.runtime.files.mkdir(place.home.dir);
    await place.runtime.files.writeText(file, text);
  }
  return await refusal(place, { GOOGLE_APPLICATION_CREDENTIALS: file });
}

async function refusal(
  { runtime }: Place,
  variables: Readonly<Record<string, string>>,
): Promise<AuthError | null> {
  const { files } = runtime;
  const env = (name: string) => variables[name];
  try {
    await checkCredentialsFile({ files, env, cwd: () => "/where/i am" });
    return null;
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    return error;
  }
}

Deno.test("checkCredentialsFile() takes a service account's key, one's own credentials, and kinds it does not know", async () => {
  for (const file of [KEY, OWN, { type: "external_account", audience: "//iam" }]) {
    assert.equal(await named(JSON.stringify(file)), null);
  }
});

Deno.test("checkCredentialsFile() says what is wrong with a file that is named", async () => {
  const { private_key: _, ...keyless } = KEY;
  const wrong: [text: string | null, found: RegExp][] = [
    [null, /there is no file \S+key\.json$/],
    ["ya29.token", /key\.json is no JSON$/],
    ["[]", /the answer is a list|an object/],
    [JSON.stringify({ installed: { client_id: "1" } }), /type is missing$/],
    [JSON.stringify(keyless), /private_key is missing$/],
    [JSON.stringify({ ...KEY, private_key: "MIIE" }), /has no key in `private_key`$/],
    [JSON.stringify({ ...OWN, refresh_token: undefined }), /refresh_token is missing$/],
  ];
  for (const [text, found] of wrong) {
    const error = await named(text);
    assert.match(error?.message ?? "", /^Cannot use GOOGLE_APPLICATION_CREDENTIALS: /);
    assert.match(error!.message, found);
    assert.match(error!.hint, /gcloud iam service-accounts keys create FILE/);
  }
});

Deno.test("checkCredentialsFile() asks for a whole path, since Terraform and the daemon run elsewhere", async () => {
  await using place = await placeWith(null);
  const error = await refusal(place, { GOOGLE_APPLICATION_CREDENTIALS: "keys/mine.json" });
  assert.equal(error?.hint, 'export GOOGLE_APPLICATION_CREDENTIALS="/where/i am/keys/mine.json"');
});

Deno.test("checkCredentialsFile() checks application-default credentials where no file is named, if there are any", async () => {
  await using place = await placeWith(null);
  const { files } = place.runtime;
  assert.equal(await refusal(place, { HOME: place.home.dir }), null);
  await files.mkdir(join(place.home.dir, ".config/gcloud"));
  await files.writeText(join(place.home.dir, ".config/gcloud/application_default_credentials.json"), "{}");
  const error = await refusal(place, { HOME: place.home.dir });
  assert.match(error?.message ?? "", /^Cannot use the application-default credentials: .* type is missing$/);
  assert.match(error!.hint, /gcloud auth application-default login/);
});
