// The documentation as a site. Its pages are put together by scripts/build-site.ts; nothing here or there asks the network.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";

const PAGES = join(import.meta.dirname, "../pages");

const page = (text: string, link: string) => ({ text, link });

/** All pages of a folder, by their file names. */
function pagesOf(folder: string): { text: string; link: string }[] {
  const files = readdirSync(join(PAGES, folder)).filter((name) => name.endsWith(".md") && name !== "index.md");
  return files
    .toSorted()
    .map((name) => page(name.replace(/\.md$/, "").replaceAll("-", " "), `/${folder}/${name.replace(/\.md$/, "")}`));
}

const CLOUDS = ["ec2", "openstack", "ovirt", "libvirt", "lxd", "docker", "deltacloud"] as const;

const SIDEBAR = [
  {
    text: "Begin",
    items: [
      page("Install", "/install"),
      page("First launch", "/first-launch"),
      page("Concepts and glossary", "/concepts"),
      page("Scope", "/scope"),
    ],
  },
  {
    text: "Use",
    items: [
      page("Blueprints", "/blueprint"),
      page("Command line", "/cli"),
      page("Console", "/web"),
      page("Agents", "/agents"),
    ],
  },
  {
    text: "Clouds",
    items: [
      page("All of them", "/clouds"),
      ...CLOUDS.map((name) => page(name, `/${name}`)),
      page("Adding a provider", "/adding-a-provider"),
    ],
  },
  {
    text: "Operate",
    items: [
      page("Operations", "/operations"),
      page("Configuration", "/configuration"),
      page("Alerts, and what to do", "/alerts"),
      page("Metrics", "/metrics"),
      page("Traces", "/traces"),
      page("Troubleshooting", "/troubleshooting"),
    ],
  },
  {
    text: "Promises",
    items: [
      page("Reliability", "/reliability"),
      page("Performance", "/performance"),
      page("Scale", "/scale"),
      page("Architecture", "/architecture"),
    ],
  },
  { text: "API", collapsed: true, items: [page("Overview", "/api/"), ...pagesOf("api")] },
  { text: "Project", collapsed: true, items: [page("House style", "/style"), ...pagesOf("project")] },
  { text: "Decisions", collapsed: true, items: pagesOf("adr") },
];

// oxlint-disable-next-line import/no-default-export -- that is where VitePress looks for it
export default defineConfig({
  title: "Slipway",
  description: "Launches a whole deployment of cloud instances, or none of it",
  lang: "en",
  srcDir: "pages",
  cacheDir: "cache",
  outDir: "dist",
  // Pages that link to nothing are a mistake; their anchors are looked at by test/site.e2e.test.ts.
  ignoreDeadLinks: false,
  markdown: {
    // References of blueprints (`${{ … }}`) are no expressions of the page.
    config: (md) => {
      md.renderer.rules["code_inline"] = (...[tokens, at]) =>
        `<code v-pre>${md.utils.escapeHtml(tokens[at]?.content ?? "")}</code>`;
    },
  },
  themeConfig: {
    // Whoever looks for a word wants its explanation before the fields that are called like it.
    search: {
      provider: "local",
      options: { miniSearch: { searchOptions: { boostDocument: (id: string) => (id.includes("/api/") ? 0.2 : 1) } } },
    },
    nav: [page("First launch", "/first-launch"), page("Troubleshooting", "/troubleshooting"), page("API", "/api/")],
    sidebar: SIDEBAR,
    outline: [2, 3],
    docFooter: { prev: "Before", next: "Next" },
  },
});
