import { PageHeader } from "../../components/page-header.tsx";

export function DeploymentsPage() {
  return <PageHeader title="Deployments" />;
}
