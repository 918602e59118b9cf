import type { Locator, Page } from '@playwright/test';
import { accessible, accessibleInBoth, expect, test } from './fixtures';
import type { Server } from './server';

type Device = { id: string; state: string };

/** known waits until a device has been in contact and returns it. */
async function known(server: Server, mac: string): Promise<Device> {
  let found: Device | undefined;
  await expect.poll(async () => {
    found = (await server.call<{ items: Device[] }>('GET', `/api/v1/devices?q=${mac}`)).items[0];
    return found?.id ?? '';
  }).not.toBe('');
  return found as Device;
}

const pathOf = (id: string, tab = ''): string => `/devices/${encodeURIComponent(id)}${tab && `/${tab}`}`;

const tab = (page: Page, name: string): Locator => page.getByRole('navigation', { name: 'Parts of the device' }).getByRole('link', { name });

/** holds reads a value from the box itself. */
async function holds(server: Server, id: string, name: string): Promise<string | undefined> {
  const task = await server.call<{ result?: { values?: { value: string }[] } }>('POST', `/api/v1/devices/${encodeURIComponent(id)}/tasks?wait=20s`, { kind: 'get', names: [name] });
  return task.result?.values?.[0]?.value;
}

test('a parameter is written to the box, a refusal stands at its parameter, rows come and go', async ({ page, server, signIn }) => {
  const mac = server.mac();
  server.box(mac, 'tr181-gateway', '--quirk', 'refuse-spv=0:9007:Device.ManagementServer.CWMPRetryMinimumWaitInterval');
  const { id } = await known(server, mac);
  await signIn(page, 'operator', pathOf(id, 'parameters'));
  await page.getByRole('button', { name: 'Read everything' }).click();
  const tree = page.getByRole('treegrid', { name: 'Parameters' });
  await expect(page.getByRole('status').filter({ hasText: /^\d+ known$/ })).toBeVisible();

  // By the keyboard to a parameter that a search leaves.
  await page.getByLabel('Search names and values').fill('PeriodicInformInterval');
  await expect(page).toHaveURL(/q=PeriodicInformInterval/);
  const row = tree.getByRole('row', { name: /PeriodicInformInterval/ });
  await expect(row).toHaveAttribute('aria-level', '3');
  await tree.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/name=Device\.ManagementServer\.PeriodicInformInterval/);
  await expect(page.getByRole('heading', { name: 'Device.ManagementServer.PeriodicInformInterval' })).toBeVisible();

  const field = page.getByLabel('New value');
  await field.fill('soon');
  await expect(page.getByRole('alert')).toContainText('A whole number is wanted.');
  await expect(page.getByRole('button', { name: 'Write to the device' })).toBeDisabled();
  await field.fill('7200');
  await page.getByRole('button', { name: 'Write to the device' }).click();
  await expect(row).toContainText('7200');
  await expect(row).toContainText('written and read back');
  expect(await holds(server, id, 'Device.ManagementServer.PeriodicInformInterval')).toBe('7200');
  await expect(page.getByRole('listitem').filter({ hasText: '→ 7200' })).toContainText('written by a task');
  await accessibleInBoth(page);

  // Somebody else writes it: seen without a reload.
  await server.call('POST', `/api/v1/devices/${encodeURIComponent(id)}/tasks`, { kind: 'set', values: { 'Device.ManagementServer.PeriodicInformInterval': 1800 } });
  await expect(row).toContainText('1800');

  await page.getByLabel('Search names and values').fill('CWMPRetryMinimumWaitInterval');
  await tree.getByRole('row', { name: /CWMPRetryMinimumWaitInterval/ }).click();
  await field.fill('60');
  await page.getByRole('button', { name: 'Write to the device' }).click();
  await expect(tree.getByRole('row', { name: /CWMPRetryMinimumWaitInterval/ })).toContainText('refused');
  await expect(page.getByRole('status').filter({ hasText: '9007' })).toBeVisible();

  // A row of a table is added and deleted again.
  await page.getByLabel('Search names and values').fill('');
  const table = 'Device.PPP.Interface.';
  await page.goto(`${pathOf(id, 'parameters')}?name=${table}`);
  await page.getByRole('button', { name: 'Add a row' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add a row' }).click();
  const added = page.getByRole('heading', { name: /^Device\.PPP\.Interface\.\d+\.$/ });
  await expect(added).toBeVisible();
  const instance = await added.innerText();
  await expect(tree.getByRole('row', { selected: true })).toContainText(`${instance.split('.').at(-2)}.`);
  await page.getByRole('button', { name: 'Delete this row' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete this row' }).click();
  await expect(page.getByRole('heading', { name: table, exact: true })).toBeVisible();
  const left = await server.call<{ items: { name: string }[] }>('GET', `/api/v1/devices/${encodeURIComponent(id)}/parameters?prefix=${instance}`);
  expect(left.items).toEqual([]);
});

test('of twenty thousand parameters only those in view are drawn', async ({ page, server, signIn }) => {
  const mac = server.mac();
  server.box(mac, 'tr181-stb');
  const { id } = await known(server, mac);
  const names = Array.from({ length: 20_000 }, (_, i) => `Device.Big.${Math.floor(i / 20) + 1}.P${i % 20}`);
  await page.route(/\/api\/v1\/.*\/parameters\?/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const items = names.slice(from, from + 500).map((name) => ({ name, value: name, type: 'xsd:string', writable: false }));
    return route.fulfill({ json: { items, ...(from + 500 < names.length && { next: String(from + 500) }) } });
  });
  await signIn(page, 'operator', `${pathOf(id, 'parameters')}?q=Device.Big.`);
  await expect(page.getByRole('status').filter({ hasText: '21,002 rows fit' })).toBeVisible();
  const tree = page.getByRole('treegrid');
  await expect(tree).toHaveAttribute('aria-rowcount', '21003');
  await tree.focus();
  await page.keyboard.press('End');
  await expect(tree.getByRole('row', { name: /Device\.Big\.1000\.P19/ })).toBeVisible();
  expect(await tree.getByRole('row').count()).toBeLessThan(100);
  await page.keyboard.press('ArrowLeft'); // up to the object above it
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Device.Big.1000.' })).toBeVisible();
});

test('reboot and recovery are followed step by step; messages are recorded; a task is cancelled', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const no = server.orderNo();
  await server.install({ no, mac });
  const box = server.box(mac);
  await server.until(no, 'done');
  const { id } = await known(server, mac);
  await signIn(page, 'operator', pathOf(id));
  await expect(page.getByRole('heading', { level: 1 })).toContainText(mac);
  await expect(page.getByText('in service', { exact: true }).first()).toBeVisible();
  await accessibleInBoth(page);

  await page.getByRole('button', { name: 'Reboot' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reboot' }).click();
  const strip = page.getByRole('list', { name: 'Tasks' });
  await expect(strip.getByRole('listitem').filter({ hasText: 'Reboot' })).toContainText('Done');

  await page.getByRole('button', { name: 'Recover' }).click();
  const dialog = page.getByRole('dialog', { name: 'One-key recovery' });
  await dialog.getByRole('button', { name: 'Start recovery' }).click();
  for (const step of ['Read the device anew', 'Compare with what it must hold', 'Write everything', 'Reboot', 'Verify']) {
    await expect(dialog.getByRole('listitem').filter({ hasText: step })).toContainText('done');
  }
  await expect(dialog.getByRole('status')).toContainText('Done');
  await accessible(page);
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  await page.getByRole('button', { name: 'Diagnose' }).click();
  await page.getByLabel('Host').fill('192.0.2.1');
  await page.getByRole('button', { name: 'Start test' }).click();
  await expect(page.getByRole('dialog').getByRole('status')).toContainText(/Done|Failed/);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

  await tab(page, 'Sessions').click();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await expect(page.getByText(/Recording until/)).toBeVisible();
  await page.getByRole('button', { name: 'Connection request' }).click();
  await page.getByRole('button', { name: 'Read the messages' }).click();
  const messages = page.getByRole('list', { name: 'Messages' });
  await messages.getByText('Inform', { exact: true }).first().click();
  await expect(messages.locator('pre').first()).toContainText('6 CONNECTION REQUEST');
  await expect(messages).not.toContainText('cpe-password');
  await expect(page.getByRole('row').filter({ hasText: '6 CONNECTION REQUEST' }).first()).toBeVisible();
  await accessibleInBoth(page);

  box.end(); // what is asked of it now waits
  await tab(page, 'Tasks').click();
  await page.getByRole('button', { name: 'Refresh', exact: true }).click();
  const waiting = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Waits for the device' }).filter({ has: page.getByRole('button', { name: 'Cancel' }) });
  await waiting.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel task' }).click();
  await expect(page.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
  await accessibleInBoth(page);
  for (const part of ['Service and orders', 'Files and versions', 'Events and audit']) {
    await tab(page, part).click();
    await expect(page.getByRole('main').getByRole('heading', { level: 2 }).first()).toBeVisible();
    await accessibleInBoth(page);
  }
});

test('a cable modem comes online while its list is looked at, and is put into service', async ({ page, server, signIn }) => {
  const mac = server.mac();
  await signIn(page, 'operator', `/devices?q=${mac}`);
  await expect(page.getByText('No device fits')).toBeVisible();
  await server.modem(mac);
  await page.getByRole('link', { name: mac }).click();
  await tab(page, 'Cable').click();
  await expect(page.getByRole('heading', { name: 'Lease' })).toBeVisible();
  await expect(page.getByText('cm-unknown').first()).toBeVisible();
  await expect(page.getByText('walled').first()).toBeVisible();

  const no = server.orderNo('CM');
  await server.install({ no, mac, type: 'internet' });
  await expect(page.getByText(/Waits for its next contact/)).toBeVisible();
  await server.modem(mac);
  await expect(page.getByText('cm-active').first()).toBeVisible();
  await expect(page.getByText('✓ is that of what it is entitled to now')).toBeVisible();
  await expect(page.getByText(`127.${server.net}.1.`, { exact: false }).first()).toBeVisible();
  await accessibleInBoth(page);
});

test('the help desk has one card for a customer and shows a password for a reason that is kept', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const no = server.orderNo('HELP');
  await server.install({ no, mac, name: 'Grace Example' });
  server.box(mac);
  await server.until(no, 'done');
  await signIn(page, 'helpdesk', '/help');
  await expect(page.getByText('Ask the customer for what is on the bill or on the box')).toBeVisible();
  await accessibleInBoth(page);
  await page.getByLabel('Find the customer’s service').fill(`acc-${no}`);
  await page.keyboard.press('Enter');
  const card = page.getByRole('article', { name: 'Grace Example' });
  await expect(card).toContainText('in service');
  await expect(card).toContainText(mac);
  await expect(card.getByRole('link', { name: no }).first()).toBeVisible();
  await expect(card).not.toContainText('service-secret');
  await accessibleInBoth(page);

  await card.getByRole('button', { name: 'Show: Service password' }).click();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Show', exact: true })).toBeDisabled();
  await page.getByLabel('Reason').fill('read to the customer');
  await page.getByRole('dialog').getByRole('button', { name: 'Show', exact: true }).click();
  await expect(card.getByText('service-secret')).toBeVisible();
  const told = await page.evaluate((service) => new Promise<string>((done) => {
    const source = new EventSource('/api/v1/events?lastEventId=0&type=service.revealed');
    source.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as { service: string; text: string };
      if (event.service === service) done((source.close(), event.text));
    };
  }), `${no}-1`);
  expect(told).toContain('was shown to e2e-helpdesk: read to the customer');
  await card.getByRole('button', { name: 'Hide: Service password' }).click();
  await expect(card).not.toContainText('service-secret');

  await card.getByRole('button', { name: 'Reboot' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reboot' }).click();
  await expect(card.getByRole('status')).toContainText('Done');
});

test('lists keep their filters in the address, and all of it speaks Chinese', async ({ page, server, signIn }) => {
  const [gateway, stb] = [server.mac(), server.mac()];
  server.box(gateway, 'tr098-gateway');
  server.box(stb, 'cu-stb');
  const { id } = await known(server, stb);
  await known(server, gateway);
  await signIn(page, 'operator', '/devices?model=HGW-098');
  await expect(page.getByRole('link', { name: gateway })).toBeVisible();
  await expect(page.getByRole('link', { name: stb })).toHaveCount(0);
  await page.getByLabel('Model').fill('STB');
  await page.getByLabel('Model').press('Enter');
  await expect(page).toHaveURL(/model=STB/);
  await expect(page.getByRole('link', { name: stb })).toBeVisible();
  await page.getByLabel('Light').selectOption({ label: 'In order' });
  await expect(page).toHaveURL(/light=ok/);
  await expect(page.getByRole('link', { name: stb })).toHaveCount(0);
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await expect(page).toHaveURL(/\/devices$/);
  await accessibleInBoth(page);

  await page.evaluate(() => localStorage.setItem('itms.language', 'zh'));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await expect(page.getByRole('heading', { name: '终端', level: 1 })).toBeVisible();
  await page.goto(pathOf(id));
  await page.getByText('更多操作').click();
  await page.getByRole('button', { name: '恢复出厂设置' }).click();
  await expect(page.getByRole('dialog')).toContainText('终端的全部设置将被清除');
  await accessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: '参数', exact: true }).click();
  await expect(page.getByRole('treegrid', { name: '参数' })).toBeVisible();
  await accessibleInBoth(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out at 390 px').toBe(true);
});
