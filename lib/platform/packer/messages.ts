/** What Packer says with `-machine-readable`, a line a message: https://developer.hashicorp.com/packer/docs/commands. Pure. @module */

/** A message that this project goes by. */
export type PackerMessage =
  /** What it is at. */
  | { readonly is: "step"; readonly text: string }
  /** What the machine says that is to be the image, see provision.sh. */
  | { readonly is: "machine"; readonly text: string }
  | {
    readonly is: "error";
    readonly text: string; /** Of a build and not of what it runs. */
    readonly final: boolean;
  };

/** A boot script's line, wherever it comes through: `xcore 09:30:00.123: installing …` */
const MACHINE = /xcore \d\d:\d\d:\d\d\.\d+: (.*)$/m;

/** The message in a line; null when it is none that anybody here goes by. */
export function parseMessage(line: string): PackerMessage | null {
  const [, target, type, ...data] = line.split(",");
  if (type === undefined) return null;
  const text = unescaped(data.at(-1) ?? "");
  if (type === "error" && target !== "") return { is: "error", text: text.trim(), final: true };
  if (type !== "ui") return null;
  const [, said] = MACHINE.exec(text) ?? [];
  if (said !== undefined) return { is: "machine", text: said.trim() };
  if (data[0] === "error") return { is: "error", text: text.trim(), final: false };
  const [, step] = /^==> [\w.-]+: (.*)$/.exec(text.trim()) ?? [];
  return data[0] === "say" && step !== undefined ? { is: "step", text: step.replace(/\.{3}$/, " …") } : null;
}

function unescaped(text: string): string {
  return text.replaceAll("%!(PACKER_COMMA)", ",").replaceAll("\\n", "\n").replaceAll("\\r", "");
}
