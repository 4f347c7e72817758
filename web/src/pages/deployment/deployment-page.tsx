import { useParams } from "@tanstack/react-router";
import { DeploymentView } from "./deployment-view.tsx";

/** A deployment with what matters of its launch; the details unfold. */
export function DeploymentPage() {
  const { id } = useParams({ from: "/signed-in/deployments/$id" });
  return <DeploymentView id={id} isDetailed={false} />;
}
