// What axe-core finds on a page, as far as it is serious or critical.
import { axeSource } from '../browser.mjs';

const GRAVE = ['serious', 'critical'];

export async function accessibilityProblems(page) {
  // By the debugger, not by a script element: the page's policy allows no script, and stays in force.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter((rule) => GRAVE.includes(rule.impact)).flatMap((rule) =>
    rule.nodes.map((node) => `${rule.impact} ${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
}
