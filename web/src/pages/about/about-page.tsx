import { PageHeader } from "../../components/page-header.tsx";

export function AboutPage() {
  return <PageHeader title="About" />;
}
