import { PageHeader } from "../../components/page-header.tsx";

export function BlueprintsPage() {
  return <PageHeader title="Blueprints" />;
}
