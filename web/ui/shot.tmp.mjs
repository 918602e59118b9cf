import { chromium } from '@playwright/test';
const base = process.env.URL ?? 'http://127.0.0.1:18334';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
// args: name path width theme lang
for (const spec of process.argv.slice(2)) {
  const [name, path, width = '1280', theme = 'light', lang = 'en'] = spec.split(',');
  const c = await b.newContext({ viewport: { width: +width, height: 900 }, locale: 'en-GB', timezoneId: 'UTC', colorScheme: theme });
  const p = await c.newPage();
  p.on('console', (m) => m.type() === 'error' && console.log(name, m.text()));
  p.on('pageerror', (e) => console.log(name, String(e)));
  await p.addInitScript((l) => localStorage.setItem('itms.language', l), lang);
  await p.goto(base + path);
  await p.waitForTimeout(1800);
  const over = await p.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 0) console.log(name, 'overflows by', over);
  await p.screenshot({ path: `/tmp/w/uo-dev/${name}.png`, fullPage: true });
  await c.close();
}
await b.close();
