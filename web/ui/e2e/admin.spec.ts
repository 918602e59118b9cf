import { readFileSync, statSync } from 'node:fs';
import { accessible, accessibleInBoth, expect, password, test } from './fixtures';

test.describe.configure({ timeout: 120_000 }); // whole stories, also beside others on a busy machine

function file(name: string, text: string): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
}

test('a delivery comes into stock, its wrong line told first; firmware is added, offered and deleted', async ({ page, server, signIn }) => {
  const [first, second] = [server.mac(), server.mac()];
  await signIn(page, 'admin', '/stock');
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('CSV file').setInputFiles(file('wrong.csv', `mac,model\n${first},EX-1\n00:00:5E:00:53:ZZ,EX-1\n`));
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('Nothing was stored: one value is wrong');
  await expect(dialog.getByRole('row', { name: /^3 mac/ })).toContainText('00:00:5E:00:53:ZZ,EX-1');
  await accessible(page);
  await dialog.getByLabel('CSV file').setInputFiles(file('right.csv', `mac,model,batch\n${first},EX-1,B-7\n${second},EX-1,B-7\n`));
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('2 added, 0 updated, 0 unchanged');
  await dialog.getByRole('button', { name: 'Close' }).first().click();

  await page.getByLabel('Delivery batch').fill('B-7');
  await expect(page).toHaveURL(/batch=B-7/);
  const row = page.getByRole('row').filter({ hasText: first });
  await expect(row).toContainText('In stock');
  await row.getByRole('button', { name: 'Change state' }).click();
  await page.getByRole('dialog').getByLabel('State').selectOption('Blocked');
  await page.getByRole('dialog').getByLabel('Note').fill('water damage');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('Blocked');
  await expect(row).toContainText('water damage');
  for (const [mac, said] of [[second, 'Free to hand out'], [first, 'Not free']] as const) {
    await page.getByLabel('STBID or MAC on the box').fill(mac.replaceAll(':', '').toLowerCase());
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(page.getByRole('region', { name: 'May this box be handed out?' })).toContainText(said);
  }
  await accessibleInBoth(page);

  await page.getByRole('link', { name: 'Files', exact: true }).click();
  await page.getByRole('button', { name: 'Add a file' }).click();
  await dialog.getByLabel('File').setInputFiles(file('stb-2.4.1.bin', 'firmware '.repeat(20_000)));
  await dialog.getByLabel('Version').fill('2.4.1');
  await dialog.getByLabel('Models').fill('EX-1, EX-2*');
  await dialog.getByRole('button', { name: 'Upload' }).click();
  const firmware = page.getByRole('row').filter({ hasText: 'stb-2.4.1.bin' });
  await expect(firmware).toContainText('175.8 KiB');
  await expect(firmware).toContainText('Not offered');
  await firmware.getByRole('button', { name: 'Offer', exact: true }).click();
  await expect(firmware.getByRole('button', { name: 'Offer no more' })).toBeVisible();
  await accessibleInBoth(page);
  await firmware.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(firmware).toHaveCount(0);
});

