import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./child.ts";

export const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The commands of the block marked `<!-- run:NAME -->`, without their comments. */
export function readmeCommands(name: string): readonly string[] {
  const [, block] = new RegExp(`<!-- run:${name} -->\\n\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(README) ?? [];
  if (block === undefined) throw new Error(`README.md has no block run:${name}`);
  return block
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}
