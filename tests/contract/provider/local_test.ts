import { providerContract } from "./contract.ts";
import { localHarness } from "../local/_local_harness.ts";

providerContract("local", localHarness, { most: 8, troubled: false });
