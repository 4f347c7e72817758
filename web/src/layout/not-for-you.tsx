import { useQuery } from "@tanstack/react-query";
import { PageHeader } from "../components/page-header.tsx";
import { EmptyState } from "../components/states.tsx";
import { grantsText } from "../permission.ts";
import { queries } from "../queries.ts";

/** For whoever comes by an address to what their role forbids. `what`: "stores blueprints". */
export function NotForYou({ title, what }: { title: string; what: string }) {
  const { data: about } = useQuery(queries.about);
  return (
    <>
      <PageHeader title={title} />
      <EmptyState title={`Not with the role ${about === undefined ? "of this token" : grantsText(about.grants)}`}>
        Who is an admin everywhere {what}: sign in with a token of that role, or ask one of them.
      </EmptyState>
    </>
  );
}
