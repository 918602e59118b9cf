// What the BSS side is shown: files of orders, subscriptions to events, calls of neighbouring systems.
import { createServer, type Server as Http } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessibleInBoth, expect, test } from './fixtures';
import type { Page } from '@playwright/test';

/** Receiver is a subscriber that answers as it is told to. */
class Receiver {
  status = 200;
  readonly types: string[] = [];
  readonly #http: Http;

  constructor() {
    this.#http = createServer((request, answer) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        if (this.status === 200) this.types.push((JSON.parse(body) as { type: string }).type);
        answer.writeHead(this.status).end();
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#http.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/events`;
  }

  end(): void {
    this.#http.closeAllConnections();
    this.#http.close();
  }
}

/** narrow fails when a page is wider than a phone. */
async function narrow(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), 'width at 360 px').toBeLessThanOrEqual(360);
}

test('a file of orders is tried, then imported, then exported', async ({ page, server, signIn }) => {
  await signIn(page, 'operator', '/orders');
  await page.getByRole('link', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Import orders' })).toBeVisible();
  await page.getByRole('button', { name: 'Dry run' }).click();
  await expect(page.getByText('Choose a file first.')).toBeVisible();

  const [first, second] = [server.orderNo('BULK'), server.orderNo('BULK')];
  const rows = [
    'orderNo,source,kind,mode,subscriber.id,subscriber.name,service.id,service.type,service.account,service.password,device.mac,line.area',
    `${first},crm,install,self,S-${first},张三,${first}-1,iptv,acc-${first},secret-1,${server.mac()},510100`,
    `${second},crm,install,self,S-${second},Ada,${second}-1,iptv,acc-${second},secret-2,00:00:5E,510100`,
  ];
  await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'orders.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\r\n')) });
  await page.getByRole('button', { name: 'Dry run' }).click();
  const tried = page.getByRole('region', { name: 'Dry run: nothing was stored' });
  await expect(tried.getByRole('status')).toContainText('2 lines');
  await expect(tried.getByRole('listitem').filter({ hasText: 'Would be new' })).toContainText('1');
  const wrong = tried.getByRole('row', { name: new RegExp(second) });
  await expect(wrong).toContainText('3');
  await expect(wrong).toContainText('device.mac');
  await accessibleInBoth(page);
  expect((await server.call<{ items: unknown[] }>('GET', `/api/v1/work-orders?q=${first}`)).items).toHaveLength(0);

  await page.getByRole('button', { name: 'Import for real' }).click();
  await expect(page.getByRole('dialog')).toContainText('As they should be: 1. Wrong, and left out: 1.');
  await page.getByRole('dialog').getByRole('button', { name: 'Import for real' }).click();
  const taken = page.getByRole('region', { name: 'Import', exact: true });
  await expect(taken.getByRole('listitem').filter({ hasText: 'New' })).toContainText('1');
  await expect(taken.getByRole('row', { name: new RegExp(second) })).toContainText('device.mac');
  await narrow(page);
  await page.setViewportSize({ width: 1280, height: 720 });

  await page.getByRole('link', { name: 'To the orders' }).click();
  await expect(page.getByRole('row', { name: new RegExp(first) })).toContainText('张三');
  await page.getByLabel('Kind').selectOption('Install');
  const saving = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export NDJSON' }).click();
  const file = await (await saving).createReadStream();
  const text = (await file.toArray()).map(String).join('');
  expect(text.trim().split('\n').map((line) => (JSON.parse(line) as { orderNo: string }).orderNo)).toContain(first);
  await expect(page.getByRole('link', { name: 'Export CSV' })).toHaveAttribute('href', /format=csv&kind=install$/);
});

test('a subscriber is added, fails, leaves dead letters, and gets them again', async ({ page, server, signIn }) => {
  const receiver = new Receiver();
  const url = await receiver.start();
  await signIn(page, 'operator', '/webhooks');
  await expect(page.getByText('Nobody is told of events')).toBeVisible();
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill('crm');
  await form.getByLabel('Address').fill('http://10.0.0.1/events');
  await form.getByLabel('Event types').fill('order.*');
  await accessibleInBoth(page);
  await form.getByRole('button', { name: 'Add a webhook' }).click();
  await expect(form.getByRole('alert').first()).toBeVisible(); // a private address that is not allowed
  await form.getByLabel('Address').fill(url);
  await form.getByRole('button', { name: 'Add a webhook' }).click();
  await expect(form.getByLabel('Signing key')).toHaveValue(/^whsec_/);
  const key = await form.getByLabel('Signing key').inputValue();
  await form.getByRole('button', { name: 'Done' }).click();

  const crm = page.getByRole('article', { name: 'crm' });
  await expect(crm).toContainText('Not used yet');
  await crm.getByRole('button', { name: 'Send a test' }).click();
  await expect(crm).toContainText('In order');
  await expect.poll(() => receiver.types).toEqual(['itms.webhook.ping']);

  // It breaks: the page says so, with the reason and the next try.
  receiver.status = 503;
  await server.install({ mac: server.mac() });
  await expect(crm).toContainText('Failing');
  await expect(crm).toContainText('503');
  await expect(crm).toContainText('Next try');
  await accessibleInBoth(page);
  await narrow(page);
  await page.setViewportSize({ width: 1280, height: 720 });

  await crm.getByRole('button', { name: 'Dead letters' }).click();
  await expect(page.getByRole('dialog')).toContainText('No dead letters'); // it is tried for days
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

  await crm.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('dialog').getByLabel('Hours').fill('48');
  await page.getByRole('dialog').getByRole('button', { name: 'New key' }).click();
  await expect(page.getByRole('dialog').getByLabel('Signing key')).toHaveValue(/^whsec_/);
  expect(await page.getByRole('dialog').getByLabel('Signing key').inputValue()).not.toBe(key);
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
  await expect(crm).toContainText('The former key signs until');

  // It wants no more, by its answer: it is disabled, and what waited is dead letters, until both are taken back.
  receiver.status = 410;
  await crm.getByRole('button', { name: 'Send a test' }).click();
  await expect(crm).toContainText('Disabled');
  await expect(crm).toContainText('410');
  receiver.status = 200;
  await crm.getByRole('button', { name: 'Enable' }).click();
  await expect(crm).not.toContainText('Disabled');
  await crm.getByRole('button', { name: 'Dead letters' }).click();
  const letters = page.getByRole('dialog', { name: 'Dead letters of crm' });
  await expect(letters).toContainText('410 Gone');
  await accessibleInBoth(page);
  await letters.getByRole('button', { name: 'Deliver all again' }).click();
  await expect(letters).toContainText('No dead letters');
  await letters.getByRole('button', { name: 'Close' }).last().click();
  await expect.poll(() => receiver.types).toContain('itms.order.received');

  await crm.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('Nobody is told of events')).toBeVisible();
  receiver.end();
});
