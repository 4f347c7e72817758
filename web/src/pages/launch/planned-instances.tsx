import type { Plan, PlannedInstance, PlannedMatch } from "../../../../src/contract/plan.ts";
import { Money } from "../../components/money.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";

interface Group {
  readonly first: PlannedInstance;
  readonly count: number;
}

/** Members of a group are alike: one line says it for all. */
function groupsOf(instances: readonly PlannedInstance[]): readonly Group[] {
  const groups = Map.groupBy(instances, ({ group }) => group);
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined ? [] : [{ first, count: members.length }];
  });
}

/** What is asked of the first choice; without one, what any account would have to offer. */
export function PlannedInstances({ plan: { instances, matches } }: { plan: Plan }) {
  const [best] = matches;
  return (
    <Table label="Instances">
      <Head>
        <HeadCell>Instance</HeadCell>
        <HeadCell className="hidden sm:table-cell">After</HeadCell>
        <HeadCell>Size</HeadCell>
        <HeadCell className="hidden sm:table-cell">Image</HeadCell>
        <HeadCell className="text-right">{best === undefined ? "Profile" : `At ${best.account}`}</HeadCell>
      </Head>
      <tbody>
        {groupsOf(instances).map(({ first, count }) => {
          const placement = best?.placements[first.name];
          return (
            <Row key={first.group}>
              <Cell className="font-medium whitespace-nowrap">
                {first.group}
                {count > 1 && <span className="font-normal text-muted"> × {count}</span>}
              </Cell>
              <Cell className="hidden text-muted sm:table-cell">{afterOf(first, instances)}</Cell>
              <Cell>
                {placement?.size ?? first.profile.name}
                {placement !== undefined && placement.usually !== null && (
                  <span className="block text-xs text-warn">instead of {usualText(placement)}</span>
                )}
                <span className="block text-xs whitespace-nowrap text-muted">
                  for {first.profile.cpu} CPU · {first.profile.memoryMib / 1024} GiB
                </span>
              </Cell>
              <Cell className="hidden sm:table-cell">{placement?.image ?? first.image}</Cell>
              <Cell className="text-right">
                <Price first={first} count={count} hourlyCost={placement?.hourlyCost} />
              </Cell>
            </Row>
          );
        })}
      </tbody>
    </Table>
  );
}

/** Of a placement that is another one than usual. */
export function usualText({ realm, usually }: PlannedMatch["placements"][string]): string {
  if (usually === null) return "";
  return usually.realm === realm ? usually.size : `${usually.size} in ${usually.realm}`;
}

/** Without a place, what it needs; with one, what all members cost there. */
function Price({ first, count, hourlyCost }: Group & { readonly hourlyCost: number | null | undefined }) {
  if (hourlyCost === undefined) return first.profile.name;
  if (hourlyCost === null) return <span className="text-muted">price not known</span>;
  return <Money dollars={hourlyCost * count} per="hour" />;
}

function afterOf({ dependsOn }: PlannedInstance, instances: readonly PlannedInstance[]): string {
  const groups = new Set(dependsOn.map((name) => instances.find((one) => one.name === name)?.group ?? name));
  return groups.size === 0 ? "at once" : [...groups].join(", ");
}
