import type { Command } from "commander";
import { isUnknown } from "../../contract/price.ts";
import { COUNT, type PlannedChange, UpdatePlan, type UpdateRequest } from "../../contract/update.ts";
import { Deployment } from "../../contract/deployment.ts";
import { allowOption, withRemedy } from "../allowing.ts";
import { collect, collectName, examples, wholeNumberAt } from "../arguments.ts";
import { BLUEPRINT_ARGUMENT, type BlueprintSource, blueprintSource } from "../blueprint-file.ts";
import { path } from "../client.ts";
import { badInput, EXIT, type ExitCode } from "../complaint.ts";
import { planMistakes, withMistakes } from "../mistakes.ts";
import { parametersIn } from "../parameter-files.ts";
import { collectPair, givenValues } from "../parameters.ts";
import { money, wrapped } from "../print.ts";
import { type FollowOptions, following, isFollowed, shownAs } from "../following.ts";
import type { Run, Session } from "../session.ts";
import { table } from "../table.ts";
import { columnsOf, say, tell, warn } from "../terminal.ts";
import { watch } from "../watch.ts";

interface Options extends FollowOptions {
  readonly set?: ReadonlyMap<string, string>;
  readonly setFile?: ReadonlyMap<string, string>;
  readonly paramFile?: readonly string[];
  readonly allowReplace?: readonly string[];
  readonly remove?: readonly string[];
  readonly plan?: true;
  readonly apply?: string;
}

const JSON_TEXT = "print the plan, or the deployment, as JSON: with --watch one event per line before it";
const ALLOW = "a protected one that may be replaced or removed; may be repeated";

export function deploymentUpdate(command: Command, run: Run): void {
  following(
    command
      .argument("<deployment>", "name or id")
      .argument("[blueprint]", `${BLUEPRINT_ARGUMENT}; the one that it has, when left out`)
      .option("--plan", "only show what would change, under an id by which exactly that is done within an hour")
      .option("--apply <id>", "do exactly what `--plan` has shown under this id")
      .option("--set <name=value>", "a parameter that is another now; may be repeated", collectPair("--set"))
      .option("--param-file <file>", "parameters from a map in YAML or JSON; may be repeated, --set wins", collect)
      .option("--set-file <name=file>", "a parameter from a file (-: standard input)", collectPair("--set-file"))
      .option("--allow-replace <instance>", ALLOW, collectName("--allow-replace")),
    JSON_TEXT,
  )
    .addHelpText(
      "after",
      examples("slipway update shop shop.yaml --plan", "slipway update shop --set version=2 --watch") +
        "\n\nValues are as they are, secret ones too, but those that are given." +
        "\nWhat is new comes up beside what is there; only when all of it is ready what was before is removed. Where that fails all is as it was." +
        "\nOf instances with update.order: removeFirst the former machine goes first; where the update fails it is launched anew, without what was on its disks." +
        "\nExit code 2: a value that is given is not right; 1: the account has no place for what is new beside what is there, a protected member is in its way, or it came to nothing.",
    )
    .action((ref: string, blueprint: string | undefined, options: Options) =>
      run((session) => meant(session, { ref, blueprint }, options)),
    );
}

export function deploymentScale(command: Command, run: Run): void {
  following(
    command
      .argument("<deployment>", "name or id")
      .argument("[group=count...]", "a group as the blueprint names it, and how many of it there are to be")
      .option(
        "--remove <member>",
        "one that goes, such as web[2], in place of the highest number; may be repeated",
        collectName("--remove"),
      )
      .option("--plan", "only show what would change, under an id by which exactly that is done within an hour")
      .option("--allow-replace <instance>", ALLOW, collectName("--allow-replace")),
    JSON_TEXT,
  )
    .addHelpText(
      "after",
      examples(
        "slipway scale shop web=5 --watch",
        "slipway scale shop web=2 app=3 --plan",
        "slipway scale shop --remove 'web[2]'",
      ) +
        "\n\nThe highest numbers go, unless --remove says which; the others keep theirs, and a gap is filled first. Who holds the addresses of a group's members is replaced, since it is told about others.",
    )
    .action((ref: string, counts: readonly string[], options: Options) =>
      run((session) => scale(session, { ref, counts }, options)),
    );
}

