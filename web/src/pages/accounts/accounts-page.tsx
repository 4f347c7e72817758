import { PageHeader } from "../../components/page-header.tsx";

export function AccountsPage() {
  return <PageHeader title="Accounts" />;
}
