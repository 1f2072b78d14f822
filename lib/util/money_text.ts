/** Amounts of money as people read them. @module */

/** US dollars: `$0.0052`, `$0.17`, `$12.40`, `$1,240`. */
export function moneyText(usd: number): string {
  const digits = usd >= 1000 ? 0 : usd >= 0.1 || usd === 0 ? 2 : usd >= 0.01 ? 3 : 4;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
