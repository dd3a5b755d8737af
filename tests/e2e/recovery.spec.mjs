// What a person's browser loses while the page works: each loss ends in one sentence within five seconds, and one click
// later the page answers, with the conversation kept.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';

const question = 'What kind of image is this?';
// Loading the model on a software adapter takes a minute each time; a crash while an image is made loses more.
const skip = process.env.UNIMED_ALL !== '1' && 'only with --all';

const around = siteAndBrowser();
let page;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

/// Does harm, then sees the sentence in time and the page at work again after one click, which also sends again what was
/// under way.
async function recovers(harm, answers) {
  const start = Date.now();
  await harm();
  const restart = page.at('error').getByRole('button', { name: 'Restart' }).first();
  await restart.waitFor({ timeout: 30_000 });
  const after = Date.now() - start;
  const words = await page.at('error').first().innerText();
  assert.match(words, /engine stopped unexpectedly|device was lost/i);
  assert.doesNotMatch(words, /poisoned|backtrace|Caused by|undefined/i);
  assert.ok(after < 5000, `it took ${after} ms`);
  await restart.click();
  assert.ok((await page.at('answer').count()) >= answers, 'the conversation is kept');
  await page.at('progress').first().or(page.at('send')).first().waitFor();
  if (await page.at('stop').isVisible()) await page.at('stop').click();
  assert.equal((await page.answered(question)).state, 'done');
}

/// Ends the engine worker; neither an error nor a message comes of it.
async function endEngine() {
  const engine = page.page.workers().find((worker) => worker.url().includes('worker_loader'));
  await engine.evaluate(() => globalThis.close());
}

async function crashGpu() {
  const browser = await around.browser.newBrowserCDPSession();
  await browser.send('Browser.crashGpuProcess').catch(() => undefined);
  await browser.detach();
}

/// Begins an image that takes long enough to be interrupted.
async function painting() {
  await page.set({ Steps: 200 });
  await page.paint('a chest X-ray');
  await page.at('progress').filter({ hasText: /step/i }).waitFor();
}

describe('the engine goes without a word', () => {
  test('between two questions', async () => {
    page = await UniMedPage.open(around.browser, around.site.url);
    await page.openImage();
    await page.answered(question);
    await recovers(endEngine, 1);
  });

  test('while it makes an image', async () => {
    page = await UniMedPage.open(around.browser, around.site.url);
    await page.openImage();
    await painting();
    await recovers(endEngine, 0);
  });
});

describe('the GPU process of the browser crashes', () => {
  test('before a question', { skip }, async () => {
    page = await UniMedPage.open(around.browser, `${around.site.url}${devices.webgpu.query}`);
    await page.openImage();
    await page.answered(question);
    await recovers(async () => {
      await crashGpu();
      await page.send('mode-ask', question);
    }, 2);
  });

  test('while an image is made', async () => {
    page = await UniMedPage.open(around.browser, `${around.site.url}${devices.webgpu.query}`);
    await page.openImage();
    await painting();
    await recovers(crashGpu, 0);
    // Nor is anything black that was shown: the viewer, the small pictures, what is saved of them.
    const black = await page.page.locator('canvas').evaluateAll((canvases) =>
      canvases
        .filter((canvas) => canvas.checkVisibility() && canvas.width > 0)
        .filter((canvas) => {
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
          return data.every((value, at) => at % 4 === 3 || value === 0);
        })
        .map((canvas) => canvas.className),
    );
    assert.deepEqual(black, []);
    assert.ok((await page.page.locator('canvas').count()) >= 2, 'the viewer and a small picture');
  });
});

test('an engine that hangs is replaced ten seconds after Stop, and what waits behind is done', async () => {
  page = await UniMedPage.open(around.browser, around.site.url);
  await page.openImage();
  // Long enough that it has not ended before the engine hangs.
  await page.set({ Steps: 200 });
  const stuck = await page.paint('a chest X-ray');
  await page.at('progress').filter({ hasText: /step/i }).waitFor();
  const engine = page.page.workers().find((worker) => worker.url().includes('worker_loader'));
  void engine.evaluate(() => {
    for (;;);
  }).catch(() => undefined);
  // The worker looks for what it is told between two steps; before that it would hear Stop and not hang.
  await page.page.waitForTimeout(2000);
  await page.at('stop').click();
  const start = Date.now();
  assert.equal(await page.ended(stuck), 'stopped');
  assert.ok(Date.now() - start < 15_000, `it took ${Date.now() - start} ms`);
  assert.equal((await page.answered(question)).state, 'done');
});
