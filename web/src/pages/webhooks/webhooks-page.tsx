import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Webhook } from "../../../../src/contract/webhook.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Stale } from "../../components/stale.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../components/states.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { say } from "../../components/toast.tsx";
import { NotForYou } from "../../layout/not-for-you.tsx";
import { useMayChange } from "../../permission.ts";
import { queries } from "../../queries.ts";
import { AddWebhook } from "./add-webhook.tsx";
import { ChangeKinds } from "./change-kinds.tsx";
import { Deliveries } from "./deliveries.tsx";

export function WebhooksPage() {
  if (!useMayChange("webhooks")) return <NotForYou title="Webhooks" what="sees and makes webhooks" />;
  return <Webhooks />;
}

function Webhooks() {
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery(queries.webhooks);
  const [isAdding, setAdding] = useState(false);
  const [shown, setShown] = useState<Webhook | null>(null);
  const [removing, setRemoving] = useState<Webhook | null>(null);
  const [changing, setChanging] = useState<Webhook | null>(null);
  return (
    <>
      <PageHeader
        title="Webhooks"
        actions={
          <Button kind="primary" onClick={() => setAdding(true)}>
            New webhook
          </Button>
        }
      >
        Others are told of events by signed messages, in the order of each deployment.
      </PageHeader>
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={4} label="Loading webhooks" />}
      {data?.webhooks.length === 0 && (
        <EmptyState title="No webhooks">Nobody is told of events but those who look.</EmptyState>
      )}
      {data !== undefined && data.webhooks.length > 0 && (
        <Table label="Webhooks">
          <Head>
            <HeadCell>Name</HeadCell>
            <HeadCell className="hidden sm:table-cell">Told of</HeadCell>
            <HeadCell>How it stands</HeadCell>
            <HeadCell>
              <span className="sr-only">Actions</span>
            </HeadCell>
          </Head>
          <tbody>
            {data.webhooks.map((webhook) => (
              <Row key={webhook.name}>
                <Cell className="font-medium">
                  {webhook.name}
                  <span className="block max-w-[24ch] truncate font-mono text-xs font-normal text-muted">
                    {webhook.url}
                  </span>
                </Cell>
                <Cell className="hidden text-muted sm:table-cell">
                  {webhook.kinds === null ? "all events" : webhook.kinds.join(", ")}
                  {webhook.pool !== null && `, in pool ${webhook.pool}`}
                </Cell>
                <Cell>
                  <Standing webhook={webhook} />
                </Cell>
                <Cell className="text-right">
                  <Actions
                    webhook={webhook}
                    onShow={() => setShown(webhook)}
                    onChange={() => setChanging(webhook)}
                    onRemove={() => setRemoving(webhook)}
                  />
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
      {isAdding && <AddWebhook onClose={() => setAdding(false)} />}
      {shown !== null && <Deliveries name={shown.name} onClose={() => setShown(null)} />}
      {changing !== null && <ChangeKinds webhook={changing} onClose={() => setChanging(null)} />}
      {removing !== null && <Remove webhook={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

function Standing({ webhook: { waiting, failing, dead } }: { webhook: Webhook }) {
  return (
    <>
      {failing !== null && (
        <span className="block text-warn">
          ▲ {failing.text}, since <RelativeTime time={failing.since} />
        </span>
      )}
      {dead > 0 && <span className="block text-warn">▲ {dead === 1 ? "1 dead letter" : `${dead} dead letters`}</span>}
      {waiting > 0 && (
        <span className="block text-muted">{waiting === 1 ? "1 deployment waits" : `${waiting} deployments wait`}</span>
      )}
      {waiting === 0 && dead === 0 && <span className="text-muted">told of all there is</span>}
    </>
  );
}

interface ActionsProps {
  readonly webhook: Webhook;
  readonly onShow: () => void;
  readonly onChange: () => void;
  readonly onRemove: () => void;
}

function Actions({ webhook: { name }, onShow, onChange, onRemove }: ActionsProps) {
  const test = useMutation({
    mutationFn: () => api.testWebhook(name),
    onSuccess: ({ taken, text, ms }) =>
      say(taken ? `Webhook ${name} ${text} within ${ms} ms` : `Webhook ${name} took nothing: ${text}`),
    onError: (error) => say(failureFrom(error).message),
  });
  return (
    <span className="inline-flex flex-wrap justify-end">
      <Button kind="quiet" aria-label={`Test webhook ${name}`} busy={test.isPending} onClick={() => test.mutate()}>
        Test
      </Button>
      <Button kind="quiet" aria-label={`Deliveries of webhook ${name}`} onClick={onShow}>
        Deliveries
      </Button>
      <Button kind="quiet" aria-label={`Events of webhook ${name}`} onClick={onChange}>
        Events…
      </Button>
      <Button kind="quiet" aria-label={`Remove webhook ${name}`} onClick={onRemove}>
        Remove…
      </Button>
    </span>
  );
}

function Remove({ webhook: { name }, onClose }: { webhook: Webhook; onClose: () => void }) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.removeWebhook(name),
    onSuccess: async () => {
      say(`Removed webhook ${name}`);
      onClose();
      await queryClient.invalidateQueries({ queryKey: queries.webhooks.queryKey });
    },
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Remove webhook ${name}?`}
      confirm="Remove webhook"
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      <p>It is told of nothing any more; what waits for it and its dead letters go with it.</p>
      {remove.error !== null && <ErrorState error={failureFrom(remove.error)} />}
    </Confirm>
  );
}
