/** Elements; all text becomes text and never HTML, wherever it is from. */

export const byId = (id) => document.getElementById(id);

/** An element with properties, and with texts and elements in it. */
export function element(tag, properties = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...inside);
  return made;
}

/** Shows a text where another was, and leaves what is the same alone, so that a selection stays. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A text in which what stands between backticks is to be typed. */
export function withCode(text) {
  return text.split("`").map((part, i) => i % 2 === 1 ? element("code", {}, part) : part);
}

/** How full something is, from 0 to 1, beside a text that says the same; `warns`: too full is bad. */
export function gauge(share, warns = true) {
  const bar = element("span");
  bar.style.width = `${Math.min(100, Math.max(0, share * 100))}%`;
  return element(
    "div",
    { className: warns && share >= 0.8 ? "gauge high" : "gauge", "aria-hidden": "true" },
    bar,
  );
}

/** Choices of a select: those that are there now, and the one that is chosen. */
export function setChoices(select, values) {
  const wanted = [...new Set([...values, select.value].filter((value) => value !== ""))].sort();
  const there = [...select.options].slice(1).map(({ value }) => value);
  if (wanted.join("\n") === there.join("\n")) return;
  const chosen = select.value;
  select.replaceChildren(select.options[0], ...wanted.map((value) => element("option", { value }, value)));
  select.value = chosen;
}
