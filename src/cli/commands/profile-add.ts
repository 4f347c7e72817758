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
  readonly cpu?: string;
  readonly memoryMib?: string;
  readonly storageGib?: string;
  readonly architecture?: string;
  readonly accelerators?: string;
  readonly replace?: true;
  readonly json?: true;
}

export function profileAdd(command: Command, run: Run): void {
  command
    .argument("<name>", "what to call it")
    .option("--cpu <n>", "processors at least; needed")
    .option("--memory-mib <n>", "memory at least, in MiB; needed")
    .option("--storage-gib <n>", "storage at least, in GiB; 0 when left out")
    .option("--architecture <name>", "x86_64 when left out")
    .option("--accelerators <n>", "accelerators at least; 0 when left out")
    .option("--replace", "also when there is one of that name; deployments that exist keep what it said")
    .option("--json", "print JSON")
    .addHelpText("after", examples("slipway profile add huge --cpu 16 --memory-mib 65536 --storage-gib 100"))
    .action((name: string, options: Options) => run((session) => add(session, name, options)));
}

/** The numbers that were given. Throws a Complaint with all that is wrong with them. */
function numbersOf(given: Options): Omit<ProfileBody, "architecture"> {
  const wrong: string[] = [];
  const read = (text: string | undefined, parse: (text: string) => number): number | undefined => {
    try {
      return text === undefined ? undefined : parse(text);
    } catch (error) {
      if (!(error instanceof Complaint)) throw error;
      wrong.push(error.message);
      return undefined;
    }
  };
  const whole = (option: string, text: string | undefined, least: number) =>
    read(text, wholeNumber(option, least, WHOLE_MOST));
  if (given.cpu === undefined) wrong.push("--cpu is missing: how many processors at least");
  if (given.memoryMib === undefined) wrong.push("--memory-mib is missing: how much memory at least, in MiB");
  const numbers = {
    cpu: read(given.cpu, cpus) ?? 0,
    memoryMib: whole("--memory-mib", given.memoryMib, 1) ?? 0,
    storageGib: whole("--storage-gib", given.storageGib, 0),
    accelerators: whole("--accelerators", given.accelerators, 0),
  };
  const [first, ...more] = wrong;
  if (first === undefined) return numbers;
  if (more.length === 0) throw badInput(first, "see slipway profile add --help");
  throw badInput(`the profile has ${wrong.length} mistakes`, ...wrong, "see slipway profile add --help");
}

function cpus(given: string): number {
  if (/^\d+(\.\d+)?$/.test(given) && Number(given) > 0 && Number(given) <= WHOLE_MOST) return Number(given);
  throw badInput(`--cpu ${given}: must be a number above 0, ${WHOLE_MOST} at most`);
}

async function add({ client: open, terminal }: Session, name: string, options: Options): Promise<void> {
  const { architecture, replace, json } = options;
  const numbers = numbersOf(options);
  const client = await open();
  const { profiles } = await client.ask({ path: "/v1/profiles", reply: ProfileList });
  const before = profiles.find((profile) => profile.name === name);
  if (before !== undefined && replace !== true) {
    const details = [`change it: slipway profile add ${name} … --replace`];
    throw new Complaint(EXIT.failed, `profile ${name} exists already: ${profileText(before)}`, { details });
  }
  const body: ProfileBody = { ...numbers, architecture };
  const made = await client.ask({ method: "PUT", path: path`/v1/profiles/${name}`, body, reply: Profile });
  if (json === true) return say(terminal, JSON.stringify(made));
  const was = before === undefined ? "" : `; it was ${profileText(before)}`;
  tell(terminal, `${before === undefined ? "Added" : "Replaced"} profile ${name}: ${profileText(made)}${was}.`);
}

function profileText({ cpu, memoryMib, storageGib, architecture, accelerators }: Profile): string {
  const parts = [`${cpu} cpu`, memory(memoryMib), `${storageGib} GiB of storage`, architecture];
  return [
    ...parts,
    ...(accelerators === 0 ? [] : [`${accelerators} ${accelerators === 1 ? "accelerator" : "accelerators"}`]),
  ].join(", ");
}
