/**
 * The CPU credits of burstable types (EC2 User Guide, Burstable performance instances). The mode is
 * always sent: an account's default would decide otherwise.
 * @module
 */

/** `standard`: without credits it runs at its baseline. `unlimited`: what it uses beyond them costs. */
export type CreditMode = "standard" | "unlimited";

/** Types with CPU credits: t2, t3, t3a, t4g and what comes after them. */
const BURSTABLE = /^t[2-9][a-z]*\./;

/**
 * The mode of a scheduler; null: its type has no credits. It is busy in its boot alone, and earns
 * what that costs within a day.
 */
export function schedulerCredits(type: string): CreditMode | null {
  return BURSTABLE.test(type) ? "unlimited" : null;
}

/**
 * The mode of a worker; null: its type has no credits. A T2 starts with credits for half an hour of
 * work. All others start with none: in `standard` mode they would boot, and work, at a fifth of a
 * processor, for the same price a task.
 */
export function workerCredits(type: string): CreditMode | null {
  if (!BURSTABLE.test(type)) return null;
  return type.startsWith("t2.") ? "standard" : "unlimited";
}

/** vCPUs, and the credits that they earn an hour. A credit is a vCPU for a minute. */
type Size = readonly [vcpus: number, earned: number];

/**
 * By size; T3a and T4g are as T3.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html
 */
const T2_SIZES: Readonly<Record<string, Size>> = {
  "nano": [1, 3],
  "micro": [1, 6],
  "small": [1, 12],
  "medium": [2, 24],
  "large": [2, 36],
  "xlarge": [4, 54],
  "2xlarge": [8, 81.6],
};
const T3_SIZES: Readonly<Record<string, Size>> = {
  "nano": [2, 6],
  "micro": [2, 12],
  "small": [2, 24],
  "medium": [2, 24],
  "large": [2, 36],
  "xlarge": [4, 96],
  "2xlarge": [8, 192],
};

/** What is assumed of a burstable type that is not among them, to be safe: none is larger. */
const LARGEST: Size = [8, 0];

/**
 * US dollars for a vCPU and hour beyond the credits in `unlimited` mode, on Linux.
 * https://aws.amazon.com/ec2/pricing/on-demand/ (T2/T3/T4g Unlimited Mode Pricing)
 */
const SURPLUS_USD = 0.05;
const SURPLUS_USD_OF_T4G = 0.04;

/**
 * What a machine costs beyond its price while it is busy: US dollars an hour at most, all its vCPUs
 * being at work and nothing of what it earns being left; 0: nothing.
 *
 * @param mode null: it has no credits
 */
export function surchargeUsd(type: string, mode: CreditMode | null): number {
  if (mode !== "unlimited") return 0;
  const [family = "", size = ""] = type.split(".");
  const [vcpus, earned] = (family === "t2" ? T2_SIZES : T3_SIZES)[size] ?? LARGEST;
  return (vcpus - earned / 60) * (family === "t4g" ? SURPLUS_USD_OF_T4G : SURPLUS_USD);
}
