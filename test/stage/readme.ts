import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./child.ts";

export const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The commands of the block marked `<!-- run:NAME -->`, without their comments. */
export function readmeCommands(name: string, file = "README.md"): readonly string[] {
  const text = file === "README.md" ? README : readFileSync(join(ROOT, file), "utf8");
  const [, block] = new RegExp(`<!-- run:${name} -->\\n\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
  if (block === undefined) throw new Error(`${file} has no block run:${name}`);
  return block
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}
