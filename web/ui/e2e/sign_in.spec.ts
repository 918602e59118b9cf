import { accessible, expect, password, test } from './fixtures';

test('the first password must be changed, wrong ones are refused, signing out ends it', async ({ page, server }) => {
  const first = await server.firstPassword('ada', 'operator');
  await page.goto('/orders?state=done');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await accessible(page);
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('Name or password is wrong');

  await page.getByLabel('Password').fill(first);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Choose a password' })).toBeVisible();
  await accessible(page);
  await page.getByLabel('Present password').fill(first);
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByLabel('New password again').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();

  await expect(page.getByRole('navigation', { name: 'Menu' })).toBeVisible();
  await expect(page).toHaveURL(/\/orders\?state=done$/); // where the link led
  const kept = await page.context().cookies();
  expect(kept.find((c) => c.name === 'itms_session')).toMatchObject({ httpOnly: true, sameSite: 'Strict' });

  await page.locator('summary').filter({ hasText: 'ada' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('User name')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('User name')).toBeVisible();
});
