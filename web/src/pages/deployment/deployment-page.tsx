import { PageHeader } from "../../components/page-header.tsx";

export function DeploymentPage() {
  return <PageHeader title="Deployment" />;
}
