/**
 * The CPU credits of burstable types (EC2 User Guide, Burstable performance instances). The mode is
 * always sent: an account's default would decide otherwise.
 * @module
 */

/** `standard`: without credits it runs at its baseline. `unlimited`: what it uses beyond them costs. */
export type CreditMode = "standard" | "unlimited";

/** What a Linux instance in `unlimited` mode costs for a vCPU and hour above its credits, in US dollars. */
const SURPLUS_USD = 0.05;

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

/** What busy workers of these types cost beyond their price, in a sentence; empty: nothing. */
export function surchargeOf(types: readonly string[]): string {
  const unlimited = types.filter((type) => workerCredits(type) === "unlimited");
  if (unlimited.length === 0) return "";
  return `A busy ${unlimited.join(" or ")} costs up to ${SURPLUS_USD} US dollars more per vCPU and hour.`;
}
