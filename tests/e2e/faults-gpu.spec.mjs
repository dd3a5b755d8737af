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
async function open(fault) {
  context = await around.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  await inWorkers(context, 'worker_loader.js', gpuFaults, fault);
}
beforeEach(() => open());
afterEach(() => context.close());

/// What takes a device away, or makes it useless; what the page says, and what it offers first.
const gone = /device was lost|The engine stopped unexpectedly/;
const faults = {
  'the device is lost': {
    harm: () => engineOf(page).evaluate(() => globalThis.device.destroy()),
    says: gone,
    offers: 'Restart',
  },
  'the memory of the GPU is full': {
    harm: () => engineOf(page).evaluate(() => void (globalThis.fault = 'memory')),
    says: gone,
    offers: 'Restart',
  },
  'a shader is refused': {
    harm: () => engineOf(page).evaluate(() => void (globalThis.fault = 'shader')),
    says: 'The browser refused a command for the GPU',
    offers: 'Use the CPU',
  },
  'the GPU process crashes': {
    async harm() {
      const browser = await around.browser.newBrowserCDPSession();
      await browser.send('Browser.crashGpuProcess').catch(() => undefined);
      await browser.detach();
    },
    says: gone,
    offers: 'Restart',
  },
};

/// When harm was last done.
let harmedAt;

async function visit() {
  page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(300_000);
  page.page.on('console', (message) => {
    if (message.text() === 'harm is done') harmedAt = Date.now();
  });
  await page.page.goto(`${around.site.url}${devices.webgpu.query}`);
  await page.at('prompt').waitFor();
  await page.openImage();
}

/// Does harm; the page says so in time. Gives the card.
async function says({ harm, says }, during = () => {}) {
  const cards = page.at('error').filter({ hasText: says });
  const before = await cards.count();
  harmedAt = Date.now();
  await harm();
  await during();
  const card = cards.nth(before);
  await card.waitFor();
  const after = Date.now() - harmedAt;
  const words = await card.innerText();
  console.log(`figure: told after ${after} ms`);
  assert.doesNotMatch(words, /undefined|\[object|panicked|RuntimeError|poisoned|Caused by/);
  assert.ok(after < 5000, `it took ${after} ms`);
  return card;
}

const press = (card, name) => card.getByRole('button', { name }).click();
const onGpu = () => page.at('device').filter({ hasText: /swiftshader/i }).waitFor();

/// The image is still open, and what was sent again is answered.
async function answers(place) {
  assert.ok(await page.at('viewer').isVisible());
  const answer = page.at('answer').nth(place);
  assert.equal(await page.ended(answer), 'done');
  assert.match(await answer.textContent(), /fundus|retina/i);
}

for (const [name, fault] of Object.entries(faults)) {
  describe(name, { skip }, () => {
    test('load', async () => {
      let go;
      const held = new Promise((resolve) => (go = resolve));
      await context.route('**/*.safetensors', async (route) => {
        await held;
        await route.continue().catch(() => {});
      });
      await visit();
      await page.ask(question);
      await onGpu();
      const card = await says(fault, go);
      await press(card, fault.offers);
      if (fault.offers === 'Restart') {
        // It happens again right after the restart.
        await onGpu();
        await press(await says(fault), 'Use the CPU');
      }
      await answers((await page.at('answer').count()) - 1);
      assert.match(await page.at('device').innerText(), /^CPU/);
    });

    test('answer', async () => {
      await visit();
      await page.at('model').filter({ hasText: 'MB)' }).waitFor();
      await page.ask(question);
      await press(await says(fault), fault.offers);
      await answers(1);
    });

    test('painting', async () => {
      await visit();
      await page.at('model').filter({ hasText: 'MB)' }).waitFor();
      await page.set({ Steps: 200 });
      await page.paint('a chest X-ray');
      if (fault.offers === 'Restart') await page.at('progress').filter({ hasText: /step/i }).waitFor();
      await press(await says(fault), fault.offers);
      await page.at('progress').filter({ hasText: /step/i }).waitFor();
      await page.at('stop').click();
      assert.equal(await page.ended(page.at('painted').last()), 'stopped');
      assert.ok(await page.at('viewer').isVisible());
    });
  });
}

describe('a browser that computes wrong numbers without a word', { skip }, () => {
  async function answersBeside(fault) {
    await context.close();
    await open(fault);
    await visit();
    const { state, text } = await page.answered(question);
    assert.equal(state, 'done');
    assert.match(text, /fundus|retina/i);
    assert.ok(harmedAt, 'harm was done');
    await page.at('device').click();
    return page.page.locator('dialog[open]').innerText();
  }

  test('in the plain kernels: those with shared memory are used', async () => {
    const panel = await answersBeside('wrong numbers without barriers');
    assert.match(panel, /Wrong numbers of the first kernels \([^)]+\): shared-memory kernels are used/);
    assert.match(await page.at('device').innerText(), /swiftshader/i);
  });

  test('in all kernels: the CPU is used', async () => {
    const panel = await answersBeside('wrong numbers');
    assert.match(panel, /WebGPU computes wrong numbers here \([^)]+, error [^)]+\), so the CPU is used/);
    assert.match(await page.at('device').innerText(), /^CPU/);
  });
});
