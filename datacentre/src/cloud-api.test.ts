import { connectOverHttp } from "./client.ts";
import { cloudApiSuite } from "./cloud-api.testsuite.ts";
import { serveDatacentre } from "./server.ts";

cloudApiSuite("in process", async (datacentre, access) => ({ api: datacentre.connect(access), close: async () => {} }));

cloudApiSuite("over HTTP", async (datacentre, access) => {
  const served = await serveDatacentre(datacentre, { port: 0 });
  return { api: connectOverHttp({ url: served.url, ...access }), close: () => served.close() };
});
