import { PageHeader } from "../../components/page-header.tsx";

export function NewBlueprintPage() {
  return <PageHeader title="New blueprint" />;
}
