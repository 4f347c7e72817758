import { Link, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { failureFrom } from "../api.ts";
import { buttonClasses } from "../components/button.tsx";
import { EmptyState, ErrorState } from "../components/states.tsx";

function Home() {
  useEffect(() => {
    document.title = "Slipway";
  }, []);
  return (
    <Link
      to="/deployments"
      className="flex items-center gap-2 self-start rounded text-base font-semibold tracking-tight"
    >
      <img src="/favicon.svg" alt="" width={22} height={22} />
      Slipway
    </Link>
  );
}

/** Instead of a page that could not be shown. */
export function PageFailed({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-4 p-6">
      <Home />
      <ErrorState error={failureFrom(error)} onRetry={() => void router.invalidate()} />
    </main>
  );
}

export function PageMissing() {
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-4 p-6">
      <Home />
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
