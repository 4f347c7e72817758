// The console's files: which address gives which, how they are kept, and under which policy they run.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPage } from "./console-page.ts";
import { createStand, type Stand } from "./stand.testsuite.ts";

const HTML = "<!doctype html><title>Slipway</title>";
const SCRIPT = `export const filling = "${"x".repeat(5_000)}";\n`;

function built(): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-page-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), HTML);
  writeFileSync(join(folder, "sources.sha256"), "0");
  writeFileSync(join(folder, "assets/index-abc.js"), SCRIPT);
  return folder;
}

const standWithPage = (): Promise<Stand> => createStand({}, { page: readPage(built()) });

/** As a browser that goes somewhere asks. */
const GOING = { headers: { accept: "text/html,*/*", "accept-encoding": "gzip, br" } };

test("every address within the page is the page, and none of the API's is", async () => {
  const stand = await standWithPage();
  const { url } = stand;
  for (const path of ["/", "/deployments", "/deployments/abc/progress", "/v1beta"]) {
    const reply = await fetch(url + path, GOING);
    expect([path, reply.status, await reply.text()]).toEqual([path, 200, HTML]);
    expect(reply.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(reply.headers.get("cache-control")).toBe("no-cache");
  }
  await stand.problem("not_authenticated", { path: "/v1/nothing", as: null, ...GOING });
  await stand.problem("not_authenticated", { path: "/v1", as: null, ...GOING });
  await stand.problem("not_found", { path: "/assets/gone-abc.js", as: null, ...GOING });
  await stand.problem("not_found", { path: "/sources.sha256", as: null });
  await stand.problem("not_found", { method: "POST", path: "/deployments", as: null, ...GOING });
});

test("files are packed as the browser can take them, and kept for good only where their name is their content's", async () => {
  const { url } = await standWithPage();
  for (const [encoding, expected] of [
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["identity", null],
  ] as const) {
    const reply = await fetch(`${url}/assets/index-abc.js`, { headers: { "accept-encoding": encoding } });
    expect([encoding, reply.headers.get("content-encoding")]).toEqual([encoding, expected]);
    expect(await reply.text()).toBe(SCRIPT);
    expect(reply.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  }
});

test("a file that a browser has already is not sent again", async () => {
  const { url } = await standWithPage();
  const etag = (await fetch(`${url}/`, GOING)).headers.get("etag") ?? "";
  const headers = { ...GOING.headers, "if-none-match": etag };
  const again = await fetch(`${url}/`, { headers });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("everything is answered under a policy that lets nothing inline run and nobody frame the page", async () => {
  const { url } = await standWithPage();
  for (const path of ["/", "/assets/index-abc.js", "/v1/about", "/livez", "/nothing"]) {
    const { headers } = await fetch(url + path, GOING);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
  }
});

test("a folder without a page is none", () => {
  expect(readPage(mkdtempSync(join(tmpdir(), "slipway-page-")))).toBeNull();
  expect(readPage(join(tmpdir(), "slipway-no-such-folder"))).toBeNull();
});
