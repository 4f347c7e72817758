import { PageHeader } from "../../components/page-header.tsx";

export function ProgressPage() {
  return <PageHeader title="Progress" />;
}
