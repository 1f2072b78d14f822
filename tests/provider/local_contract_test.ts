import { providerContract } from "./contract.ts";
import { localHarness } from "./_local_harness.ts";

providerContract("local", localHarness);