interface Meant {
  readonly ref: string;
  readonly blueprint: string | undefined;
}

/** What is asked for, and what its mistakes are told about. */
interface Asked {
  readonly ref: string;
  readonly body: UpdateRequest;
  readonly source: BlueprintSource;
  readonly fromFiles: Awaited<ReturnType<typeof parametersIn>>;
  /** By group, as they were typed. */
  readonly counts?: ReadonlyMap<string, string>;
}

async function meant(session: Session, { ref, blueprint }: Meant, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  if (options.apply !== undefined) return applyPlan(session, { ref, blueprint, id: options.apply }, options);
  const given = blueprint === undefined ? undefined : await blueprintSource(blueprint, terminal);
  const source = given ?? { label: `the blueprint of ${ref}`, choice: { source: "" } };
  const fromFiles = await parametersIn(options.paramFile ?? [], terminal);
  const values = await givenValues({ ...options, fromFiles }, terminal);
  const body: UpdateRequest = {
    blueprint: given?.choice,
    parameters: Object.fromEntries(values),
    ...(options.allowReplace === undefined ? {} : { allowReplace: [...options.allowReplace] }),
  };
  const asked = { ref, body, source, fromFiles };
  return options.plan === true ? plan(session, asked, options) : carryOut(session, asked, options);
}

async function scale(
  session: Session,
  { ref, counts }: { readonly ref: string; readonly counts: readonly string[] },
  options: Options,
): Promise<ExitCode> {
  const collectCount = collectPair("scale", "GROUP=COUNT, such as web=5");
  const pairs = counts.reduce<ReadonlyMap<string, string>>((all, one) => collectCount(one, all), new Map());
  if (pairs.size === 0 && options.remove === undefined) {
    throw badInput(`say how many members a group is to have, or which go: slipway scale ${ref} web=5`);
  }
  const numbers = [...pairs].map(
    ([group, count]) => [group, wholeNumberAt(`${group}=${count}`, count, COUNT)] as const,
  );
  const allow = options.allowReplace === undefined ? {} : { allowReplace: [...options.allowReplace] };
  const remove = options.remove === undefined ? {} : { remove: [...options.remove] };
  const body: UpdateRequest = { counts: Object.fromEntries(numbers), ...remove, ...allow };
  const source = { label: `the blueprint of ${ref}`, choice: { source: "" } };
  const asked = { ref, body, source, fromFiles: new Map(), counts: pairs };
  return options.plan === true ? plan(session, asked, options) : carryOut(session, asked, options);
}

async function carryOut(session: Session, { ref, body, source, ...asked }: Asked, options: Options): Promise<ExitCode> {
  const client = await session.client();
  const at = path`/v1/deployments/${ref}/update`;
  const post = () => client.ask({ method: "POST", path: at, body, reply: Deployment });
  const ask = () =>
    withRemedy(post, (detail, member) => detail.replace("with allowReplace", `with ${allowOption(member)}`));
  return follow(session, await withMistakes(source, ask, { ...options, ...asked, purpose: "update" }), options);
}

async function applyPlan(
  session: Session,
  { ref, blueprint, id }: Meant & { readonly id: string },
  options: Options,
): Promise<ExitCode> {
  const { set, setFile, paramFile, allowReplace } = options;
  if (
    blueprint !== undefined ||
    options.plan === true ||
    [set, setFile, paramFile, allowReplace].some((one) => one !== undefined)
  ) {
    throw badInput(`--apply ${id} does exactly what was planned: leave out all else, or plan again with it`);
  }
  const client = await session.client();
  const at = path`/v1/deployments/${ref}/update`;
  const begun = await client.ask({ method: "POST", path: at, body: { plan: id }, reply: Deployment });
  return follow(session, begun, options);
}

async function follow(session: Session, begun: Deployment, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  const { json } = options;
  const revision = begun.revisions.at(-1)?.no ?? 1;
  // What changes nothing has no revision of its own: what became of the last one says nothing of it.
  if (begun.state === "updating" && isFollowed(options)) {
    return watch(session, begun.id, { ...shownAs(options), goal: ["running"], revision, after: begun.eventNo });
  }
  if (json === true) say(terminal, JSON.stringify(begun));
  else tell(terminal, ...begunLines(begun, revision));
  return EXIT.done;
}

