// Loaded before the program itself (`node --import`): the simulated cloud with short time-outs, and no other. The program is
// the real one in everything else; its claims, which hold as long as the slowest cloud may take, become short.

import { PROVIDERS } from "../../src/providers/registry.ts";
import { simProvider } from "../../src/providers/sim/index.ts";
import { SHORT_TRAITS } from "./clouds.ts";

if (!(PROVIDERS instanceof Map)) throw new Error("the registry is no map");
PROVIDERS.clear();
PROVIDERS.set("sim", simProvider({ traits: SHORT_TRAITS }));
