import type { BlueprintOutline } from "../../../../src/contract/blueprint.ts";

/** What a blueprint says, in short. */
export function Outline({ outline: { instances, parameters, outputs } }: { outline: BlueprintOutline }) {
  return (
    <div className="flex flex-col gap-4">
      <section aria-label="Instances" className="rounded-lg border bg-surface p-3">
        <h2 className="mb-2">Instances</h2>
        <ul className="flex flex-col gap-2">
          {instances.map(({ name, count, image, dependsOn }) => (
            <li key={name}>
              <span className="font-medium">{name}</span>
              {count !== 1 && <span className="text-muted"> × {count ?? "by parameters"}</span>}
              <p className="text-xs text-muted">
                {image ?? "image by parameters"} ·{" "}
                {dependsOn.length === 0 ? "at once" : `after ${dependsOn.join(", ")}`}
              </p>
            </li>
          ))}
        </ul>
      </section>
      <section aria-label="Parameters" className="rounded-lg border bg-surface p-3">
        <h2 className="mb-2">Parameters</h2>
        {parameters.length === 0 && <p className="text-muted">None.</p>}
        <ul className="flex flex-col gap-2">
          {parameters.map((parameter) => (
            <li key={parameter.name}>
              <code className="font-mono text-xs font-semibold">{parameter.name}</code>
              <span className="text-xs text-muted">
                {" "}
                {parameter.secret ? "secret" : parameter.type}
                {parameter.default !== null && ` = ${String(parameter.default)}`}
              </span>
              {parameter.description !== null && <p className="text-xs text-muted">{parameter.description}</p>}
            </li>
          ))}
        </ul>
      </section>
      {outputs.length > 0 && (
        <section aria-label="Outputs" className="rounded-lg border bg-surface p-3">
          <h2 className="mb-2">Outputs</h2>
          <ul className="flex flex-col gap-2">
            {outputs.map(({ name, description, secret }) => (
              <li key={name}>
                <code className="font-mono text-xs font-semibold">{name}</code>
                {secret && <span className="text-xs text-muted"> secret</span>}
                {description !== null && <p className="text-xs text-muted">{description}</p>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
