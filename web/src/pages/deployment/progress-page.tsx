import { useParams } from "@tanstack/react-router";
import { DeploymentView } from "./deployment-view.tsx";

/** The launch progress page: graph and log from the start. */
export function ProgressPage() {
  const { id } = useParams({ from: "/signed-in/deployments/$id/progress" });
  return <DeploymentView id={id} isDetailed />;
}
