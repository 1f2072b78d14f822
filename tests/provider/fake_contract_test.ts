import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeCloud, FakeProvider } from "../fakes/fake_provider.ts";
import { instance } from "../fakes/builders.ts";
import { ORDER } from "./_local_harness.ts";
import { providerContract } from "./contract.ts";

const STEP_MS = 500;

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
    foreign: () => {
      cloud.put("by hand", [instance("worker-0", { id: "i-by-hand" })]);
      const isThere = () => Promise.resolve(cloud.instancesOf("by hand").length === 1);
      return Promise.resolve({ id: "i-by-hand", isThere });
    },
    refuse: (names) => {
      cloud.refused = names;
      return Promise.resolve();
    },
    until: async (isSo) => {
      while (!await isSo()) clock.advance(STEP_MS);
    },
    dispose: () => Promise.resolve(),
  });
});
