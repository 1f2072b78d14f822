/** `deno task layers`: draws docs/picture/layers.svg, the layers of lib/. @module */

import { ROOT } from "./run_deno.ts";
import { LAYERS, type Part } from "./layers.ts";

/** In the repository. */
export const PICTURE = "docs/picture/layers.svg";

const WIDTH = 960;
const GAP = 8;
const PER_ROW = 3;
const BOX_HEIGHT = 46;

/** The picture: the program at the top, what everything rests on at the bottom. */
export function layersPicture(): string {
  const boxes: string[] = [];
  let y = GAP;
  for (const layer of LAYERS.toReversed()) {
    for (let i = 0; i < layer.length; i += PER_ROW) {
      const row = layer.slice(i, i + PER_ROW);
      const width = (WIDTH - GAP * (row.length + 1)) / row.length;
      row.forEach((part, at) => boxes.push(box(part, GAP + at * (width + GAP), y, width)));
      y += BOX_HEIGHT + (i + PER_ROW < layer.length ? 2 : GAP);
    }
  }
  const style = "text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}" +
    ".why{font-size:11px;fill:#59636e}rect{fill:#f6f8fa;stroke:#d1d9e0}";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img">` +
    `<title>The layers of lib/: each imports only from those below it</title><style>${style}</style>` +
    `<rect width="${WIDTH}" height="${y}" style="fill:#fff;stroke:none"/>\n${boxes.join("\n")}\n</svg>\n`;
}

function box({ name, purpose }: Part, x: number, y: number, width: number): string {
  const middle = (x + width / 2).toFixed(0);
  return `<rect x="${x.toFixed(0)}" y="${y}" width="${width.toFixed(0)}" height="${BOX_HEIGHT}" rx="6"/>` +
    `<text x="${middle}" y="${y + 19}" text-anchor="middle">${escape(name)}</text>` +
    `<text class="why" x="${middle}" y="${y + 36}" text-anchor="middle">${escape(purpose)}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

if (import.meta.main) await Deno.writeTextFile(ROOT + PICTURE, layersPicture());
