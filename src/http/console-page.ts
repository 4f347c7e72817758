// The console's page: files that `npm run page` built, read once, so that one process serves one build. Names below assets/
// carry a hash of their content and are kept by browsers for good; everything else is asked for again each time.

import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Context } from "hono";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const ENCODINGS = ["br", "gzip"] as const;
type Encoding = (typeof ENCODINGS)[number];

interface File {
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  /** Made when first asked for. */
  readonly packed: Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>;
}

/** The files by their paths, as in `/index.html`. */
export type Page = ReadonlyMap<string, File>;

/** Reads a built page; null when the folder has none. */
export function readPage(folder: string): Page | null {
  const page = new Map<string, File>();
  for (const name of globSync("**/*.*", { cwd: folder })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const plain = new Uint8Array(readFileSync(join(folder, name)));
    const path = `/${name.split(sep).join("/")}`;
    const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
    const cache = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    page.set(path, { type, etag: `"${hash}"`, cache, plain, packed: new Map() });
  }
  return page.has("/index.html") ? page : null;
}

/** The file that is asked for, or the page itself for an address within it; null when it is neither. */
export async function answerPage(page: Page, c: Context): Promise<Response | null> {
  const { method, path } = c.req;
  if ((method !== "GET" && method !== "HEAD") || path === "/v1" || path.startsWith("/v1/")) return null;
  const file = page.get(path) ?? (isPlace(c) ? page.get("/index.html") : undefined);
  if (file === undefined) return null;
  c.header("Cache-Control", file.cache);
  c.header("ETag", file.etag);
  c.header("Vary", "Accept-Encoding");
  if (c.req.header("If-None-Match")?.includes(file.etag) === true) return c.body(null, 304);
  c.header("Content-Type", file.type);
  const encoding = ENCODINGS.find((one) => accepts(c.req.header("Accept-Encoding"), one));
  if (encoding === undefined || file.type === TYPES[".woff2"]) return c.body(file.plain, 200);
  c.header("Content-Encoding", encoding);
  return c.body(await packedOf(file, encoding), 200);
}

/** People go to places, programs ask for files: only the former take HTML. */
function isPlace(c: Context): boolean {
  return !c.req.path.startsWith("/assets/") && (c.req.header("Accept") ?? "").includes("text/html");
}

function accepts(header: string | undefined, encoding: Encoding): boolean {
  return (header ?? "").split(",").some((one) => {
    const [name = "", quality = ""] = one.split(";").map((part) => part.trim());
    return name === encoding && !/^q=0(\.0*)?$/.test(quality);
  });
}

const PACK: Readonly<Record<Encoding, (plain: Uint8Array) => Promise<Buffer>>> = {
  br: (plain) => promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (plain) => promisify(gzip)(plain, { level: 9 }),
};

function packedOf({ packed, plain }: File, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const known = packed.get(encoding);
  if (known !== undefined) return known;
  const made = PACK[encoding](plain).then((bytes) => new Uint8Array(bytes));
  packed.set(encoding, made);
  return made;
}
