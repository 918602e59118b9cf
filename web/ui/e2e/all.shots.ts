// Pictures of every page in both languages, drawn from the demo, into screenshots/: "make screenshots".
import { test, expect, type Page } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { pages } from './pages';

const folder = resolve(import.meta.dirname, '../screenshots');

let demo: ChildProcess;
let printed = '';
let url = '';
let password = '';

test.describe.configure({ mode: 'serial' });
test.setTimeout(300_000);

test.beforeAll(async () => {
  demo = spawn(resolve(import.meta.dirname, '../../../bin/itms'), ['demo', '--web', '127.0.0.1:0', '--cwmp', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  demo.stdout?.on('data', (text: Buffer) => (printed += text.toString()));
  await expect.poll(() => printed, { timeout: 180_000 }).toContain('the box   TOWN-7');
  url = /console\s+(http:\S+)\//.exec(printed)?.[1] ?? '';
  password = /password\s+(\S+)/.exec(printed)?.[1] ?? '';
});
test.afterAll(() => demo.kill('SIGINT'));

async function signIn(page: Page, role: string): Promise<void> {
  await page.goto(url);
  await page.locator('input[name=username]').fill({ admin: 'admin', technician: 'tech', helpdesk: 'help' }[role] ?? role);
  await page.locator('input[name=password]').fill(password);
  await page.locator('form button.primary').click();
  await expect(page.locator('input[name=password]')).toHaveCount(0);
}

/** Pages about one thing, named when the demo has it. */
const things = [
  { name: 'order-done', path: '/orders/DEMO-1', role: 'admin' },
  { name: 'order-failed', path: '/orders/DEMO-6', role: 'admin' },
  { name: 'order-sheet', path: '/orders/DEMO-7/sheet', role: 'admin' },
  { name: 'device', path: '/devices/00005E-STB-SIM00005E005302', role: 'admin' },
  ...['service', 'parameters', 'sessions', 'tasks', 'files', 'audit'].map((tab) => ({ name: `device-${tab}`, path: `/devices/00005E-STB-SIM00005E005302/${tab}`, role: 'admin' as const })),
  { name: 'device-cable', path: '/devices/00005E-CM-00005E005309/cable', role: 'admin' },
  { name: 'help-desk-card', path: '/help?q=00:00:5E:00:53:02', role: 'helpdesk' },
  { name: 'technician-order', path: '/t/orders/TOWN-7', role: 'technician' },
] as const;

for (const language of ['en', 'zh'] as const) {
  for (const role of ['admin', 'technician', 'helpdesk'] as const) {
    test(`${role} in ${language}`, async ({ browser }) => {
      const field = role === 'technician';
      const context = await browser.newContext({ viewport: field ? { width: 390, height: 844 } : { width: 1280, height: 800 } });
      await context.addInitScript((chosen) => localStorage.setItem('itms.language', chosen), language);
      const page = await context.newPage();
      await page.goto(url);
      if (role === 'admin') await page.screenshot({ path: `${folder}/${language}/sign-in.png` });
      await signIn(page, role);
      for (const one of [...pages, ...things].filter((p) => p.role === role)) {
        await page.goto(url + one.path);
        await expect(page.locator('h1').first()).toBeVisible();
        await expect(page.locator('.progress.late')).toHaveCount(0);
        if (one.name === 'home') await page.locator('[aria-labelledby=stream-title] li').nth(5).waitFor(); // the town goes on
        await page.screenshot({ path: `${folder}/${language}/${one.name}.png`, fullPage: !field });
      }
      await context.close();
    });
  }
}

test('the README\'s pictures', async ({ browser }) => {
  for (const one of [{ name: 'home', path: '/', role: 'admin' }, { name: 'order', path: '/orders/DEMO-6', role: 'admin' }, { name: 'technician', path: '/t/orders/TOWN-7', role: 'technician' }]) {
    const viewport = one.role === 'technician' ? { width: 390, height: 800 } : { width: 1280, height: 800 };
    const context = await browser.newContext({ viewport, deviceScaleFactor: 0.75 });
    const page = await context.newPage();
    await signIn(page, one.role);
    await page.goto(url + one.path);
    await expect(page.locator('h1').first()).toBeVisible();
    if (one.name === 'home') await page.locator('[aria-labelledby=stream-title] li').nth(5).waitFor();
    await page.screenshot({ path: `${folder}/readme/${one.name}.png` });
    await context.close();
  }
});
