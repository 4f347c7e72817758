// A step of `npm run build`: what tsc leaves behind because it is not TypeScript.
import { copyFileSync, globSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

for (const path of globSync("src/**/*.sql", { cwd: root })) {
  const copy = join(root, "dist", path);
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(join(root, path), copy);
}
