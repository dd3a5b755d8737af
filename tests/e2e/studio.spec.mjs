// The studio: images from words and from images, variations, before and after, differences, and going on from there.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { join } from 'node:path';
import { end, engineOf } from './support/faults.mjs';
import { UniMedPage, pixelsOf } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';

const chest = join(root, 'public/samples/chest.png');
const steps = 4;

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
beforeEach(async () => {
  page = await UniMedPage.open(around.browser, around.site.url);
});
afterEach(async () => {
  assert.deepEqual(page.problems, []);
  await page.close();
});

/// An image made from the chest X-ray.
async function changed(task = 'Change') {
  await page.openImage(chest);
  await page.set({ Steps: steps });
  await page.at('mode-paint').click();
  await page.at('task').selectOption(task);
  return page.painted('Remove the pleural effusion.');
}

test('every task offers words to start from', async () => {
  await page.at('mode-paint').click();
  const tasks = await page.at('task').locator('option').allInnerTexts();
  assert.equal(tasks.length, 6);
  const seen = new Set();
  for (const task of tasks) {
    await page.at('task').selectOption(task);
    const words = await page.page.locator('.suggestions .suggestion').allInnerTexts();
    assert.ok(words.length > 0, task);
    seen.add(words.join());
  }
  assert.equal(seen.size, 6, 'and each others');
  await page.page.locator('.suggestions .suggestion').first().click();
  assert.match(await page.at('prompt').inputValue(), /\.$/);
});

test('a task that starts from an image makes nothing without one, and keeps the words', async () => {
  await page.at('mode-paint').click();
  for (const task of ['Change', 'What if', 'Other stain', '4x sharper', 'Other sequence']) {
    await page.at('task').selectOption(task);
    await page.at('prompt').fill('Remove the pleural effusion.');
    await page.at('send').click();
    await page.at('error').filter({ hasText: 'This task starts from an image, and none goes along.' }).waitFor();
    assert.equal(await page.at('painted').count(), 0, task);
    assert.equal(await page.at('prompt').inputValue(), 'Remove the pleural effusion.');
  }
  assert.equal(await page.at('error').count(), 1, 'it is said once');
});

test('an image is changed: before and after on a slider, and the difference in numbers', async () => {
  const { state, pixels } = await changed();
  assert.equal(state, 'done');
  assert.equal(await page.page.locator('.said-thumb').count(), 1, 'it started from the image');
  await page.at('show-difference').click();
  await page.at('difference-words').filter({ hasText: /of 255 on average/ }).waitFor();
  const map = await pixelsOf(page.at('difference'));
  assert.deepEqual([map.width, map.height], [pixels.width, pixels.height]);
  const most = Math.max(...map.values.filter((_, place) => place % 4 === 0));
  assert.match(await page.at('difference-words').innerText(), new RegExp(`, ${most} at most`));
  await page.at('compare-source').click();
  await page.at('compare-slider').waitFor();
});

test('a counterfactual shows its before and after by itself', async () => {
  const { state } = await changed('What if');
  assert.equal(state, 'done');
  await page.at('compare-slider').waitFor();
  await page.at('difference').waitFor();
});

test('variations stand in a grid, each with a seed of its own', async () => {
  await page.set({ Steps: steps, Seed: 5 });
  await page.at('mode-paint').click();
  await page.at('variations').selectOption('2');
  await page.paint('a frontal chest X-ray');
  const made = page.at('painted');
  await made.nth(1).waitFor();
  assert.equal(await page.ended(made.nth(0)), 'done');
  assert.equal(await page.ended(made.nth(1)), 'done');
  assert.notDeepEqual(await pixelsOf(made.nth(0)), await pixelsOf(made.nth(1)));
  const figures = await page.page.locator('.painting-row .after .meta').allInnerTexts();
  assert.match(figures[0], /seed 5/);
  assert.match(figures[1], /seed 6/);
  assert.equal(await page.page.locator('.outcomes.grid').count(), 1);
  assert.equal(await page.page.locator('article.turn').count(), 1);
  // The second is what the same seed makes alone.
  await page.at('variations').selectOption('1');
  await page.set({ Steps: steps, Seed: 6 });
  const alone = await page.painted('a frontal chest X-ray');
  assert.deepEqual(alone.pixels, await pixelsOf(made.nth(1)));
  // Another one of a variation is none that is there already, whatever the field says.
  await page.set({ Seed: 1 });
  await page.page.getByRole('button', { name: 'Make another' }).nth(1).click();
  await page.page.locator('.painting-row .after .meta', { hasText: 'seed 7' }).waitFor();
});

test('variations that were lost with the engine are made again with their own seeds, one click each', async () => {
  await page.set({ Steps: 60, Seed: 5 });
  await page.at('mode-paint').click();
  await page.at('variations').selectOption('2');
  await page.paint('a frontal chest X-ray');
  await page.at('progress').filter({ hasText: /step/i }).waitFor();
  await end(engineOf(page));
  const cards = page.at('error').filter({ hasText: 'engine stopped' });
  await cards.nth(1).waitFor();
  await page.set({ Steps: steps });
  await cards.nth(1).getByRole('button', { name: 'Restart' }).click();
  const figures = page.page.locator('.painting-row .after .meta');
  await figures.filter({ hasText: 'seed 6' }).waitFor();
  // The engine runs again, so the other card need not restart it.
  const starts = page.page.workers().length;
  await cards.first().getByRole('button', { name: 'Try again' }).click();
  await figures.filter({ hasText: 'seed 5' }).waitFor();
  assert.equal(page.page.workers().length, starts);
  // The console hears of the engine that went.
  assert.deepEqual(page.problems.splice(0), ['the engine worker died: it is gone']);
});

test('Stop ends what is under way and what waits behind it', async () => {
  await page.set({ Steps: 200 });
  await page.at('mode-paint').click();
  await page.at('variations').selectOption('4');
  const first = await page.paint('a brain MRI');
  await page.at('progress').filter({ hasText: /step \d+ of 200/i }).waitFor();
  await page.at('stop').click();
  assert.equal(await page.ended(first), 'stopped');
  for (let number = 1; number < 4; number += 1) {
    assert.equal(await page.at('painted').nth(number).getAttribute('data-state'), 'stopped');
  }
  await page.set({ Steps: steps });
  await page.at('variations').selectOption('1');
  assert.equal((await page.painted('a brain MRI')).state, 'done');
});

test('a result can be asked about and changed further', async () => {
  await page.set({ Steps: steps });
  assert.equal((await page.painted('a frontal chest X-ray')).state, 'done');
  await page.at('ask-about').click();
  assert.equal((await page.answered('What kind of image is this?')).state, 'done');
  await page.at('change-further').click();
  await page.at('prompt').fill('Add a large left pleural effusion.');
  await page.at('send').click();
  assert.equal(await page.ended(page.at('painted').nth(1)), 'done');
  assert.equal(await page.page.locator('.said-thumb').count(), 2);
});

test('a download says in its pixels and in its text that it was generated, and how', async () => {
  await page.set({ Steps: steps, Seed: 77 });
  assert.equal((await page.painted('a frontal chest X-ray')).state, 'done');
  const download = page.page.waitForEvent('download');
  await page.at('download').click();
  const png = readFileSync(await (await download).path());
  const text = png.toString('latin1');
  for (const part of ['iTXt', 'digitalsourcetype/trainedAlgorithmicMedia', 'Seed\0\0\0\0\x0077', 'Not for clinical use', 'a frontal chest X-ray', `${steps} steps`]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(png.readUInt32BE(16) >= 512, 'large enough for the mark to be read');
});
