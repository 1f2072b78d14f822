import { testSeeds } from "./_seeds.ts";

testSeeds(1);
