// The Chromium that comes with `npm ci`, unpacked once per checkout. Files that run in parallel, and other checkouts on the same
// machine, never see half of one: it is unpacked under a name of its own, by a process of its own, and then renamed.

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import chromium, { inflate } from "@sparticuz/chromium";
import { ROOT } from "../stage/child.ts";
import { madeOnce } from "../stage/once.ts";

const PACKAGE = join(createRequire(import.meta.url).resolve("@sparticuz/chromium"), "../..");
const CACHE = join(ROOT, "node_modules/.cache/slipway");
/** The package's own names its home on another kind of machine. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

interface Chromium {
  readonly executablePath: string;
  /** What it needs on a machine without libraries for a browser, and without fonts. */
  readonly env: Readonly<Record<string, string>>;
}

export async function unpackedChromium(): Promise<Chromium> {
  const folder = join(CACHE, `chromium-${packageVersion()}`);
  await madeOnce(folder, unpackInto);
  const fonts = existsSync("/etc/fonts") ? {} : { FONTCONFIG_FILE: join(folder, "fonts/fonts.conf") };
  return { executablePath: join(folder, "chromium"), env: { LD_LIBRARY_PATH: join(folder, "al2023/lib"), ...fonts } };
}

function packageVersion(): string {
  const read: unknown = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  if (typeof read === "object" && read !== null && "version" in read) return String(read.version);
  throw new Error(`${PACKAGE} has no version`);
}

async function unpackInto(draft: string): Promise<void> {
  // The package unpacks into the folder for temporary files and nowhere else. And a file that is still open for writing can't be
  // started, not even when its writer has only lent it to a child that is just beginning: so the writer is a process that ends.
  await promisify(execFile)(process.execPath, [import.meta.filename], { env: { ...process.env, TMPDIR: draft } });
  await writeFile(join(draft, "fonts/fonts.conf"), FONTS);
}

if (import.meta.main) {
  await chromium.executablePath();
  await inflate(join(PACKAGE, "bin/al2023.tar.br"));
}
