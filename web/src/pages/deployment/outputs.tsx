// What the deployment tells about itself, to be copied; secret values only when they are asked for.

import { useMutation } from "@tanstack/react-query";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import type { Output } from "../../../../src/contract/output.ts";
import { api, failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Cell, Head, HeadCell, Row, Table } from "../../components/table.tsx";
import { say } from "../../components/toast.tsx";
import { useMayChange } from "../../permission.ts";

export function Outputs({ deployment: { id, state, outputs } }: { deployment: Deployment }) {
  if (outputs.length === 0) return null;
  return (
    <Table label="Outputs" isStacked>
      <Head>
        <HeadCell>Output</HeadCell>
        <HeadCell>Value</HeadCell>
        <HeadCell>
          <span className="sr-only">Copy</span>
        </HeadCell>
      </Head>
      <tbody>
        {outputs.map((output) =>
          output.secret ? (
            <SecretRow key={`${output.name} ${state}`} id={id} output={output} />
          ) : (
            <OutputRow key={output.name} output={output} />
          ),
        )}
      </tbody>
    </Table>
  );
}

function OutputRow({ output }: { output: Output }) {
  const { value } = output;
  return (
    <Row>
      <NameCell output={output} />
      <Cell label="Value">{value === null ? <NotKnown output={output} /> : <Value text={value} />}</Cell>
      <Cell className="text-right">{value !== null && <CopyButton text={value} />}</Cell>
    </Row>
  );
}

/** What is shown is asked for anew each time, and forgotten with the page, and when the deployment goes on: it may be another then. */
function SecretRow({ id, output }: { id: string; output: Output }) {
  const mayKnow = useMayChange("deployments");
  const reveal = useMutation({
    mutationFn: () => api.outputs(id),
    onError: (error) => say(failureFrom(error).message),
    gcTime: 0,
  });
  const told = reveal.data?.outputs.find(({ name }) => name === output.name);
  const value = told?.value ?? null;
  return (
    <Row>
      <NameCell output={output} />
      <Cell label="Value">
        {told === undefined && (
          <span className="text-muted">{mayKnow ? "secret" : "secret: for operators and admins"}</span>
        )}
        {told !== undefined && (value === null ? <NotKnown output={told} /> : <Value text={value} />)}
      </Cell>
      <Cell className="text-right">
        <span className="inline-flex gap-2">
          {value !== null && <CopyButton text={value} />}
          {mayKnow && told === undefined && (
            <Button onClick={() => reveal.mutate()} disabled={reveal.isPending}>
              Show
            </Button>
          )}
          {told !== undefined && <Button onClick={() => reveal.reset()}>Hide</Button>}
        </span>
      </Cell>
    </Row>
  );
}

function NameCell({ output: { name, description } }: { output: Output }) {
  return (
    <Cell label="Output">
      <span className="font-medium">{name}</span>
      {description !== null && <p className="text-xs text-muted">{description}</p>}
    </Cell>
  );
}

function Value({ text }: { text: string }) {
  return <span className="font-mono text-xs break-all whitespace-pre-wrap">{text}</span>;
}

function NotKnown({ output: { missing } }: { output: Output }) {
  return <span className="text-muted">not known: no {missing}</span>;
}
