import "./styles.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Toasts } from "./components/toast.tsx";
import { createQueryClient, queries } from "./queries.ts";
import { createPageRouter } from "./routes.tsx";

const queryClient = createQueryClient(() => {
  // The guard of the pages asks again, hears that the session is over, and leads to the login and back.
  queryClient.removeQueries({ queryKey: queries.about.queryKey });
  void router.invalidate();
});
const router = createPageRouter(queryClient);

const place = document.getElementById("page");
if (place === null) throw new Error("index.html has no #page");
createRoot(place).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Toasts>
          <RouterProvider router={router} />
        </Toasts>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
