import { expect, test } from './fixtures';

// What a technician's phone must load before anything is shown.
const budget = 150_000; // bytes of JavaScript, as they cross the wire

test('the first page is light, comes compressed, and its policy takes nothing from elsewhere', async ({ page, signIn, server }) => {
  const foreign: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== server.url) foreign.push(request.url());
  });
  await signIn(page, 'operator');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.waitForLoadState('networkidle').catch(() => undefined); // the event stream may keep it busy
  const scripts = await page.evaluate(() =>
    performance.getEntriesByType('resource').map((e) => e as PerformanceResourceTiming).filter((e) => e.name.endsWith('.js')).map((e) => ({ name: e.name, sent: e.encodedBodySize, whole: e.decodedBodySize })),
  );
  const sent = scripts.reduce((sum, script) => sum + script.sent, 0);
  console.log(`  first page: ${scripts.length} scripts, ${sent} bytes sent, ${scripts.reduce((sum, script) => sum + script.whole, 0)} unpacked`);
  expect(scripts.length).toBeGreaterThan(0);
  expect(sent).toBeLessThan(budget);
  expect(foreign).toEqual([]);

  const answer = await page.request.get('/');
  const policy = answer.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe-inline');
  expect(policy.match(/https?:/)).toBeNull();
});
