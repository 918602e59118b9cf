import { defineConfig } from '@playwright/test';

// Debian's chromium; another one by CHROMIUM. Each worker runs servers of its own (e2e/fixtures.ts).
export default defineConfig({
  testDir: 'e2e',
  testMatch: process.env['SHOTS'] ? '*.shots.ts' : '*.spec.ts',
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});
