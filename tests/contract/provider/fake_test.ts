import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { FakeCloud, FakeProvider } from "../../support/fakes/fake_provider.ts";
import { instance } from "../../support/fakes/builders.ts";
import { ORDER } from "../local/_local_harness.ts";
import { providerContract } from "./contract.ts";

const STEP_MS = 500;
/** Those that the suite asks for where instances are short. */
const NAMES = ["worker-0", "worker-1", "worker-2"];

/** The cloud that the loop is tested with must be one as real ones are. */
providerContract("the fake provider", () => {
  const clock = new FakeClock();
  const cloud = new FakeCloud(clock);
  cloud.bootS = 2;
  cloud.stopS = 2;
  const strangers = "xcore-11111111";
  return Promise.resolve({
    provider: new FakeProvider(cloud),
    another: () => new FakeProvider(cloud),
    stranger: () => new FakeProvider(cloud, undefined, strangers),
    order: ORDER,
    accelerator: "T4",
    foreign: () => {
      cloud.put("by hand", [instance("worker-0", { id: "i-by-hand" })]);
      const isThere = () => Promise.resolve(cloud.instancesOf("by hand").length === 1);
      return Promise.resolve({ id: "i-by-hand", isThere });
    },
    allowOnly: (names) => {
      cloud.refused = names === null ? [] : NAMES.filter((name) => !names.includes(name));
      return Promise.resolve();
    },
    until: async (isSo) => {
      while (!await isSo()) clock.advance(STEP_MS);
    },
    print: null,
    trouble: null,
    dispose: () => Promise.resolve(),
  });
}, { most: 2500, troubled: false });
