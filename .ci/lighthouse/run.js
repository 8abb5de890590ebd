// Lighthouse over pages of the built book: accessibility, best practices and SEO must reach 100. Its performance score is
// left out, for it changes from run to run; how much a page loads is measured by tests/test_weight_browser.py.
//
//     node run.js FOLDER PAGE ...        the folder of the built book, and pages in it
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const TYPES = {
  ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".json": "application/json", ".png": "image/png",
  ".svg": "image/svg+xml", ".txt": "text/plain", ".woff": "font/woff", ".woff2": "font/woff2", ".xml": "text/xml",
};
const CATEGORIES = ["accessibility", "best-practices", "seo"];
const [folder, ...pages] = process.argv.slice(2);
if (!folder || pages.length === 0) {
  console.error("expected: node run.js FOLDER PAGE ...");
  process.exit(2);
}

const server = createServer((request, response) => {
  const path = join(folder, normalize(new URL(request.url, "http://localhost").pathname));
  const found = existsSync(path) && statSync(path).isFile();
  response.writeHead(found ? 200 : 404, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
  found ? createReadStream(path).pipe(response) : response.end();
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const chrome = await launch({ chromeFlags: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] });

let passed = 0;
let failed = 0;
for (const page of pages) {
  const address = `http://127.0.0.1:${server.address().port}/${page}`;
  const { lhr } = await lighthouse(address, { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" });
  for (const name of CATEGORIES) {
    const { score, auditRefs } = lhr.categories[name];
    score === 1 ? passed++ : failed++;
    console.log(`${page}: ${name} ${Math.round(score * 100)}`);
    for (const { id, weight } of auditRefs) {
      const audit = lhr.audits[id];
      if (weight > 0 && audit.score !== null && audit.score < 1) {
        const items = audit.details?.items ?? [];
        const where = items.slice(0, 3).map((item) => item.node?.snippet ?? item.description ?? item.source ?? "");
        console.log(`  ${id}: ${audit.title} ${where.join(" | ")}`);
      }
    }
  }
}
await chrome.kill();
server.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
