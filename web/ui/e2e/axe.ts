import axe from 'axe-core';
import type { Page } from '@playwright/test';

/** violations lists what axe finds wrong in a page by WCAG 2.2 AA. The script is evaluated by the debugger, past the policy of the page. */
export function violations(page: Page): Promise<string[]> {
  return found(page, { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
}

/** contrast lists what is too faint: all that a dark page can have wrong when the light one is right. */
export function contrast(page: Page): Promise<string[]> {
  return found(page, { type: 'rule', values: ['color-contrast'] });
}

async function found(page: Page, runOnly: axe.RunOnly): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const run = (window as unknown as { axe: typeof axe }).axe;
    const result = await run.run(document, { runOnly: only });
    return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.target.join(' ')}: ${n.failureSummary ?? ''}`));
  }, runOnly);
}