test('a box that no order names appears, is bound, recorded and refreshed, and counts in the statistics', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const { orderNo } = await server.install({ mode: 'technician' });
  await signIn(page, 'admin', '/unmatched');
  await expect(page.getByRole('heading', { name: 'Unmatched devices' })).toBeVisible();
  server.box(mac);
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: mac }) }); // without a reload
  await expect(card).toContainText('Code required');
  await accessibleInBoth(page);
  await card.getByRole('button', { name: 'Bind' }).click();
  await page.getByRole('dialog').getByLabel('Order number').fill(orderNo);
  await page.getByRole('dialog').getByLabel('Reason').fill('the subscriber called');
  await page.getByRole('dialog').getByRole('button', { name: 'Bind' }).click();
  await expect(card).toHaveCount(0);
  await server.until(orderNo, 'done');

  const id = (await server.call<{ items: { id: string }[] }>('GET', `/api/v1/devices?q=${mac}`)).items[0]?.id ?? '';
  await page.getByRole('link', { name: 'Traces', exact: true }).click();
  await page.getByRole('button', { name: 'Record' }).click();
  await page.getByRole('dialog').getByLabel('Device id').fill(id);
  await page.getByRole('dialog').getByRole('button', { name: 'Record' }).click();
  const trace = page.getByRole('row').filter({ hasText: id });
  await expect(trace).toContainText('Recording');

  await page.getByRole('link', { name: 'Batches', exact: true }).click();
  await page.getByRole('button', { name: 'New batch' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What to do').selectOption('Refresh');
  await expect(dialog.getByRole('button', { name: 'Start' })).toBeDisabled(); // every device: only when that is said
  await dialog.getByLabel('Device ids').fill(id);
  await accessible(page);
  await dialog.getByRole('button', { name: 'Start' }).click();
  const batch = page.getByRole('article', { name: /^Refresh/ });
  await expect(batch).toContainText('Done: 1');
  await accessibleInBoth(page);
  await page.getByRole('link', { name: 'All batches' }).click();
  await expect(batch.first()).toBeVisible();
  await accessibleInBoth(page);

  await page.getByRole('link', { name: 'Traces', exact: true }).click();
  await trace.getByRole('button', { name: 'End' }).click();
  await expect(trace).toContainText('Ended');
  await accessibleInBoth(page);
  await trace.getByRole('link', { name: 'Read' }).click();
  await page.getByText('Inform', { exact: true }).first().click();
  await expect(page.getByText('<cwmp:Inform', { exact: false }).first()).toBeVisible();
  await accessibleInBoth(page);

  await page.getByRole('link', { name: 'Statistics', exact: true }).click();
  await expect(page.getByText('done / (done + failed)')).toBeVisible();
  await page.getByLabel('By', { exact: true }).selectOption('Kind of order');
  await expect(page.getByRole('row', { name: /^Install/ })).toBeVisible();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  const csv = readFileSync(await (await saved).path(), 'utf8');
  expect(csv).toContain('Kind of order,Installs,Zero-touch,Done,Failed');
  expect(csv).toMatch(/^install,\d+,\d+,\d+/m);
  await accessibleInBoth(page);
});

