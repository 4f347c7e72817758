import { Link, useRouter } from "@tanstack/react-router";
import { failureFrom } from "../api.ts";
import { buttonClasses } from "../components/button.tsx";
import { EmptyState, ErrorState } from "../components/states.tsx";

/** Instead of a page that could not be shown. */
export function PageFailed({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <main className="mx-auto max-w-2xl p-6">
      <ErrorState error={failureFrom(error)} onRetry={() => void router.invalidate()} />
    </main>
  );
}

export function PageMissing() {
  return (
    <main className="mx-auto max-w-2xl p-6">
      <EmptyState
        title="There is no such page"
        action={
          <Link to="/deployments" className={buttonClasses("primary")}>
            Show deployments
          </Link>
        }
      >
        The address may be from another version of Slipway, or misspelt.
      </EmptyState>
    </main>
  );
}
