// What every feature needs once on every screen: at each width, dark and light, a person opens, asks, looks, makes, stops,
// compares, saves and begins anew. The features themselves have specs of their own, at one width.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { join } from 'node:path';
import { UniMedPage } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';
import { Pane, head } from './support/viewer.mjs';

const chest = join(root, 'public/samples/chest.png');
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];

const around = siteAndBrowser({ flags: devices.cpu.flags });

/// Nothing sticks out of the window, and every button that can be seen is large enough for a finger or a pointer
/// (WCAG 2.2, 2.5.8: 24 pixels).
async function fits(page, where) {
  const faults = await page.page.evaluate(() => {
    const found = [];
    // A row that is longer than the screen is moved sideways by a finger.
    const slides = (element) => {
      for (let at = element; at; at = at.parentElement) if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
      return false;
    };
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`the page is ${wide} px too wide`);
    for (const button of document.querySelectorAll('button, select')) {
      const box = button.getBoundingClientRect();
      if (!button.checkVisibility() || box.width === 0) continue;
      const name = button.getAttribute('aria-label') ?? button.textContent;
      if (Math.min(box.width, box.height) < 24) found.push(`${name} is ${box.width} x ${box.height} px`);
      if (box.right > innerWidth + 1 && !slides(button)) found.push(`${name} sticks out`);
    }
    return found;
  });
  assert.deepEqual(faults, [], where);
}

async function download(page, button) {
  const file = page.page.waitForEvent('download');
  await page.at(button).first().click();
  return readFileSync(await (await file).path());
}

for (const viewport of sizes) {
  for (const theme of ['dark', 'light']) {
    test(`${viewport.width} px, ${theme}`, async () => {
      const settings = [{ name: 'unimed.settings', value: JSON.stringify({ theme, steps: 2 }) }];
      const { origin } = new URL(around.site.url);
      const storageState = { cookies: [], origins: [{ origin, localStorage: settings }] };
      const hasTouch = viewport.width < 600;
      const page = await UniMedPage.open(around.browser, around.site.url, { viewport, storageState, hasTouch });
      assert.equal(await page.page.evaluate(() => document.documentElement.dataset.theme), theme);
      await fits(page, 'first visit');

      await page.openImage(chest);
      assert.equal((await page.answered('Write a report.')).state, 'done');
      await page.at('looked').click();
      await page.at('gaze').waitFor();
      await page.at('sure').click();
      await page.page.locator('.sure').first().waitFor();
      await fits(page, 'answer');

      await page.at('mode-paint').click();
      await page.at('task').selectOption('New image');
      await page.page.getByRole('group', { name: 'Suggestions' }).getByRole('button').first().waitFor();
      await fits(page, 'a new image');
      await page.at('task').selectOption('Change');
      assert.equal((await page.painted('Remove the pleural effusion.')).state, 'done');
      await page.at('show-difference').click();
      await page.at('difference').waitFor();
      await page.at('compare-source').click();
      await page.at('compare-slider').waitFor();
      await fits(page, 'comparison');

      await page.set({ Steps: 200 });
      const long = await page.paint('Remove the pleural effusion.');
      await page.at('progress').filter({ hasText: /step \d+ of 200/i }).waitFor();
      await fits(page, 'under way');
      await page.at('stop').click();
      assert.equal(await page.ended(long), 'stopped');

      assert.equal((await download(page, 'download')).subarray(1, 4).toString(), 'PNG');
      assert.equal(JSON.parse(await download(page, 'save-json')).turns.length, 3);
      await page.forget();
      assert.equal(await page.at('answer').count(), 0);

      await page.openFile(head.file);
      await page.at('slice-range').waitFor();
      const pane = new Pane(page);
      await pane.press('x');
      await page.at('viewer-sagittal').waitFor();
      await pane.settled();
      await fits(page, 'three planes');
      assert.deepEqual(page.problems, []);
      await page.close();
    });
  }
}
