import { PageHeader } from "../../components/page-header.tsx";

export function BlueprintPage() {
  return <PageHeader title="Blueprint" />;
}
