// A pool's accounts with group and weight, changed together so that no launch sees half of it.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Pool } from "../../../../src/contract/account.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Input, Select } from "../../components/field.tsx";
import { ErrorState } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { HealthBadge } from "../../state-badge.tsx";

type Member = Pool["members"][number];

export function Members({ pool }: { pool: Pool }) {
  // Null while nothing differs from what is stored.
  const [draft, setDraft] = useState<readonly Member[] | null>(null);
  const mayChange = useMayChange("pools");
  // Refused to whoever may see some pools only: then no health is shown.
  const { data } = useQuery(queries.accounts);
  const save = useSave(pool, () => setDraft(null));
  const members = draft ?? pool.members.toSorted(byGroup);
  const others = (data?.accounts ?? []).filter(({ name }) => !members.some(({ account }) => account === name));
  const change = (account: string, to: Partial<Member>): void =>
    setDraft(members.map((member) => (member.account === account ? { ...member, ...to } : member)));
  return (
    <>
      {members.length === 0 ? (
        <p className="text-muted">No account is in it: launches find none.</p>
      ) : (
        <Table label={`Accounts of pool ${pool.name}`} isStacked>
          <Head>
            <HeadCell>Account</HeadCell>
            <HeadCell>Health</HeadCell>
            <HeadCell>Group</HeadCell>
            <HeadCell>Weight</HeadCell>
            <HeadCell>
              <span className="sr-only">Actions</span>
            </HeadCell>
          </Head>
          <tbody>
            {members.map((member) => (
              <MemberRow
                key={member.account}
                member={member}
                health={data?.accounts.find(({ name }) => name === member.account)?.health ?? null}
                mayChange={mayChange}
                onChange={(to) => change(member.account, to)}
                onRemove={() => setDraft(members.filter(({ account }) => account !== member.account))}
              />
            ))}
          </tbody>
        </Table>
      )}
      {save.error !== null && <ErrorState error={failureFrom(save.error)} />}
      {mayChange && (
        <div className="flex flex-wrap items-center gap-2">
          {others.length > 0 && (
            <Select
              aria-label={`Put an account into ${pool.name}`}
              value=""
              onChange={({ target }) => setDraft([...members, { account: target.value, group: 0, weight: 0 }])}
              className="w-auto!"
            >
              <option value="">Put an account in …</option>
              {others.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </Select>
          )}
          {draft !== null && (
            <>
              <Button kind="primary" busy={save.isPending} onClick={() => save.mutate(draft)}>
                Save changes
              </Button>
              <Button onClick={() => setDraft(null)}>Discard</Button>
            </>
          )}
        </div>
      )}
    </>
  );
}

function useSave({ name }: Pool, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (members: readonly Member[]) => api.changePool(name, { members: [...members] }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: queries.pools.queryKey });
      onDone();
      say(`Pool ${name} is changed`);
    },
  });
}

const byGroup = (a: Member, b: Member): number => a.group - b.group || a.account.localeCompare(b.account);

interface MemberRowProps {
  readonly member: Member;
  readonly health: "unknown" | "healthy" | "unreachable" | "suspended" | null;
  readonly mayChange: boolean;
  readonly onChange: (to: Partial<Member>) => void;
  readonly onRemove: () => void;
}

function MemberRow({ member: { account, group, weight }, health, mayChange, onChange, onRemove }: MemberRowProps) {
  return (
    <Row>
      <Cell>
        <Link to="/accounts/$name" params={{ name: account }} className="link font-medium">
          {account}
        </Link>
      </Cell>
      <Cell label="Health">{health !== null && <HealthBadge health={health} />}</Cell>
      <Cell label="Group">
        {mayChange ? (
          <Input
            type="number"
            min={0}
            aria-label={`Group of ${account}`}
            value={group}
            onChange={({ target }) => onChange({ group: Math.max(0, Math.trunc(Number(target.value))) })}
            className="w-20!"
          />
        ) : (
          group
        )}
      </Cell>
      <Cell label="Weight">
        {mayChange ? (
          <Input
            type="number"
            min={-100}
            max={100}
            aria-label={`Weight of ${account}`}
            value={weight}
            onChange={({ target }) =>
              onChange({ weight: Math.min(100, Math.max(-100, Math.trunc(Number(target.value)))) })
            }
            className="w-20!"
          />
        ) : (
          weight
        )}
      </Cell>
      <Cell className="text-right">
        {mayChange && (
          <Button kind="quiet" aria-label={`Take out ${account}`} onClick={onRemove}>
            Take out
          </Button>
        )}
      </Cell>
    </Row>
  );
}
