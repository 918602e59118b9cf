import axe from 'axe-core';
import type { Page } from '@playwright/test';

/** violations lists what axe finds wrong in a page by WCAG 2.2 AA. The script is evaluated by the debugger, past the policy of the page. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe;
    const result = await run.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.target.join(' ')}: ${n.failureSummary ?? ''}`));
  });
}
