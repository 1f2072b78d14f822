/** The base infrastructure on AWS: Terraform makes it, and its outputs say where it is. @module */

import { NotRunningError, XcoreError } from "../../errors.ts";
import { readAwsBase } from "../../provider/aws/base.ts";
import { outputsFile } from "../../provider/outputs.ts";
import { type AwsCloud, awsCloud, type Remnant } from "../../provider/aws/cloud.ts";
import type { InitialValues } from "../../config/write.ts";
import type { Base, BaseState } from "../base.ts";
import type { BaseOptions } from "../registry.ts";
import { seldom } from "../seldom.ts";
import { stateFile } from "../terraform/state_file.ts";
import { removeAll, unknownTo, wordsOf } from "./orphans.ts";
import { planWords } from "./plan_words.ts";
import { preflight } from "./preflight.ts";
import { awsTerraform, FIREWALL, prepare, readied, toMake } from "./terraform.ts";
import { schedulerTypeOf } from "./variables.ts";

/** An instance takes a minute to boot, and then installs Python and its packages. */
const SCHEDULER_WITHIN_S = 900;

/** Who waits for a scheduler asks ten times a second; EC2 lets an account ask 20 times, all tools together. */
const LOOK_EVERY_S = 10;

/** What AWS offers everywhere. */
const NEWER_TYPE = "t3.small";

/** The base on AWS. Nothing is asked before a method is called. */
export function awsBase(options: BaseOptions): Base {
  const { runtime, home, config } = options;
  const { files } = runtime;
  const cloud = awsCloud(options);
  const lifeOf = seldom(runtime.clock, LOOK_EVERY_S, cloud.lifeOf);
  const scheduler = async () => (await readAwsBase(runtime, home))?.schedulerInstanceId ?? null;

  async function describe(): Promise<BaseState> {
    const made = await readAwsBase(runtime, home);
    if (made === null) {
      const some = await stateFile(files, home.terraform) === "some";
      return { state: some ? "partial" : "absent", url: null, http: null, startedAtMs: null };
    }
    const host = made.schedulerPublicIp ?? made.schedulerPrivateIp;
    // Where AWS cannot be asked it is taken to be as it was made: that the scheduler is deaf will show.
    const life = await lifeOf(made.schedulerInstanceId).catch(() => "running");
    return {
      state: life === "pending" || life === "running" ? "up" : "partial",
      url: `tls://${host}:${config.schedulerPort}`,
      http: { host, port: config.dashboardPort },
      startedAtMs: await files.modifiedMs(outputsFile(home)),
    };
  }

  async function orphans(): Promise<Remnant[]> {
    const remnants = await cloud.remnants();
    if (remnants.length === 0 || await stateFile(files, home.terraform) !== "some") return [...remnants];
    return unknownTo(await (await awsTerraform(options, cloud)).resources(), remnants);
  }

  return {
    schedulerWithinS: SCHEDULER_WITHIN_S,
    settle: () => settle(cloud, schedulerTypeOf(config)),
    check: (settingUp) => preflight(options, settingUp),
    prepare: (progress) => prepare(options, cloud, progress),
    async plan(progress) {
      if ((await describe()).state === "up") return [];
      const { planned, variables } = await toMake(options, cloud, progress);
      return planWords(config, planned, variables);
    },
    async up(progress) {
      const { terraform, planned, variables } = await toMake(options, cloud, progress);
      for (const line of planWords(config, planned, variables)) progress(line);
      await terraform.apply(planned, progress);
      await files.writeText(outputsFile(home), await terraform.outputs());
      return await describe();
    },
    async down(progress) {
      await files.remove(outputsFile(home));
      if (await stateFile(files, home.terraform) !== "some") return;
      const terraform = await awsTerraform(options, cloud);
      if (!await terraform.isReady()) await terraform.init(progress);
      await terraform.destroy(progress);
    },
    remains: async () => (await cloud.remnants()).map(wordsOf),
    orphans: async () => (await orphans()).map(wordsOf),
    async sweep(progress) {
      const found = await orphans();
      await removeAll(cloud, runtime.clock, found, progress);
      return found.map(wordsOf);
    },
    async allow(progress) {
      if (await scheduler() === null) {
        throw new NotRunningError(
          "Cannot let anybody in: no cluster is running",
          "Start one with `xcore start`: it lets in whom allowed_cidr names.",
        );
      }
      const { terraform, variables } = await readied(options, cloud, progress);
      await terraform.apply(await terraform.plan({ target: [FIREWALL] }), progress);
      return variables.allowed_cidr;
    },
    describe,
    async log() {
      const id = await scheduler();
      return id === null ? "" : await cloud.console(id);
    },
    async awaits() {
      const id = await scheduler();
      const pending = id !== null && await lifeOf(id) === "pending";
      return pending
        ? "the scheduler's instance to run"
        : "the scheduler to boot, install its packages and answer";
    },
    async mend() {
      const id = await scheduler();
      const life = id === null ? "gone" : await lifeOf(id);
      if (life === "pending" || life === "running") return null;
      throw new XcoreError(
        `Cannot reach the scheduler: its instance ${id ?? ""} ${
          life === "gone" ? "is gone" : "is being ended"
        }`,
        "Make a new one with `xcore restart`.",
      );
    },
  };
}

/** The region; and types of the next line where it does not have those that are the default. */
async function settle(cloud: AwsCloud, type: string): Promise<InitialValues> {
  const region = await cloud.region().catch(() => null);
  if (region === null) return {};
  const zones = await cloud.zonesWith(type).catch(() => null); // that AWS refuses is the checks' to say
  const newer = zones !== null && zones.length === 0
    ? { scheduler_type: NEWER_TYPE, worker_type: NEWER_TYPE }
    : {};
  return { region_name: region, ...newer };
}
