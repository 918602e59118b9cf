import axe from 'axe-core';
import type { Page } from '@playwright/test';

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** violations lists what axe finds wrong in a page by WCAG 2.2 AA, or by some rules alone. The script is evaluated by the debugger, past the policy of the page. */
export async function violations(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async (runOnly) => {
    const run = (window as unknown as { axe: typeof axe }).axe;
    const result = await run.run(document, { runOnly });
    return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.target.join(' ')}: ${n.failureSummary ?? ''}`));
  }, rules ?? wcag);
}

/** contrast lists what is too faint: all that a dark page can have wrong when the light one is right. */
export function contrast(page: Page): Promise<string[]> {
  return violations(page, ['color-contrast']);
}
