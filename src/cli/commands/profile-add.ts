import type { Command } from "commander";
import { type ProfileBody, ProfileList } from "../../contract/account.ts";
import { Profile } from "../../contract/deployment.ts";
import { WHOLE_MOST } from "../../contract/terms.ts";
import { examples, wholeNumber } from "../arguments.ts";
import { path } from "../client.ts";
import { badInput, Complaint, EXIT } from "../complaint.ts";
import { memory } from "../print.ts";
import type { Run, Session } from "../session.ts";
import { say, tell } from "../terminal.ts";

interface Options {
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib?: number;
  readonly architecture?: string;
  readonly accelerators?: number;
  readonly replace?: true;
  readonly json?: true;
}

export function profileAdd(profiles: Command, run: Run): void {
  profiles
    .command("add")
    .description("add a hardware profile that blueprints may name")
    .argument("<name>", "what to call it")
    .requiredOption("--cpu <n>", "processors at least", cpus)
    .requiredOption("--memory-mib <n>", "memory at least, in MiB", wholeNumber("--memory-mib", 1, WHOLE_MOST))
    .option(
      "--storage-gib <n>",
      "storage at least, in GiB; 0 when left out",
      wholeNumber("--storage-gib", 0, WHOLE_MOST),
    )
    .option("--architecture <name>", "x86_64 when left out")
    .option(
      "--accelerators <n>",
      "accelerators at least; 0 when left out",
      wholeNumber("--accelerators", 0, WHOLE_MOST),
    )
    .option("--replace", "also when there is one of that name; deployments that exist keep what it said")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway profile add huge --cpu 16 --memory-mib 65536 --storage-gib 100"))
    .action((name: string, options: Options) => run((session) => add(session, name, options)));
}

function cpus(given: string): number {
  if (/^\d+(\.\d+)?$/.test(given) && Number(given) > 0 && Number(given) <= WHOLE_MOST) return Number(given);
  throw badInput(`--cpu ${given}: must be a number above 0, ${WHOLE_MOST} at most`);
}

async function add({ client: open, terminal }: Session, name: string, options: Options): Promise<void> {
  const { cpu, memoryMib, storageGib, architecture, accelerators, replace, json } = options;
  const client = await open();
  const { profiles } = await client.ask({ path: "/v1/profiles", reply: ProfileList });
  const before = profiles.find((profile) => profile.name === name);
  if (before !== undefined && replace !== true) {
    const details = [`change it: slipway profile add ${name} … --replace`];
    throw new Complaint(EXIT.failed, `profile ${name} exists already: ${profileText(before)}`, { details });
  }
  const body: ProfileBody = { cpu, memoryMib, storageGib, architecture, accelerators };
  const made = await client.ask({ method: "PUT", path: path`/v1/profiles/${name}`, body, reply: Profile });
  if (json === true) return say(terminal, JSON.stringify(made));
  const was = before === undefined ? "" : `; it was ${profileText(before)}`;
  tell(terminal, `${before === undefined ? "Added" : "Replaced"} profile ${name}: ${profileText(made)}${was}.`);
}

function profileText({ cpu, memoryMib, storageGib, architecture, accelerators }: Profile): string {
  const parts = [`${cpu} cpu`, memory(memoryMib), `${storageGib} GiB of storage`, architecture];
  return [...parts, ...(accelerators === 0 ? [] : [`${accelerators} accelerators`])].join(", ");
}
