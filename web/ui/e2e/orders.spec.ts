import { accessible, accessibleInBoth, expect, test } from './fixtures';
import type { Page } from '@playwright/test';

/** marked marks a page, so that a reload would show. */
const marked = (page: Page): Promise<void> => page.evaluate(() => void ((window as unknown as { marked: boolean }).marked = true));
const isMarked = (page: Page): Promise<boolean> => page.evaluate(() => (window as unknown as { marked?: boolean }).marked === true);

/** stbIdOf is the STBID that a simulated box of this MAC address reports. */
const stbIdOf = (mac: string): string => '00100100990000001001' + mac.replaceAll(':', '');

test('an install order goes from its form to done while its box boots', async ({ page, server, signIn }) => {
  const mac = server.mac();
  await signIn(page, 'operator');
  const funnel = page.getByRole('region', { name: 'Orders of today' });
  await expect(funnel.getByRole('link', { name: /^Done/ })).toBeVisible();
  await accessibleInBoth(page);

  const watcher = await page.context().newPage(); // somebody else looks at the day
  await watcher.goto('/');
  await expect(watcher.getByText('Live', { exact: true })).toBeVisible();
  await marked(watcher);

  await page.getByRole('link', { name: 'New order' }).first().click();
  await page.getByRole('button', { name: 'Take the order in' }).click();
  for (const field of ['Order number', 'Service number', 'Subscriber number', 'Account']) await expect(page.getByLabel(field, { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Order number')).toBeFocused();
  await expect(page.getByText('self mode needs the device')).toBeVisible();
  await accessibleInBoth(page);

  const no = server.orderNo();
  await page.getByLabel('Order number').fill(no);
  await page.getByLabel('STBID').fill(stbIdOf(mac).slice(0, 20));
  await expect(page.getByText('20 of 32 characters')).toBeVisible();
  await page.getByLabel('STBID').fill(stbIdOf(mac));
  await expect(page.getByText('May be handed out')).toBeVisible();
  await page.getByLabel('Subscriber number').fill(`S-${no}`);
  await page.getByLabel('Name', { exact: true }).fill('Grace Hopper');
  await page.getByLabel('Service number').fill(`${no}-1`);
  await page.getByLabel('Package', { exact: true }).fill('IPTV-4K');
  await page.getByLabel('Account', { exact: true }).fill(`acc-${no}`);
  await page.getByLabel('Password at the platform').fill('service-secret');
  await page.getByLabel('Platform address', { exact: true }).fill('http://auth.example.com/');
  await page.getByLabel('Area', { exact: true }).fill('510100');
  await page.getByRole('button', { name: 'Take the order in' }).click();

  await expect(page.getByRole('heading', { name: `Order ${no}` })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`/orders/${no}$`));
  const why = page.getByRole('region', { name: 'Why it is not moving' });
  await expect(why).toContainText('nothing was ever heard of the device');
  await expect(why).toContainText('power it off and on');
  await accessibleInBoth(page);
  await marked(page);
  const box = server.box(mac);
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect(timeline.getByText('Done', { exact: true })).toBeVisible();
  for (const state of ['Received', 'Waiting for the device', 'Being set up', 'Being verified']) await expect(timeline.getByText(state, { exact: true }).first()).toBeVisible();
  await expect(page.getByText(`order ${no} is done`)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Device', exact: true }).getByRole('link', { name: /STB/ })).toHaveAttribute('href', /^\/devices\//);
  expect(await isMarked(page)).toBe(true);

  // The day on the other page has moved along by itself, and leads to the list.
  await expect(watcher.getByRole('region', { name: 'What happens now' }).getByText(`order ${no} is done`)).toBeVisible();
  await expect(watcher.getByRole('region', { name: 'Fleet' }).getByRole('link', { name: 'In service' })).toBeVisible();
  await watcher.getByRole('button', { name: 'Vendor' }).click();
  await expect(watcher).toHaveURL(/by=vendor/);
  await expect(watcher.getByText('Success rate', { exact: true }).first()).toBeVisible();
  await watcher.getByText('How they are counted').click();
  await expect(watcher.getByText('Success rate = done / (done + failed)')).toBeVisible();
  await watcher.getByRole('link', { name: /^Done/ }).click();
  await expect(watcher).toHaveURL(/\/orders\?group=done&from=\d{4}-\d\d-\d\d&to=/);
  await expect(watcher.getByRole('row', { name: new RegExp(no) })).toContainText('Grace Hopper');
  expect(await isMarked(watcher)).toBe(true);
  await watcher.close();
  box.end();
});

test('a swap goes from its form to done, in Chinese', async ({ page, server, signIn }) => {
  const old = server.mac();
  const { orderNo } = await server.install({ mac: old });
  const first = server.box(old);
  await server.until(orderNo, 'done');
  const mac = server.mac();

  await signIn(page, 'operator', `/orders/new?kind=swap&service=${orderNo}-1`);
  await page.locator('summary').filter({ hasText: 'e2e-operator' }).click();
  await page.getByLabel('Language').selectOption('zh');
  await expect(page.getByRole('heading', { name: '新建工单' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  const no = server.orderNo();
  await page.getByLabel('工单号').fill(no);
  await page.getByLabel('旧终端').fill(old.toLowerCase().replaceAll(':', '-'));
  await page.getByLabel('MAC 地址', { exact: true }).fill(mac);
  await expect(page.getByText('可以发放')).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: '提交工单' }).click();
  await expect(page.getByRole('heading', { name: `工单 ${no}` })).toBeVisible();
  await expect(page.getByRole('region', { name: '停滞原因' })).toContainText('设备从未上线');
  const second = server.box(mac);
  await expect(page.getByRole('region', { name: '处理过程' }).getByText('已完成', { exact: true })).toBeVisible();
  await accessible(page);
  const service = await server.call<{ bindings: { device?: string; state: string }[] }>('GET', `/api/v1/services/${orderNo}-1`);
  expect(service.bindings.filter((b) => b.state === 'bound')).toHaveLength(1);
  await page.goto('/');
  await expect(page.getByRole('region', { name: '今日工单' })).toBeVisible();
  await accessible(page);
  first.end();
  second.end();
});

test('an order that stands still says why and what to do, and goes on once that was done', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const other = mac.replace('00:00:5E', '02:00:5E'); // the same last six digits
  const { orderNo } = await server.install({ mac: other });
  const done = server.orderNo('GONE');
  await server.install({ no: done, mac: server.mac() });

  await signIn(page, 'operator', '/orders?view=board');
  const waiting = page.getByRole('region', { name: /^Waiting/ });
  await waiting.getByRole('link', { name: orderNo, exact: true }).click();
  const why = page.getByRole('region', { name: 'Why it is not moving' });
  await expect(why).toBeVisible();
  const box = server.box(mac);
  await expect(why).toContainText('The device in contact is not the one that the order names');
  await expect(why).toContainText('the last six digits');
  await expect(why).toContainText('Correct the device of the order (back-fill)');
  await page.getByRole('button', { name: 'Name the device' }).click();
  await page.getByLabel('MAC address').fill('00:00:5E:zz');
  await page.getByRole('dialog').getByRole('button', { name: 'Name the device' }).click();
  await expect(page.getByLabel('MAC address')).toHaveAttribute('aria-invalid', 'true');
  await accessible(page);
  await page.getByLabel('MAC address').fill(mac.toLowerCase());
  await page.getByRole('dialog').getByRole('button', { name: 'Name the device' }).click();
  await expect(page.getByRole('region', { name: 'Timeline' }).getByText('Done', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Undo by a reverse order' })).toBeVisible();

  // What was done is undone by an order of its own.
  await page.getByRole('button', { name: 'Undo by a reverse order' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo by a reverse order' }).click();
  await expect(page.getByRole('heading', { name: `Order ${orderNo}-R` })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Timeline' }).getByText('Done', { exact: true })).toBeVisible();

  // A device that no label finds is tied by hand.
  const stray = server.mac();
  const strayBox = server.box(stray);
  const { orderNo: byHand } = await server.install({ mac: server.mac() });
  await page.goto(`/orders/${byHand}`);
  await page.getByRole('button', { name: 'Tie a device by hand' }).click();
  const dialog = page.getByRole('dialog');
  await expect(async () => {
    await dialog.getByLabel('Device', { exact: true }).fill('');
    await dialog.getByLabel('Device', { exact: true }).fill(stray);
    await expect(dialog.getByRole('radio')).toBeChecked({ timeout: 2000 }); // once it was in contact
  }).toPass();
  await dialog.getByLabel('Reason').fill('the label is unreadable');
  await dialog.getByRole('button', { name: 'Tie a device by hand' }).click();
  await expect(page.getByRole('region', { name: 'Timeline' }).getByText('Done', { exact: true })).toBeVisible();
  await expect(page.getByText('No: an operator had a hand in it')).toBeVisible();
  strayBox.end();

  // The list follows what somebody else does; a cancelled order leaves the filter.
  await page.goto('/orders?state=waitingDevice');
  await page.getByLabel('Kind').selectOption('install');
  await expect(page).toHaveURL(/kind=install/);
  const row = page.getByRole('row', { name: new RegExp(done) });
  await expect(row).toBeVisible();
  await accessibleInBoth(page);
  await server.call('POST', `/api/v1/work-orders/${done}/cancel`, { reason: 'the customer moved' });
  await expect(row).toHaveCount(0);
  await page.getByRole('button', { name: 'Board' }).click();
  await expect(page.getByRole('region', { name: /^Done/ }).getByRole('link', { name: orderNo, exact: true })).toBeVisible();
  await accessibleInBoth(page);

  // Who may only look is offered nothing to press.
  await page.context().clearCookies();
  await signIn(page, 'readonly', `/orders/${orderNo}`);
  await expect(page.getByRole('heading', { name: `Order ${orderNo}` })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Actions' }).getByRole('button')).toHaveCount(0);
  box.end();
});

test('the work order is printed with its code, on both papers and in both languages', async ({ page, server, signIn }) => {
  await signIn(page, 'operator', '/orders/new');
  const no = server.orderNo();
  await page.getByLabel('Technician').check();
  await page.getByLabel('Order number').fill(no);
  await page.getByLabel('Subscriber number').fill(`S-${no}`);
  await page.getByLabel('Service number').fill(`${no}-1`);
  await page.getByLabel('Account', { exact: true }).fill(`acc-${no}`);
  await page.getByRole('button', { name: 'Take the order in' }).click();
  const issued = page.getByRole('region', { name: 'Activation code' });
  const code = (await issued.locator('.big').innerText()).trim();
  expect(code).toMatch(/^\d{4}-\d{4}-\d{3}$/);
  await issued.getByRole('link', { name: 'Work order to print' }).click();

  const sheet = page.getByRole('main');
  await expect(sheet.getByText(code)).toBeVisible();
  for (const name of ['扫码打开工单', `激活码 ${code}`]) {
    const picture = sheet.getByRole('img', { name });
    await expect(picture).toHaveAttribute('src', /^data:image\/svg\+xml/);
    expect(await picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0)).toBe(true);
  }
  await expect(sheet.getByRole('heading', { level: 1 })).toContainText(/装维工单.*Work order/);
  await accessibleInBoth(page);

  const printed = (): Promise<string> => page.evaluate(() => {
    const name = getComputedStyle(document.querySelector('.sheet')!).getPropertyValue('page');
    const rules = [...document.styleSheets].flatMap((s) => [...s.cssRules]).filter((r) => r instanceof CSSPageRule && r.selectorText === name) as CSSPageRule[];
    return rules[0]?.style.getPropertyValue('size') ?? '';
  });
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('button', { name: 'Print' })).toBeHidden();
  await expect(sheet.getByText(code)).toBeVisible();
  expect(await printed()).toMatch(/a4/i);
  await page.emulateMedia({ media: 'screen' });
  await page.getByLabel('Paper').selectOption('80 mm');
  await expect(page).toHaveURL(/paper=roll/);
  await page.getByLabel('Printed in').selectOption('English');
  await expect(sheet.getByRole('heading', { level: 1 })).toHaveText('Work order');
  await accessible(page);
  await page.emulateMedia({ media: 'print' });
  expect(await printed()).toMatch(/^80mm/);
  await page.emulateMedia({ media: 'screen' });

  // The code is kept until it was printed, and no longer; another one may be issued.
  await page.reload();
  await expect(sheet.getByText(code)).toBeVisible();
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  await page.reload();
  await expect(sheet.getByRole('img', { name: `Order ${no}` })).toBeVisible();
  await expect(sheet.getByText(code)).toHaveCount(0);
  await page.getByRole('button', { name: 'New code for the sheet' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'New activation code' }).click();
  const again = (await sheet.locator('.big').innerText()).trim();
  expect(again).toMatch(/^\d{4}-\d{4}-\d{3}$/);
  expect(again).not.toBe(code);
});

test('the search box finds by MAC in any form, order number and name', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const { orderNo } = await server.install({ mac, name: 'Katherine Johnson' });
  await signIn(page, 'operator', '/search');
  await expect(page.getByText('What are you looking for?')).toBeVisible();
  const box = page.getByRole('searchbox', { name: 'Search' });

  // An order number names one thing, which opens at once.
  await page.keyboard.press('/');
  await expect(box).toBeFocused();
  await page.keyboard.type(orderNo);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: `Order ${orderNo}` })).toBeVisible();

  const first = server.box(mac);
  await server.until(orderNo, 'done');
  const digits = mac.replaceAll(':', '');
  const forms = [mac, mac.toLowerCase().replaceAll(':', '-'), digits, `${digits.slice(0, 4)}.${digits.slice(4, 8)}.${digits.slice(8)}`.toLowerCase()];
  for (const form of forms) {
    await box.fill(form);
    await box.press('Enter');
    await expect(page.getByRole('heading', { name: `Found for “${form}”` })).toBeVisible();
    const exact = page.getByRole('region', { name: 'Exact' });
    await expect(exact.getByRole('link', { name: orderNo, exact: true })).toBeVisible();
    await expect(exact.getByRole('listitem').filter({ hasText: 'Device' }).first().getByRole('link')).toHaveAttribute('href', /^\/devices\//);
  }
  await accessibleInBoth(page);
  await box.fill('katherine');
  await box.press('Enter');
  await expect(page.getByRole('link', { name: new RegExp(orderNo) }).first()).toBeVisible();
  await box.fill('nobody of that name');
  await box.press('Enter');
  await expect(page.getByText('Nothing is called “nobody of that name”')).toBeVisible();
  await accessible(page);
  first.end();
});
