/** A config.yaml of the Python tool 0.0.1, converted. @module */

import assert from "node:assert/strict";
import { convertConfig } from "../../../lib/config/convert_config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { assertShown, orRefusal, type Target, textOf } from "../target.ts";

const FIXTURES = new URL("../../unit/config/fixtures/", import.meta.url);
const seeds = ["aws", "gcp", "aws_running", "aws_running_pyyaml3", "gcp_gpu"].map((name) =>
  Deno.readTextFileSync(new URL(`${name}.yaml.0.0.1`, FIXTURES))
);

const PIECES = [
  "terraform_config:\n  ",
  "adaptive_config:\n  ",
  "dask_config:\n  ",
  "cloud_provider: ",
  "aws",
  "gcp",
  "image_id: ",
  "projects/my-lab/global/images/family/md",
  "image_owner: ",
  "public_key_path: ",
  "~/",
  "~root/.ssh/id",
  "max_workers: ",
  "min_workers: ",
  "max_idle_time: ",
  "poll_interval: 10",
  "accelerator_count: '1'",
  "worker_names: [",
  "scheduler_url: tls://1.2.3.4:8786\n",
  "project_name: ",
  "\n  ",
  "\n",
  ": ",
  "{",
  "[",
  "null",
  "0x10",
  "&a ",
  "!!python/tuple ",
  "|\n    ",
];

/** What a conversion makes, is today's config; all else is refused with the lines at fault. */
export const oldConfig: Target = {
  seeds,
  pieces: PIECES,
  runs: 100,
  async check(input) {
    const path = "/home/ann/.xcore/config.yaml";
    const conversion = await orRefusal(
      () =>
        convertConfig(textOf(input), {
          path,
          keptAs: "config.yaml.0.0.1",
          clusterName: "xcore",
          clusterId: "xcore-0a1b2c3d",
          userHome: "/home/ann",
          terraform: "/home/ann/.xcore/terraform",
        }),
      ConfigError,
    );
    if (conversion === null) return;
    conversion.notes.forEach(assertShown);
    const { provider } = await parseConfig(conversion.text, path);
    assert.equal(provider, conversion.provider);
  },
};
