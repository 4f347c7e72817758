import { useState } from "react";
import { PageHeader } from "../../components/page-header.tsx";
import { NotForYou } from "../../layout/not-for-you.tsx";
import { useMayChange } from "../../permission.ts";
import { StoreForm } from "./store-form.tsx";

const START = `slipway: 1
name: hello
instances:
  web:
    image: debian-12
    profile: small
`;

export function NewBlueprintPage() {
  const [source, setSource] = useState(START);
  if (!useMayChange("blueprints")) return <NotForYou title="New blueprint" what="stores blueprints" />;
  return (
    <>
      <PageHeader title="New blueprint">
        It is checked while you type; only what could be launched can be stored.
      </PageHeader>
      <StoreForm source={source} onChange={setSource} name={null} stored={null} />
    </>
  );
}
