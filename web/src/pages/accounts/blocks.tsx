// Remembered refusals: what is left alone for a while, by all launches.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Block } from "../../../../src/contract/block.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { say } from "../../components/toast.tsx";
import { useNow } from "../../clock.ts";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";

export function Blocks({ blocks }: { blocks: readonly Block[] }) {
  const now = useNow();
  const mayClear = useMayChange("blocks");
  return (
    <Table label="Remembered refusals" isStacked>
      <Head>
        <HeadCell>Account</HeadCell>
        <HeadCell>What</HeadCell>
        <HeadCell>Why</HeadCell>
        <HeadCell>In a row</HeadCell>
        <HeadCell>Until</HeadCell>
        {mayClear && (
          <HeadCell>
            <span className="sr-only">Actions</span>
          </HeadCell>
        )}
      </Head>
      <tbody>
        {blocks.map((block) => {
          const { account, realm, size, reason, text, strikes, until, triedBy } = block;
          return (
            <Row key={`${account}/${realm}/${size}/${reason}`}>
              <Cell>
                <Link to="/accounts/$name" params={{ name: account }} className="link font-medium">
                  {account}
                </Link>
              </Cell>
              <Cell label="What" className="sm:whitespace-nowrap">
                {size.replace("*", "every size")} in {realm === "*" ? "every realm" : realm}
              </Cell>
              <Cell label="Why" className="min-w-48">
                <p title={text} className="line-clamp-3 break-words">
                  <span className="text-muted">{reason}:</span> {text}
                </p>
              </Cell>
              <Cell label="In a row" className="tabular-nums">
                {strikes}
              </Cell>
              <Cell label="Until" className="whitespace-nowrap">
                {Date.parse(until) > now ? (
                  <RelativeTime time={until} />
                ) : (
                  <span className="text-muted">{triedBy === null ? "over; the next launch tries" : "being tried"}</span>
                )}
              </Cell>
              {mayClear && (
                <Cell className="text-right">
                  <Clear block={block} />
                </Cell>
              )}
            </Row>
          );
        })}
      </tbody>
    </Table>
  );
}

function Clear({ block }: { block: Block }) {
  const queryClient = useQueryClient();
  const lift = useMutation({
    mutationFn: () => api.liftBlock(block),
    onSuccess: () => say("Block cleared", `Launches try ${block.account} again.`),
    onError: (error) => say("The block could not be cleared", failureFrom(error).message),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queries.blocks.queryKey }),
  });
  return (
    <Button
      kind="quiet"
      busy={lift.isPending}
      aria-label={`Clear the block of ${block.account}, ${block.realm}/${block.size}`}
      onClick={() => lift.mutate()}
    >
      Clear
    </Button>
  );
}
