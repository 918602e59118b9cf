// Measures for the benchmark of long lists (cmd/itms/bench_console_test.go): how long a
// browser that holds nothing takes to the first row, and what it loads. Prints one line of JSON.
import { chromium } from '@playwright/test';

const [url, path, cookie] = process.argv.slice(2);
if (!url || !path || !cookie) throw new Error('usage: firstrow.mjs URL PATH COOKIE');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  await context.addCookies([{ name: 'itms_session', value: cookie, url }]);
  const page = await context.newPage();
  await page.goto(url + path, { waitUntil: 'commit' });
  await page.locator('tbody tr').first().waitFor();
  const measured = await page.evaluate(() => {
    const loaded = performance.getEntriesByType('resource');
    return { ms: performance.now(), bytes: loaded.reduce((sum, e) => sum + e.encodedBodySize, 0), requests: loaded.length };
  });
  const rows = await page.locator('tbody tr').count();
  console.log(JSON.stringify({ ...measured, rows }));
} finally {
  await browser.close();
}
