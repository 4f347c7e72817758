import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { StoredBlueprint } from "../../../../src/contract/blueprint.ts";
import { api, failureFrom } from "../../api.ts";
import { Button, buttonClasses } from "../../components/button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { Select } from "../../components/field.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { SourceEditor } from "../../components/source-editor.tsx";
import { Stale } from "../../components/stale.tsx";
import { ErrorState, Skeleton } from "../../components/states.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";
import { LIST_MS, queries } from "../../queries.ts";
import { Outline } from "./outline.tsx";
import { StoreForm } from "./store-form.tsx";

export function BlueprintPage() {
  const { name } = useParams({ from: "/signed-in/blueprints/$name" });
  const { version } = useSearch({ from: "/signed-in/blueprints/$name" });
  const { data, error, refetch, failureCount, dataUpdatedAt } = useQuery({
    ...queries.blueprint(name, version),
    refetchInterval: LIST_MS,
  });
  const [isDeleting, setDeleting] = useState(false);
  const mayChange = useMayChange("blueprints");
  const mayLaunch = useMayChange("deployments");
  return (
    <>
      <PageHeader
        title={name}
        beside={<VersionSelect name={name} version={version ?? null} />}
        actions={
          <>
            {mayChange && <Button onClick={() => setDeleting(true)}>Delete…</Button>}
            <Link to="/launch" search={{ blueprint: name }} className={buttonClasses("primary")}>
              {mayLaunch ? "Launch" : "Plan"}
            </Link>
          </>
        }
      />
      <Stale failures={failureCount} repliedAt={dataUpdatedAt} />
      {error !== null && <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Skeleton lines={10} label="Loading the blueprint" />}
      {data !== undefined && <Version key={`${data.name} ${data.version}`} blueprint={data} />}
      {isDeleting && <Delete name={name} onClose={() => setDeleting(false)} />}
    </>
  );
}

function VersionSelect({ name, version }: { name: string; version: number | null }) {
  const { data } = useQuery(queries.blueprintVersions(name));
  const navigate = useNavigate();
  const versions = data?.blueprints ?? [];
  return (
    <Select
      aria-label="Version"
      className="w-auto shrink-0"
      value={version ?? versions[0]?.version ?? ""}
      onChange={({ target }) => {
        const chosen = Number(target.value);
        const search = chosen === versions[0]?.version ? {} : { version: chosen };
        void navigate({ to: "/blueprints/$name", params: { name }, search });
      }}
    >
      {versions.map((one, place) => (
        <option key={one.version} value={one.version}>
          Version {one.version}
          {place === 0 ? " (newest)" : ""}
        </option>
      ))}
    </Select>
  );
}

function Version({ blueprint }: { blueprint: StoredBlueprint }) {
  const { name, source, createdAt, createdBy, outline } = blueprint;
  const [edited, setEdited] = useState<string | null>(null);
  const mayChange = useMayChange("blueprints");
  if (edited !== null) {
    return (
      <StoreForm source={edited} onChange={setEdited} name={name} stored={source}>
        <Button onClick={() => setEdited(null)}>Discard changes</Button>
      </StoreForm>
    );
  }
  return (
    <div className="grid items-start gap-x-8 gap-y-5 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-2">
        <div className="flex flex-wrap items-center justify-between gap-2 text-muted">
          <span>
            Stored <RelativeTime time={createdAt} /> by {createdBy}
          </span>
          {mayChange && <Button onClick={() => setEdited(source)}>Edit as a new version</Button>}
        </div>
        <SourceEditor label={`Source of ${name}`} value={source} />
      </div>
      <Outline outline={outline} />
    </div>
  );
}

function Delete({ name, onClose }: { name: string; onClose: () => void }) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.removeBlueprint(name),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: queries.blueprints.queryKey });
      say(`Deleted blueprint ${name}`);
      await navigate({ to: "/blueprints" });
    },
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Delete blueprint ${name}?`}
      confirm="Delete all versions"
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      <p>All its versions are deleted for good.</p>
      <p>Deployments made from it keep their own copy and go on as they are.</p>
      {remove.error !== null && <ErrorState error={failureFrom(remove.error)} />}
    </Confirm>
  );
}
