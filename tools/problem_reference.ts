/**
 * `deno task problems`: writes docs/problems.md, and docs/troubleshooting.md, from the registry of
 * problems. A test keeps the files equal to it.
 * @module
 */

import { type ProblemCode, problemKind, PROBLEMS } from "../lib/model/problem.ts";
import { anchorOf } from "./site/links.ts";
import { symptomsOf, troubleshooting } from "./troubleshooting.ts";

const DOCS = new URL("../docs/", import.meta.url);

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
  const seen = symptomsOf(code).map((symptom) => `[${symptom}](troubleshooting.md#${anchorOf(symptom)})`);
  return `## \`${code}\`\n\n**${severity}**: ${title}.\n\n${hint}${hidden}\n\nSeen as: ${seen.join("; ")}.\n`;
}

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("problems.md", DOCS), problemReference());
  Deno.writeTextFileSync(new URL("troubleshooting.md", DOCS), troubleshooting());
}
