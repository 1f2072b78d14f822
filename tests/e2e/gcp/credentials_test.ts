import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { PYTHON } from "../../emulators/person.ts";
import { type CredentialFiles, withCredentialFiles } from "./_credentials.ts";
import { refused } from "../../emulators/refused.ts";
import { type Project, withProject } from "./_gcp_home.ts";
import { type TestCluster, withHome } from "../local/harness.ts";

const INIT = ["init", "gcp", "--python", PYTHON];
const NAMED = "GOOGLE_APPLICATION_CREDENTIALS";

/**
 * A test in a project to which no access token is at hand, only files.
 *
 * @param named which of them GOOGLE_APPLICATION_CREDENTIALS names
 */
function test(
  name: string,
  body: (cluster: TestCluster, files: CredentialFiles, project: Project) => Promise<void>,
  named: (files: CredentialFiles) => string = () => "",
): void {
  Deno.test(name, () =>
    withProject({}, (project) =>
      withCredentialFiles(project.gce, (files) => {
        const env = { ...project.env, ...files.env, [NAMED]: named(files) };
        return withHome((cluster) => body(cluster, files, project), { env });
      })));
}

/** Where `gcloud auth application-default login` would have written what it got. */
async function logIn({ folder }: TestCluster, text: string): Promise<void> {
  const file = join(folder, ".config/gcloud/application_default_credentials.json");
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeTextFile(file, text);
}

test(
  "a service account's key file says who asks and of which project, and Terraform takes it too",
  async (cluster, files) => {
    const { code, stdout, stderr } = await cluster.xcore(...INIT);
    assert.equal(code, 0, stdout + stderr);
    assert.ok(stdout.includes(`✓ Google credentials: ${files.email}, from ${NAMED}\n`), stdout);
    assert.equal((await cluster.ok("config", "get", "project_name")).trim(), "test-project");
    assert.match(await cluster.ok("start", "--plan"), /^To make in us-central1, \d+ resources: /);

    const key = await Deno.readTextFile(files.keyFile);
    const given = await cluster.xcoreBeside(["doctor"], { [NAMED]: "", GOOGLE_CREDENTIALS: key }).ended;
    assert.ok(given.stdout.includes(`✓ Google credentials: ${files.email}, from GOOGLE_CREDENTIALS\n`));
    const impersonated = await cluster.xcoreBeside(["doctor"], {
      GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: "other@x",
    }).ended;
    assert.match(
      impersonated.stdout,
      /^✗ .*GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.*\n.*--impersonate-service-account=other@x/m,
    );
  },
  ({ keyFile }) => keyFile,
);

test(
  "application-default credentials are one's own; they name no project",
  async (cluster, files, { gce }) => {
    await logIn(cluster, await Deno.readTextFile(files.ownFile));
    const { stdout: checks } = await refused(cluster, 4, INIT);
    assert.match(checks, /Cannot tell which project to use/);
    assert.match(checks, /`xcore init gcp .*--project ID`/);
    const { code, stdout, stderr } = await cluster.xcoreBeside([...INIT, "--project", gce.project])
      .ended;
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^✓ Google credentials: your own account, from application-default credentials$/m);
  },
);

test(
  "credentials that are not there, or that Google knows no more, are one line and one fix",
  async (cluster, files) => {
    const none = await refused(cluster, 4, [...INIT, "--project", "test-project"]);
    assert.match(none.stdout, /^✗ .*: Cannot find credentials: there are no credentials/m);
    assert.match(none.stdout, /^ {2}Set GOOGLE_APPLICATION_CREDENTIALS .* or run `gcloud auth/m);

    const missing = await refused(cluster, 4, INIT, { [NAMED]: "/nowhere/key.json" });
    assert.match(
      missing.stdout,
      /^✗ .*: Cannot use GOOGLE_APPLICATION_CREDENTIALS: there is no file \/nowhere\/key\.json\n.*gcloud iam service-accounts keys create/m,
    );
    assert.match(
      missing.stdout,
      /^✗ Project: no project is named, .*\n {2}Name it: `xcore init gcp .*--project ID`/m,
    );

    const key = JSON.parse(await Deno.readTextFile(files.keyFile));
    const deleted = await cluster.write("deleted.json", JSON.stringify({ ...key, client_email: "gone@x" }));
    const { stdout } = await refused(cluster, 4, INIT, { [NAMED]: deleted });
    assert.match(
      stdout,
      /Google refuses the credentials \(invalid_grant: Invalid JWT Signature\.\)\n {2}Set GOOGLE_APPLICATION_CREDENTIALS/,
    );
  },
);
