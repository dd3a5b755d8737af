// What a browser takes from an engine that computes on the GPU, with `cargo xtask test --all` only: a software adapter takes a
// minute to load the model. tests/e2e/recovery.spec.mjs crashes the browser's GPU process every day.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { engineOf, gpuFaults, inWorkers } from './support/faults.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';

const question = 'What kind of image is this?';
const skip = process.env.UNIMED_ALL !== '1' && 'a software adapter takes a minute for each';

const around = siteAndBrowser();
let context;
let page;
beforeEach(async () => {
  context = await around.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  await inWorkers(context, 'worker_loader.js', gpuFaults);
});
afterEach(() => context.close());

/// What takes a device away, or makes it useless.
const harms = {
  'the device is lost': () => engineOf(page).evaluate(() => globalThis.device.destroy()),
  'the memory of the GPU is full': () => engineOf(page).evaluate(() => void (globalThis.fault = 'memory')),
  'a shader is refused': () => engineOf(page).evaluate(() => void (globalThis.fault = 'shader')),
  'the GPU process crashes': async () => {
    const browser = await around.browser.newBrowserCDPSession();
    await browser.send('Browser.crashGpuProcess').catch(() => undefined);
    await browser.detach();
  },
};

async function visit(before = async () => {}) {
  page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(300_000);
  await before();
  await page.page.goto(`${around.site.url}${devices.webgpu.query}`);
  await page.at('prompt').waitFor();
  await page.openImage();
}

/// Waits for what the page says about it, in time, and clicks the one button.
async function mends(start, words, button) {
  const card = page.at('error').filter({ hasText: words }).first();
  await card.waitFor({ timeout: 120_000 });
  const after = Date.now() - start;
  console.log(`figure: told after ${after} ms: ${(await card.innerText()).replaceAll('\n', ' ')}`);
  assert.doesNotMatch(await card.innerText(), /undefined|\[object|panicked|RuntimeError|poisoned|Caused by/);
  assert.ok(after < 5000, `it took ${after} ms`);
  await card.getByRole('button', { name: button }).click();
}

const lost = /device was lost|engine stopped unexpectedly/;

for (const [fault, harm] of Object.entries(harms)) {
  describe(fault, { skip }, () => {
    test('load', async () => {
      let go;
      const held = new Promise((resolve) => (go = resolve));
      await context.route('**/*.safetensors', async (route) => {
        await held;
        await route.continue().catch(() => {});
      });
      await visit();
      const asked = await page.ask(question);
      await page.at('device').filter({ hasText: /swiftshader/i }).waitFor();
      await harm();
      const start = Date.now();
      go();
      await mends(start, lost, /Restart|Use the CPU/);
      void asked;
      await page.at('stop').waitFor();
      console.log('figure', await page.at('device').innerText());
    });

    test('answer and painting', async () => {
      await visit();
      await page.at('model').filter({ hasText: 'MB)' }).waitFor();
      const answer = await page.ask(question);
      let start = Date.now();
      await harm();
      await mends(start, lost, 'Restart');
      assert.match(await page.ended(answer), /^error/);
      assert.equal(await page.ended(page.at('answer').nth(1)), 'done');
      assert.match(await page.at('answer').nth(1).textContent(), /fundus|retina/i);
      await page.set({ Steps: 200 });
      const painting = await page.paint('a chest X-ray');
      if (fault !== 'a shader is refused') await page.at('progress').filter({ hasText: /step/i }).waitFor();
      start = Date.now();
      await harm();
      await mends(start, lost, 'Restart');
      assert.match(await page.ended(painting), /^error/);
      // It happens again while the engine starts.
      await page.at('device').filter({ hasText: /swiftshader/i }).waitFor();
      start = Date.now();
      await harm();
      await mends(start, lost, 'Use the CPU');
      await page.at('progress').filter({ hasText: /step/i }).waitFor();
      await page.at('stop').click();
      assert.equal((await page.answered(question)).state, 'done');
      assert.match(await page.at('device').innerText(), /CPU/);
    });
  });
}
