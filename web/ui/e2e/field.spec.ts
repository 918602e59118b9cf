// The technician's phone: 390 px and touch, with boxes that boot and a network that goes.
import { accessibleInBoth, expect, test } from './fixtures';
import { barcode } from './barcode';
import type { BrowserContext, Page } from '@playwright/test';
import type { Server } from './server';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

/** fits fails when a page is wider than the phone. */
async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
}

/** looks checks a page in both themes. */
async function looks(page: Page): Promise<void> {
  await fits(page);
  await accessibleInBoth(page);
}

/** asked waits until a box is in contact and asks for its code. */
async function asked(server: Server, mac: string): Promise<void> {
  await expect.poll(async () => (await server.call<{ items: { state: string }[] }>('GET', `/api/v1/devices?q=${mac}`)).items[0]?.state).toBe('codeRequired');
}

/** keptOrders is what a phone keeps of orders. */
function keptOrders(page: Page): Promise<string> {
  return page.evaluate(async (name) => {
    const open = indexedDB.open(name);
    const database = await new Promise<IDBDatabase>((done) => (open.onsuccess = () => done(open.result)));
    const all = database.transaction('orders').objectStore('orders').getAll();
    return new Promise<string>((done) => (all.onsuccess = () => done(JSON.stringify(all.result))));
  }, 'itms-field');
}

/** keptForOffline waits until the service worker has all that the pages need. */
async function keptForOffline(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    for (const name of await caches.keys()) if (await (await caches.open(name)).match('/')) return true;
    return false;
  });
}

