// The documents as a site: it builds, its links and anchors hold, it can be searched, and nothing of it is fetched from elsewhere.

import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "./stage/child.ts";
import { startBrowser } from "./web/browser.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-site-"));
let pages: readonly { readonly path: string; readonly html: string; readonly ids: ReadonlySet<string> }[] = [];

beforeAll(() => {
  execFileSync(process.execPath, ["scripts/build-site.ts", folder], { cwd: ROOT, stdio: "pipe" });
  pages = globSync("**/*.html", { cwd: folder }).map((path) => {
    const html = readFileSync(join(folder, path), "utf8");
    return { path, html, ids: new Set(all(html, /\sid="([^"]+)"/g)) };
  });
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);

/** The file that a link on a page leads to. */
function fileOf(page: string, link: string): string {
  const path = link.startsWith("/") ? join(folder, link) : resolve(folder, dirname(page), link);
  return existsSync(path) && statSync(path).isDirectory() ? join(path, "index.html") : path;
}

test("all documents are pages, and so is each part of the API", () => {
  const paths = new Set(pages.map(({ path }) => path));
  const documents = globSync("**/*.md", { cwd: join(ROOT, "docs") }).map((path) => path.replace(/\.md$/, ".html"));
  expect(documents.filter((path) => !paths.has(path))).toEqual([]);
  for (const name of ["index", "deployments", "accounts", "schemas"]) expect(paths).toContain(`api/${name}.html`);
});

test("every link leads to a page that is there, and every anchor to a place on it", () => {
  const byFile = new Map(pages.map(({ path, ids }) => [join(folder, path), ids]));
  const wrong = pages.flatMap(({ path, html }) =>
    all(html, /<a[^>]*\shref="([^"]+)"/g)
      .filter((link) => !/^(https?|mailto):/.test(link))
      .filter((link) => {
        const [to = "", anchor] = link.split("#");
        const file = to === "" ? join(folder, path) : fileOf(path, decodeURI(to));
        if (anchor === undefined || anchor === "") return !existsSync(file);
        return byFile.get(file)?.has(decodeURIComponent(anchor)) !== true;
      })
      .map((link) => `${path}: ${link}`),
  );
  expect(pages.length).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});

test("nothing is fetched from elsewhere", () => {
  const loaded = pages.flatMap(({ path, html }) =>
    [...all(html, /\s(?:src|srcset)="(https?:[^"]+)"/g), ...all(html, /<link[^>]*\shref="(https?:[^"]+)"/g)].map(
      (one) => `${path}: ${one}`,
    ),
  );
  const styles = globSync("assets/*.css", { cwd: folder }).flatMap((path) =>
    all(readFileSync(join(folder, path), "utf8"), /url\(["']?(https?:[^)"']+)/g),
  );
  expect([...loaded, ...styles]).toEqual([]);
});

test("it can be searched: the index knows words of the glossary and of the API", () => {
  const [index] = globSync("assets/chunks/*localSearchIndex*.js", { cwd: folder });
  const text = readFileSync(join(folder, index ?? ""), "utf8");
  for (const word of ["stray", "fence", "deployments", "SlipwayDebtOld"])
    expect(text.toLowerCase()).toContain(word.toLowerCase());
});

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** As any server of files does it. */
async function serveSite() {
  const server = createServer((request, reply) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = fileOf("index.html", decodeURI(pathname));
    if (!existsSync(file)) return void reply.writeHead(404).end();
    reply.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    reply.end(readFileSync(file));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}

test("whoever types a word finds the page that explains it, and nobody else is asked", async () => {
  await using site = await serveSite();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(site.url);
    await page.getByRole("button", { name: "Search" }).first().click();
    await page.getByRole("searchbox").fill("stray");
    const found = page.getByRole("listbox").getByRole("option");
    await found.first().waitFor();
    expect(await found.first().textContent()).toMatch(/Glossary.*Stray/);
    await found.first().getByRole("link").click();
    await page.waitForURL("**/concepts.html#stray");
    await page.getByRole("heading", { name: "Stray" }).waitFor();
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(site.url) && !url.startsWith("data:"))).toEqual([]);
  } finally {
    await browser.close();
  }
});
