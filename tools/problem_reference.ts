/**
 * `deno task problems`: writes docs/problems.md from the registry of problems. A test keeps the
 * file equal to it.
 * @module
 */

import { type ProblemCode, problemKind, PROBLEMS } from "../lib/model/problem.ts";

const TARGET = new URL("../docs/problems.md", import.meta.url);

const HEAD = `# Problems

<!-- Made by \`deno task problems\` from lib/model/problem.ts; edit that file, not this one. -->

\`xcore status\` lists what needs your attention, the gravest first, each with what was found and what to do. Scripts get the
same from \`xcore status --json\` and from the Python and Deno libraries, as \`problems\` with \`code\`, \`message\` and \`hint\`.
The codes are stable. After an **error** the cluster does not do all it should, and its state is \`degraded\`; a **warning**
does not change its state. A problem that another one explains is not listed beside it.
`;

/** The text of docs/problems.md for the problems as they are now. */
export function problemReference(): string {
  return [HEAD, ...(Object.keys(PROBLEMS) as ProblemCode[]).map(entry)].join("\n");
}

function entry(code: ProblemCode): string {
  const { title, severity, dependsOn, hint } = problemKind(code);
  const causes = (dependsOn ?? []).map((cause) => `[\`${cause}\`](#${cause})`).join(", ");
  const hidden = causes === "" ? "" : `\n\nNot listed beside ${causes}.`;
  return `## \`${code}\`\n\n**${severity}**: ${title}.\n\n${hint}${hidden}\n`;
}

if (import.meta.main) Deno.writeTextFileSync(TARGET, problemReference());