test('an install with the code, live from the first contact to done', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const box = server.box(mac);
  await asked(server, mac);
  const { orderNo, activationCode = '' } = await server.install({ mode: 'technician', name: 'Grace Hopper' });

  await signIn(page, 'technician');
  await expect(page).toHaveURL(/\/t$/); // where technicians land
  await page.getByRole('searchbox').fill('hopper');
  await page.getByRole('link', { name: orderNo }).tap();
  await expect(page.getByRole('link', { name: '555-0100' })).toHaveAttribute('href', 'tel:5550100');
  await expect(page.getByText('1 Example Street')).toBeVisible();

  const code = page.getByLabel('Activation code');
  const send = page.getByRole('button', { name: 'Send' });
  await code.fill('1234567'); // too short: said when the field is left
  await page.getByLabel('STBID or MAC of the box').focus();
  await expect(page.getByText('7 of 11 digits')).toBeVisible();
  const slip = activationCode.replace(/\D/g, '').replace(/.$/, (digit) => String((Number(digit) + 1) % 10));
  await code.fill(slip); // the check digit: said at once
  await expect(page.getByText('One digit is wrong')).toBeVisible();
  await expect(send).toBeDisabled();
  await code.fill(activationCode.replace(/\D/g, ''));
  await expect(code).toHaveValue(activationCode); // grouped as it is printed
  await send.tap();
  await expect(page.getByText('Which box is it?')).toBeVisible();

  const label = page.getByLabel('STBID or MAC of the box');
  await label.fill('00-00-5e-00-53');
  await label.blur();
  await expect(page.getByText('10 of 12 digits')).toBeVisible();
  await label.fill('01:00:5E:00:53:01');
  await label.blur();
  await expect(page.getByText('No box has this address')).toBeVisible();
  await label.fill(mac.toLowerCase().replaceAll(':', ''));
  await expect(page.getByText('The warehouse does not know this box')).toBeVisible();
  await looks(page);
  await send.tap();

  const steps = page.getByRole('listitem').filter({ has: page.locator('.name') });
  await expect(steps.last()).toHaveClass(/done/);
  for (const step of ['Box is on', 'Code accepted', 'Settings sent', 'read back']) await expect(steps.filter({ hasText: step })).toHaveClass(/done/);
  await expect(code).toHaveCount(0);
  await server.until(orderNo, 'done');
  await looks(page);

  await page.getByRole('link', { name: 'Back' }).tap();
  await expect(page.getByRole('heading', { name: /Done today/ })).toBeVisible();
  await page.locator('summary').filter({ hasText: 'e2e-technician' }).tap();
  await page.getByLabel('Language').selectOption('zh');
  await expect(page.getByRole('heading', { name: '今日工单' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.keyboard.press('Escape');
  await looks(page);
  await page.getByRole('link', { name: orderNo }).tap();
  await expect(page.getByText('配置已回读核对')).toBeVisible();
  await looks(page);
  box.end();
});

test('a code typed at the box moves the page as well; a new code replaces the old', async ({ page, server, signIn }) => {
  const mac = server.mac();
  const box = server.box(mac);
  await asked(server, mac);
  const { orderNo, activationCode = '' } = await server.install({ mode: 'technician' });
  await signIn(page, 'technician', `/t/orders/${orderNo}`);
  await expect(page.getByRole('listitem').filter({ hasText: 'Code accepted' })).toBeVisible();
  await page.getByText('If it stays here').first().tap();

  await page.getByText('More', { exact: true }).tap();
  await page.getByRole('button', { name: 'New code' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: 'New code' }).tap();
  const made = (await page.getByText(/^\d{4}-\d{4}-\d{3}$/).textContent()) ?? '';
  expect(made).not.toBe(activationCode);
  await page.getByLabel('Activation code').fill(activationCode);
  await page.getByLabel('STBID or MAC of the box').first().fill(mac);
  await page.getByRole('button', { name: 'Send' }).tap();
  await expect(page.getByRole('alert').filter({ hasText: 'There is a newer code' })).toBeVisible();
  await looks(page);

  box.type(made);
  await expect(page.getByRole('listitem').filter({ hasText: 'Settings read back' })).toHaveClass(/done/);
  await server.until(orderNo, 'done');
  box.end();
});

/** answered counts the answers that the server gave to activations. */
function answered(context: BrowserContext): { count: number } {
  const seen = { count: 0 };
  context.on('response', (response) => {
    if (response.request().method() === 'POST' && response.url().endsWith('/activations')) seen.count++;
  });
  return seen;
}

test('work without a network is kept, sent once, and a conflict is shown', async ({ page, context, server, signIn }) => {
  const first = await server.install({ mode: 'technician', name: 'Mary Jackson' });
  const second = await server.install({ mode: 'technician' });
  const [mac, other] = [server.mac(), server.mac()];
  const sent = answered(context);
  await signIn(page, 'technician', '/t');
  await page.getByRole('link', { name: second.orderNo }).tap();
  await expect(page.getByRole('heading', { name: second.orderNo })).toBeVisible();
  await page.goto('/t');
  await page.getByRole('link', { name: first.orderNo }).tap();
  await expect(page.getByText('1 Example Street')).toBeVisible();
  await keptForOffline(page);

  await context.setOffline(true);
  await expect(page.getByText('No network.')).toBeVisible();
  await page.getByLabel('Activation code').fill(first.activationCode ?? '');
  await page.getByLabel('STBID or MAC of the box').fill(mac);
  await expect(page.getByText('Not checked: no network.')).toBeVisible();
  await page.getByRole('button', { name: 'Send' }).tap();
  await expect(page.getByRole('link', { name: '1 waiting to send' })).toBeVisible();
  await expect(page.getByLabel('Activation code')).toHaveValue('');
  await page.close();

  const again = await context.newPage(); // the phone was put away: the page comes from what is kept
  await again.goto('/t');
  await expect(again.getByText('Mary Jackson')).toBeVisible();
  await looks(again);
  await again.getByRole('link', { name: second.orderNo }).tap();
  await again.getByText('More', { exact: true }).tap();
  await again.getByLabel('STBID or MAC of the box').last().fill(other);
  await again.getByRole('button', { name: 'Name this box' }).tap();
  await again.getByRole('link', { name: '2 waiting to send' }).tap();
  await expect(again.getByText(`code •••• ${first.activationCode?.slice(-3)} for ${mac}`)).toBeVisible();
  await looks(again);
  const kept = await keptOrders(again);
  expect(kept).toContain('Mary Jackson');
  for (const secret of ['service-secret', first.activationCode ?? '']) expect(kept).not.toContain(secret);

  await server.call('POST', `/api/v1/work-orders/${second.orderNo}/cancel`, { reason: 'moved away' });
  await context.setOffline(false);
  await expect(again.getByRole('link', { name: '1 not taken' })).toBeVisible();
  await expect(again.getByRole('alert')).toContainText('The order has moved on meanwhile');
  await looks(again);
  await server.until(first.orderNo, 'waitingDevice');
  expect(sent.count).toBe(1);
  const order = await server.call<{ confirmed: boolean; device: { mac: string } }>('GET', `/api/v1/work-orders/${first.orderNo}`);
  expect(order).toMatchObject({ confirmed: true, device: { mac } });

  await again.getByRole('link', { name: 'Open the order' }).tap();
  await expect(again.getByText('cancelled', { exact: true })).toBeVisible();
  await expect(again.getByText(/Not taken: box/)).toBeVisible();
  await again.getByRole('link', { name: '1 not taken' }).tap();
  await again.getByRole('button', { name: 'Drop' }).tap();
  await again.getByRole('dialog').getByRole('button', { name: 'Drop' }).tap();
  await expect(again.getByText('Nothing waits to be sent')).toBeVisible();
  await again.reload();
  await expect(again.getByText('Nothing waits to be sent')).toBeVisible();

  await again.locator('summary').filter({ hasText: 'e2e-technician' }).tap();
  await again.getByRole('button', { name: 'Sign out' }).tap();
  await expect(again.getByLabel('User name')).toBeVisible();
  expect(await keptOrders(again)).toBe('[]'); // nothing is left for who finds the phone
});

/** lens puts a picture before the camera; null = the camera is refused. The reader behind it is the real one. */
async function lens(page: Page, picture: string | null): Promise<void> {
  await page.addInitScript((url) => {
    const show = async (): Promise<MediaStream> => {
      if (url === null) throw new DOMException('no', 'NotAllowedError');
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = 1280;
      canvas.height = 720;
      const paint = canvas.getContext('2d');
      const scale = Math.min(1000 / image.width, 500 / image.height);
      const draw = (): void => {
        if (!paint) return;
        paint.fillStyle = '#ddd';
        paint.fillRect(0, 0, canvas.width, canvas.height);
        paint.imageSmoothingEnabled = false;
        paint.drawImage(image, 140, 110, image.width * scale, image.height * scale);
      };
      draw();
      setInterval(draw, 100);
      return canvas.captureStream(10);
    };
    Object.defineProperty(navigator.mediaDevices, 'getUserMedia', { value: show });
  }, picture);
}

test('labels and sheets are scanned; without a camera they are typed', async ({ context, page, server, signIn }) => {
  const { orderNo } = await server.install({ mode: 'technician' });
  const mac = server.mac();
  await signIn(page, 'technician', '/t');
  await lens(page, await barcode(`MAC:${mac.replaceAll(':', '')}`, 'Code128'));
  await page.goto(`/t/orders/${orderNo}`);
  await page.getByRole('form', { name: 'Activate' }).getByRole('link', { name: 'Scan' }).tap();
  await expect(page).toHaveURL(new RegExp(`/t/orders/${orderNo}\\?.*box=`));
  await expect(page.getByLabel('STBID or MAC of the box')).toHaveValue(mac);

  const sheet = await context.newPage();
  const { qr } = await server.call<{ qr: string }>('GET', `/api/v1/work-orders/${orderNo}/sheet`);
  await lens(sheet, `data:image/svg+xml;base64,${Buffer.from(qr).toString('base64')}`);
  await sheet.goto('/t/scan');
  await expect(sheet.getByRole('heading', { name: orderNo })).toBeVisible();
  await sheet.close();

  const refused = await context.newPage();
  await lens(refused, null);
  await refused.goto('/t/scan');
  await expect(refused.getByText('The camera is not allowed')).toBeVisible();
  await looks(refused);
  await refused.getByLabel('STBID or MAC of the box').fill(mac);
  await refused.getByRole('button', { name: 'Use' }).tap();
  await expect(refused.getByText('No open order names this box')).toBeVisible();
  await refused.getByRole('link', { name: 'Choose the order' }).tap();
  await refused.getByRole('link', { name: orderNo }).tap();
  await expect(refused.getByLabel('STBID or MAC of the box')).toHaveValue(mac);
});

test('the page can be installed', async ({ page, server }) => {
  const manifest = (await (await page.request.get('/manifest.webmanifest')).json()) as { start_url: string; display: string; icons: { src: string; sizes: string; type: string; purpose: string }[] };
  expect(manifest).toMatchObject({ start_url: '/t', display: 'standalone' });
  for (const size of [192, 512]) {
    const icon = manifest.icons.find((i) => i.sizes === `${size}x${size}` && i.purpose.includes('maskable'));
    const answer = await page.request.get(server.url + (icon?.src ?? ''));
    expect(answer.headers()['content-type']).toBe('image/png');
    expect((await answer.body()).readUInt32BE(16)).toBe(size); // width, in the header of a PNG
  }
});
