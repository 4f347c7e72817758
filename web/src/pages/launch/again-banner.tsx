import { Link } from "@tanstack/react-router";
import type { Former } from "./again.ts";

/** Whose name and pool it takes, and what becomes of secret values. */
export function AgainBanner({ former: { deployment }, isChanged }: { former: Former; isChanged: boolean }) {
  const { id, name, pool } = deployment;
  return (
    <p role="note" className="mb-5 max-w-4xl rounded-md border border-info/60 bg-info-soft px-3 py-2 text-sm">
      This launches{" "}
      <Link to="/deployments/$id" params={{ id }} className="link font-medium">
        {name}
      </Link>{" "}
      of pool {pool} once more, as another deployment that has the name from then on; it is refused while one of that
      name has not ended.{" "}
      {isChanged
        ? "The blueprint is another one now: secret values have to be given again."
        : "Secret values that are left empty are as they were."}
    </p>
  );
}
