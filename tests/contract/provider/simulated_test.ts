import { ThrottledError } from "../../../lib/errors.ts";
import { attempt } from "../../support/fakes/builders.ts";
import { FakeProvider } from "../../support/fakes/fake_provider.ts";
import { type Climate, type Fate, SimulatedCloud } from "../../simulation/_cloud.ts";
import { Timeline } from "../../simulation/_timeline.ts";
import { ORDER } from "../local/_local_harness.ts";
import { providerContract } from "./contract.ts";

const STEP_MS = 500;
const FOREVER = [0, Infinity] as const;
const NEVER = [0, 0] as const;

/** The cloud of the simulation, in fair weather. */
providerContract("the simulated cloud", () => {
  const timeline = new Timeline();
  let stock = Infinity;
  let hidden = false;
  const fate: Fate = {
    ...{ bootMs: 2000, stopMs: 2000, tells: 1, ghostMs: 0, refusedMs: Infinity, zone: null },
    get hiddenMs() {
      return hidden ? FOREVER : NEVER;
    },
  };
  const climate: Climate = {
    granted: ({ names }) => names.slice(0, stock),
    fateOf: () => fate,
    unreachable: () => [],
    repeats: () => false,
    ...{ launching() {}, launched() {}, telling() {}, booted() {}, ended() {}, gone() {} },
  };
  const cloud = new SimulatedCloud(timeline, climate);
  const provider = new FakeProvider(cloud);
  const { recorder: { failNext, loseNext } } = provider;
  return Promise.resolve({
    provider,
    another: () => new FakeProvider(cloud),
    stranger: () => new FakeProvider(cloud, undefined, "xcore-11111111"),
    order: ORDER,
    accelerator: "T4",
    foreign: () => {
      const { id } = cloud.create("by hand", attempt(["worker-0"]), "worker-0");
      return Promise.resolve({
        id,
        isThere: () => Promise.resolve(cloud.instancesOf("by hand").length === 1),
      });
    },
    allowOnly: (names) => {
      stock = names?.length ?? Infinity;
      return Promise.resolve();
    },
    until: async (isSo) => {
      while (!await isSo()) {
        let over = false;
        timeline.in(STEP_MS, () => over = true);
        await timeline.run(() => over);
      }
    },
    print: null,
    trouble: {
      throttle: (call) => {
        failNext.set(call, new ThrottledError(`Cannot ${call}: asked too often`, "Wait."));
        return Promise.resolve();
      },
      loseAnswer: () => {
        loseNext.set("launch", new Error("the answer is lost"));
        return Promise.resolve();
      },
      hideNew: (hides) => {
        hidden = hides;
        return Promise.resolve();
      },
    },
    dispose: () => Promise.resolve(),
  });
}, { most: 2500, troubled: true });
