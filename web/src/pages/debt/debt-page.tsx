import { PageHeader } from "../../components/page-header.tsx";

export function DebtPage() {
  return <PageHeader title="Debt" />;
}
