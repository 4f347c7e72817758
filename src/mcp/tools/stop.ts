// Stopping a deployment.

import { z } from "zod";
import { Deployment } from "../../contract/deployment.ts";
import { path } from "../api.ts";
import { tool } from "../tool.ts";
import { Begun, begun } from "./launch.ts";
import { DeploymentRef } from "./look.ts";

export const stop = tool({
  name: "stop",
  title: "Stop a deployment",
  description:
    "Undoes all machines of a deployment, for good; a launch under way is cancelled. Answers at once: follow with watch until nothing is left of it.",
  kind: "destructive",
  input: z.strictObject({ deployment: DeploymentRef }),
  output: Begun,
  run: async ({ api, input: { deployment } }) =>
    begun(await api.ask({ method: "POST", path: path`/v1/deployments/${deployment}/stop`, reply: Deployment })),
});
