// The clouds that Slipway knows. A new one adds its line here.

import type { Provider } from "../ports/provider.ts";
import { dockerProvider } from "./docker/index.ts";
import { simProvider } from "./sim/index.ts";

const ALL: readonly Provider[] = [dockerProvider, simProvider()];

/** By the name that accounts refer to. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(ALL.map((provider) => [provider.name, provider]));
