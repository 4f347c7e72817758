// The console in a real browser: a datacentre, a server that serves the page, and a Chromium that comes with `npm ci`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium as driver,
  type Page,
} from "playwright-core";
import { buildWeb } from "../../scripts/build-web.ts";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "../stage/datacentre.ts";
import { type ServerOptions, type ServerStage, startServer } from "../stage/server.ts";
import { unpackedChromium } from "./chromium.ts";

/** Long enough for a busy machine; what is waited for comes much sooner. */
const PATIENCE_MS = 20_000;
export const DESK = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

interface PageOptions extends BrowserContextOptions {
  /** Without a session; signed in with the server's first token when left out. */
  readonly stranger?: boolean;
  /** Signed in with this one. */
  readonly token?: string;
}

/** A page with what the browser complained about: errors of scripts, and what the policy refused. */
interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: readonly string[];
}

export interface Console {
  /** A fresh browser profile with one page, at 1280 pixels and in light colours unless told otherwise. */
  open(path: string, options?: PageOptions): Promise<Tab>;
}

export interface WebStage extends Console, AsyncDisposable {
  readonly server: ServerStage;
  readonly datacentre: DatacentreStage;
  readonly browser: Browser;
}

/** An account for each cloud, in their order; one quick cloud named north when left out. */
export async function startWeb(
  clouds: readonly CloudSettings[] = [quickCloud("north")],
  options: ServerOptions = {},
): Promise<WebStage> {
  buildWeb();
  await using parts = new AsyncDisposableStack();
  const begin = async <T>(part: Promise<T>, end: (part: T) => Promise<unknown>): Promise<T> => {
    const begun = await part;
    parts.defer(async () => void (await end(begun)));
    return begun;
  };
  const [datacentre, server, browser] = await Promise.all([
    begin(startDatacentre(clouds), (one) => one.stop()),
    begin(startServer(options), ({ child }) => child.end("SIGTERM")),
    begin(startBrowser(), (one) => one.close()),
  ]);
  await server.addAccounts(
    datacentre,
    clouds.map(({ name }) => name),
  );
  const stage = parts.move();
  return {
    server,
    datacentre,
    browser,
    ...consoleOf(server, browser),
    [Symbol.asyncDispose]: () => stage.disposeAsync(),
  };
}

/** Of a server that found the page built when it started. */
export const consoleOf = (server: ServerStage, browser: Browser): Console => ({
  open: (path, options) => openTab({ browser, server }, path, options),
});

/** What the package needs on a machine that has no libraries for a browser and no fonts; the rest of its flags is for servers. */
const FLAGS = ["--no-sandbox", "--no-zygote", "--font-render-hinting=none", "--disable-gpu", "--disable-dev-shm-usage"];

export async function startBrowser(): Promise<Browser> {
  const { executablePath, env } = await unpackedChromium();
  return driver.launch({ executablePath, args: FLAGS, env: { ...process.env, ...env }, headless: true });
}

async function openTab(
  { browser, server }: Pick<WebStage, "browser" | "server">,
  path: string,
  { stranger = false, token = server.token, ...options }: PageOptions = {},
): Promise<Tab> {
  // Without a graphics card every frame of a movement is drawn by a processor that the tests need.
  const usual = { viewport: DESK, colorScheme: "light", reducedMotion: "reduce" } as const;
  const context = await browser.newContext({ baseURL: server.url, ...usual, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  if (!stranger) {
    const headers = { Origin: options.baseURL ?? server.url };
    const reply = await context.request.post("/v1/session", { data: { token }, headers });
    if (!reply.ok()) throw new Error(`sign-in: ${reply.status()} ${await reply.text()}`);
  }
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused request is the server's word, which the page shows; the browser mentions it besides.
    const isStatus = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isStatus) complaints.push(message.text());
  });
  await page.goto(path);
  return { page, context, complaints };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with the page as it is now, WCAG 2.2 AA and good practice; a line for each. */
export async function violations(page: Page): Promise<string[]> {
  // By the debugger, whom the page's policy does not bind.
  if (await page.evaluate<boolean>("typeof axe === 'undefined'")) await page.evaluate(AXE);
  const found: { violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[] } =
    await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} – ${failureSummary}`),
  );
}

/** True when the page has to be scrolled sideways, which only its tables and graphs may ask for. */
export async function overflows(page: Page): Promise<boolean> {
  return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
}
