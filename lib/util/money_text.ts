/** Amounts of money as people read them, and as they set them. @module */

/** US dollars: `$0.0052`, `$0.17`, `$12.40`, `$1,240`. */
export function moneyText(usd: number): string {
  const digits = usd >= 1000 ? 0 : usd >= 0.1 || usd === 0 ? 2 : usd >= 0.01 ? 3 : 4;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** What to type where the prices of these machine types are not known; of none, what it is like. */
export function setPrices(types: readonly string[]): string {
  const named = types.length === 0 ? ["TYPE"] : types;
  return `\`xcore config set ${named.map((type) => `prices.${type} USD`).join(" ")}\``;
}