test('a modem comes online: its lease, its class, its template and the file it would get', async ({ page, server, signIn }) => {
  const [mac, stranger] = [server.mac(), server.mac()];
  await server.install({ mac, type: 'internet' });
  await signIn(page, 'admin', '/cable/scopes');
  const scope = page.getByRole('region', { name: `127.${server.net}.0.0/16` });
  await expect(scope).toBeVisible();
  await server.modem(mac);
  await server.modem(stranger);
  await expect(scope).toContainText(/cm-active: \d+/); // without a reload
  await expect(scope).toContainText(/cm-unknown: \d+/);
  await scope.getByText('3 pools').click();
  await accessibleInBoth(page);

  const tabs = page.getByRole('navigation', { name: 'Cable' });
  await tabs.getByRole('link', { name: 'Leases' }).click();
  await page.getByLabel('MAC', { exact: true }).fill(stranger);
  const lease = page.getByRole('row').filter({ hasText: stranger });
  await expect(lease).toContainText('cm-unknown');
  await expect(page.getByRole('row').filter({ hasText: mac })).toHaveCount(0);
  await lease.getByRole('button', { name: 'Release' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
  await expect(lease).toContainText('Released');
  await accessibleInBoth(page);

  await tabs.getByRole('link', { name: 'Classes' }).click();
  await expect(page.getByRole('row', { name: /^cm-active/ })).toContainText('client.provisioned');
  await accessibleInBoth(page);

  await tabs.getByRole('link', { name: 'Modems' }).click();
  await expect(page.getByRole('link', { name: mac })).toBeVisible();
  await accessibleInBoth(page);
  await page.getByRole('link', { name: mac }).click();
  await expect(page.getByRole('heading', { name: mac })).toBeVisible();
  await expect(page.getByText('as it should be')).toBeVisible();
  await accessibleInBoth(page);

  await page.getByRole('link', { name: 'Preview its file' }).click();
  await page.getByRole('button', { name: 'Make the file' }).click();
  await expect(page.getByText(`Made for ${mac}`)).toBeVisible();
  await expect(page.getByRole('row', { name: /MaxRateSustained 100000000/ })).toBeVisible(); // 100 Mbit/s of the package
  const editor = page.getByLabel('Text of the template');
  const text = await editor.inputValue();
  await editor.fill(text.replace('NetworkAccess', 'NetworkAcess'));
  await expect(page.getByRole('button', { name: /^Line 7/ })).toBeVisible();
  await accessibleInBoth(page);
  await editor.fill(text.replace(/MaxCPE .*;/, 'MaxCPE 9;'));
  await expect(page.getByText('No mistakes')).toBeVisible();
  await page.getByRole('button', { name: 'Make the file' }).click();
  await expect(page.getByRole('row', { name: /MaxCPE 9/ })).toBeVisible();
  await page.getByRole('link', { name: 'All templates' }).click();
  await expect(page.getByRole('row', { name: /internet/ })).toContainText('cm-active');
  await accessibleInBoth(page);
});

test('a person with an area sees only hers; a token is shown once; the audit tells who did it', async ({ page, server, signIn, browser }) => {
  const here = (await server.install({ area: '510100', mac: server.mac() })).orderNo;
  const elsewhere = (await server.install({ area: '330100', mac: server.mac() })).orderNo;
  const name = `mei-${server.net}`;
  await signIn(page, 'admin', '/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('User name').fill(name);
  await dialog.getByLabel('Name', { exact: true }).fill('Mei Lan');
  await dialog.getByLabel('Role').selectOption('Operator');
  await dialog.getByLabel('Areas').fill('51');
  await dialog.getByRole('button', { name: 'Add' }).click();
  const first = await dialog.getByLabel('One-time password').inputValue();
  expect(first.length).toBeGreaterThanOrEqual(12);
  await accessibleInBoth(page);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const person = page.getByRole('row').filter({ hasText: name });
  await expect(person).toContainText('New password due');
  await expect(page.getByText(first)).toHaveCount(0);
  await accessibleInBoth(page);

  const hers = await browser.newContext({ baseURL: server.url });
  const her = await hers.newPage();
  await her.goto('/orders');
  await her.getByLabel('User name').fill(name);
  await her.getByLabel('Password').fill(first);
  await her.getByRole('button', { name: 'Sign in' }).click();
  await her.getByLabel('Present password').fill(first);
  await her.getByLabel('New password', { exact: true }).fill(password);
  await her.getByLabel('New password again').fill(password);
  await her.getByRole('button', { name: 'Change password' }).click();
  await expect(her.getByText(here).first()).toBeVisible();
  await expect(her.getByText(elsewhere)).toHaveCount(0);
  await expect(her.getByRole('link', { name: 'People', exact: true })).toHaveCount(0);
  await her.goto(`/orders/${elsewhere}`);
  await expect(her.getByRole('alert')).toContainText('NOT_FOUND');

  await person.getByRole('button', { name: `Edit ${name}` }).click();
  await dialog.getByLabel('May not sign in').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(person).toContainText('Disabled');
  await her.reload();
  await expect(her.getByLabel('User name')).toBeVisible(); // her session has ended
  await hers.close();

  await page.getByRole('link', { name: 'API tokens', exact: true }).click();
  await page.getByRole('button', { name: 'Make a token' }).click();
  await dialog.getByLabel('Whom it is for').fill(`crm-${server.net}`);
  await dialog.getByRole('button', { name: 'Make' }).click();
  const text = await dialog.getByLabel('Token', { exact: true }).inputValue();
  await accessible(page);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const call = async (): Promise<number> => (await fetch(`${server.url}/api/v1/work-orders/${here}`, { headers: { Authorization: `Bearer ${text}` } })).status;
  expect(await call()).toBe(200);
  const token = page.getByRole('row').filter({ hasText: `crm-${server.net}` });
  await accessibleInBoth(page);
  await token.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(token).toHaveCount(0);
  expect(await call()).toBe(401);

  await page.getByRole('link', { name: 'Audit log', exact: true }).click();
  await page.getByLabel('Of what').fill(`user:${name}`);
  const entry = page.getByRole('listitem').filter({ hasText: 'set-user' }).first();
  await expect(entry).toContainText('e2e-admin');
  await entry.getByText('set-user').click();
  await expect(entry.getByRole('row', { name: /disabled/ })).toContainText('true');
  await expect(page.getByText(first)).toHaveCount(0);
  await page.getByRole('button', { name: 'Check the chain' }).click();
  await expect(page.getByText(/The chain is intact: \d+ entries/)).toBeVisible();
  await accessibleInBoth(page);
});

test('a profile is changed, tried on a box, saved against lost updates and given back; in Chinese, too', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const { orderNo } = await server.install({ mac });
  server.box(mac);
  await server.until(orderNo, 'done');
  await signIn(page, 'admin', '/profiles');
  const row = page.getByRole('row').filter({ hasText: 'ctc-iptv' });
  await expect(row).toContainText('Built in');
  await accessibleInBoth(page);
  await row.getByRole('link', { name: 'ctc-iptv' }).click();
  const editor = page.getByLabel('Text of the profile');
  await expect(editor).toHaveValue(/name: ctc-iptv/);
  const text = await editor.inputValue();
  await editor.fill(text.replace('match:', 'macth:'));
  await expect(page.getByRole('button', { name: /^Line \d+/ }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
  await accessible(page);

  const changed = text.replace('ServiceInfo.AuthURL, value: service.authUrl}', `ServiceInfo.AuthURL, value: '"http://trial.example.com/"'}`);
  await editor.fill(changed);
  await expect(page.getByText('No mistakes')).toBeVisible();
  await page.getByLabel('Device', { exact: true }).fill(mac);
  await page.getByRole('button', { name: 'Try' }).click();
  await expect(page.getByRole('row', { name: /ServiceInfo\.AuthURL / })).toContainText('http://auth.example.com/http://trial.example.com/');
  await expect(page.getByText('service-secret')).toHaveCount(0);
  await accessibleInBoth(page);

  await server.call('PUT', '/api/v1/profiles/ctc-iptv', { text: text + '# somebody else\n', version: (await server.call<{ version: number }>('GET', '/api/v1/profiles/ctc-iptv')).version });
  const save = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  };
  await save();
  await expect(page.getByText('Somebody saved this profile meanwhile')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Read what is saved' }).click();
  await expect(editor).toHaveValue(/# somebody else/);
  await editor.fill(changed);
  await save();
  await expect(page.getByText('Changed here')).toBeVisible();
  await page.getByRole('button', { name: 'Back to what it was before' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Back to what it was before' }).click();
  await expect(page.getByText('Built in')).toBeVisible();
  await expect(editor).toHaveValue(text);

  await page.getByRole('link', { name: 'System', exact: true }).click();
  await expect(page.getByText('Ready to serve')).toBeVisible();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download a backup' }).click();
  expect(statSync(await (await saved).path()).size).toBeGreaterThan(10_000);
  await accessibleInBoth(page);
  await page.locator('summary').filter({ hasText: 'e2e-admin' }).click();
  await page.getByLabel('Language').selectOption('zh');
  await expect(page.getByRole('heading', { name: '系统', exact: true })).toBeVisible();
  await page.getByRole('link', { name: '审计日志' }).click();
  await expect(page.getByRole('button', { name: '校验哈希链' })).toBeVisible();
  await accessible(page);
});
