import { Skeleton } from "../components/states.tsx";

/** While it is not known who is signed in, or the page's own part is still on its way. index.html begins with the same. */
export function PagePending() {
  return (
    <div className="mx-auto max-w-[90rem] px-4 py-5 md:px-6">
      <Skeleton lines={5} label="Loading the page" />
    </div>
  );
}
