import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` serves the page with hot reload and asks a Slipway that runs beside it.
const SLIPWAY = process.env["SLIPWAY_URL"] || "http://127.0.0.1:7070";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  server: { proxy: { "/v1": { target: SLIPWAY, changeOrigin: false } } },
  build: {
    target: ["chrome125", "firefox128", "safari18"],
    // The policy of src/http/page.ts has no data: sources but for images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What a page loads is weighed by it: test/web/weight.e2e.test.ts.
    manifest: "manifest.json",
  },
});
