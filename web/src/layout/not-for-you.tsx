import { useQuery } from "@tanstack/react-query";
import { PageHeader } from "../components/page-header.tsx";
import { EmptyState } from "../components/states.tsx";
import { queries } from "../queries.ts";

/** For whoever comes by an address to what their role forbids. `what`: "stores blueprints". */
export function NotForYou({ title, what }: { title: string; what: string }) {
  const { data: about } = useQuery(queries.about);
  return (
    <>
      <PageHeader title={title} />
      <EmptyState title={`Not with the role ${about?.token.role ?? "of this token"}`}>
        A token with another role {what}: sign in with one, or ask somebody who has one.
      </EmptyState>
    </>
  );
}
