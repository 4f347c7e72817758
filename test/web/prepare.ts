// Once before the end-to-end tests, whose files run side by side: the console and the browser that they share.

import { buildWeb } from "../../scripts/build-web.ts";
import { unpackedChromium } from "./chromium.ts";

export async function setup(): Promise<void> {
  // Begun first: building the console lets nothing else of this process run, but the unpacking is a process of its own.
  const unpacking = unpackedChromium();
  buildWeb();
  await unpacking;
}
