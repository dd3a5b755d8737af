// What keeps people from using the page, as axe finds it by the rules of WCAG 2.2, levels A and AA.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setting } from './surroundings.mjs';

const source = readFileSync(join(setting('UNIMED_NODE_MODULES'), 'axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/// Every violation on what the page shows now, one line each: rule, element, what is wrong.
export async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }), rules);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary.split('\n').at(1)?.trim()}`),
  );
}