function begunLines({ name, ref, state }: Deployment, revision: number): string[] {
  // What brings and removes no machine may be over before it is told that it has begun.
  if (state !== "updating") return [`${name} is that already: no machine had to be changed.`];
  return [
    `${name} is being updated, to revision ${revision}.`,
    `  watch it:   slipway watch ${ref}`,
    `  cancel it:  slipway cancel ${ref}`,
  ];
}

async function plan(session: Session, { ref, body, source, ...asked }: Asked, options: Options): Promise<ExitCode> {
  const { terminal } = session;
  const client = await session.client();
  const at = path`/v1/deployments/${ref}/update/plan`;
  const ask = () => client.ask({ method: "POST", path: at, body, reply: UpdatePlan });
  const made = await withMistakes(source, ask, { ...options, ...asked, purpose: "update" });
  say(terminal, ...(options.json === true ? [JSON.stringify(made)] : planLines(made, columnsOf(terminal))));
  const wrong = planMistakes(source, { ...made, notOffered: [] }, { ...options, ...asked, purpose: "update" });
  if (wrong !== null) throw wrong;
  for (const name of made.protected) warn(terminal, `${name} is protected: ${allowOption(name)} lets its machine go`);
  if (made.refused.length > 0) {
    warn(terminal, `account ${made.account} has no place for what is new beside what is there`);
  }
  if (made.id !== null && options.json !== true)
    tell(terminal, `exactly that: slipway update ${ref} --apply ${made.id}`);
  return made.refused.length + made.protected.length === 0 ? EXIT.done : EXIT.failed;
}

function planLines(made: UpdatePlan, width: number): string[] {
  const parts = [
    wrapped(`${made.deployment}, revision ${made.revision}, at ${made.account}: ${countsText(made)}`, width),
    changeLines(made, width),
    refusedLines(made, width),
    costLines(made, width),
    openLines(made, width),
  ];
  return parts.filter((lines) => lines.length > 0).flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}

const WORDS = { keep: "kept", add: "added", replace: "replaced", remove: "removed" } as const;

function countsText({ instances }: UpdatePlan): string {
  const byChange = Map.groupBy(instances, ({ change }) => change);
  return [...byChange].map(([change, of]) => `${of.length} ${WORDS[change]}`).join(", ");
}

function changeLines({ instances }: UpdatePlan, width: number): string[] {
  return table(
    instances,
    [
      { title: "INSTANCE", of: ({ name }) => name },
      { title: "CHANGE", of: changeText },
      { title: "FROM", of: ({ from }) => placeText(from) },
      { title: "TO", of: ({ to }) => placeText(to) },
      { title: "WHY", of: ({ reasons }) => reasons.join("; ") },
    ],
    width,
  );
}

const changeText = ({ change, isRemovedFirst }: PlannedChange): string =>
  isRemovedFirst ? `${change}, removed first` : change;

function placeText(place: PlannedChange["from"]): string {
  return place === null ? "-" : `${place.size} (${place.realm})`;
}

function refusedLines({ refused }: UpdatePlan, width: number): string[] {
  return refused.flatMap(({ account, realm, text }) =>
    wrapped(`${[account, realm].filter((one) => one !== null).join(", ")}: ${text}`, width),
  );
}

function costLines({ instances, now, later, most }: UpdatePlan, width: number): string[] {
  if (later === null || most === null) return [];
  const isBeside = instances.some(({ to, isRemovedFirst }) => to !== null && !isRemovedFirst);
  const meanwhile = isBeside ? "while what is new runs beside it" : "while it is carried out";
  const says = `Per hour: ${billText(now)} now, ${billText(most)} at the most ${meanwhile}, ${billText(later)} then`;
  return wrapped(says, width);
}

function billText({ hourlyCost: dollars, unpriced }: UpdatePlan["now"]): string {
  if (isUnknown({ dollars, unpriced })) return "unknown";
  return `${money(dollars)}${unpriced === 0 ? "" : " + unknown"}`;
}

/** What was not needed. */
function openLines({ mistakes }: UpdatePlan, width: number): string[] {
  const names = mistakes.flatMap(({ parameter }) => parameter ?? []);
  if (names.length === 0) return [];
  return wrapped(
    `Only user data uses these parameters: an update needs them, this plan did without: ${names.join(", ")}`,
    width,
  );
}
