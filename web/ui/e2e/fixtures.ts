import { contrast, violations } from './axe';
import { test as base, expect, type Page } from '@playwright/test';
import { password, Server } from './server';

type Shared = { server: Server };
type Mine = {
  /** Signs in by the page as a user of a role, made when first asked for. */
  signIn: (page: Page, role: string, path?: string) => Promise<void>;
};

/** test is Playwright's with a server of the real binary per worker. */
export const test = base.extend<Mine, Shared>({
  server: [
    async ({}, use, worker) => {
      const server = await Server.start(firstNet + worker.parallelIndex);
      await use(server);
      await server.end();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  signIn: async ({ server }, use) => {
    await use(async (page, role, path = '/') => {
      if (!made.has(role)) {
        await server.user(`e2e-${role}`, role);
        made.add(role);
      }
      await page.goto(path);
      await page.getByLabel('User name').fill(`e2e-${role}`);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page.getByLabel('User name')).toHaveCount(0);
    });
  },
  page: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await use(page);
    expect(complaints, 'what the browser complained of, the policy of the page included').toEqual([]);
  },
});

const firstNet = Number(process.env['E2E_NET'] ?? 20); // runs side by side want different ones
const made = new Set<string>(); // of this worker

/** accessible fails when a page breaks WCAG 2.2 AA as far as axe can tell. */
export async function accessible(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([]);
}

/** accessibleInBoth looks at a page in light, and at its colours in dark too: nothing else differs. */
export async function accessibleInBoth(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await accessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await contrast(page), 'in dark').toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
}

export { expect, password };
