// What a browser takes from the page while the model loads, while it answers and while it makes an image: each loss ends in a
// sentence within five seconds, one click later the page works, and images and conversation are kept.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { end, engineOf, decoderOf, fillMemory, inWorkers, slowWords } from './support/faults.mjs';
import { png } from './support/made.mjs';
import { retina, UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';

const question = 'What kind of image is this?';
const around = siteAndBrowser({ flags: devices.cpu.flags });
let context;
let page;
beforeEach(async () => {
  context = await around.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
});
afterEach(async () => {
  await context.close();
});

async function visit(url = around.site.url) {
  page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(60_000);
  await page.page.goto(url);
  await page.at('prompt').waitFor();
  return page;
}

/// Holds the model's weights back behind their first piece; gives what lets them come.
async function heldModel() {
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await context.route('**/*.safetensors', async (route) => {
    if (route.request().headers().range !== 'bytes=0-4194303') await held;
    // The page that asked may be gone.
    await route.continue().catch(() => {});
  });
  return go;
}

/// Brings the page into the middle of loading, of an answer or of an image; `sent` is what was sent last, and `go` lets it
/// go on.
const phases = {
  async load() {
    const go = await heldModel();
    await visit();
    await page.openImage();
    const sent = await page.ask(question);
    await page.at('progress').filter({ hasText: /Downloading model [1-9]/ }).waitFor();
    return { sent, go };
  },
  async answer() {
    await inWorkers(context, 'worker_loader.js', slowWords);
    await visit();
    await page.openImage();
    const sent = await page.ask('Write a report.');
    await page.page.waitForFunction(() => document.querySelector('[data-testid="answer"]').textContent.length > 3);
    return { sent, go() {} };
  },
  async painting() {
    await visit();
    await page.openImage();
    await page.set({ Steps: 200 });
    const sent = await page.paint('a chest X-ray');
    await page.at('progress').filter({ hasText: /step \d+ of/i }).waitFor();
    return { sent, go() {} };
  },
};

/// What the page says about a loss, which comes in time; gives the card's text.
async function told(pattern, start, limit = 5000) {
  const card = page.at('error').filter({ hasText: pattern }).first();
  await card.waitFor({ timeout: 30_000 });
  const after = Date.now() - start;
  const words = await card.innerText();
  assert.doesNotMatch(words, /undefined|\[object|panicked|RuntimeError|poisoned|Caused by/);
  assert.ok(after < limit, `it took ${after} ms`);
  return words;
}

/// One click, and the page does again what was under way; images and conversation are as they were.
async function worksAgain(button, sent) {
  const turns = await page.page.locator('.turn').count();
  await page.at('error').getByRole('button', { name: button }).first().click();
  await page.at('stop').waitFor();
  if ((await sent.getAttribute('data-testid')) === 'painted') await page.at('stop').click();
  else assert.equal(await page.ended(page.at('answer').last()), 'done');
  assert.equal(await page.page.locator('.turn').count(), turns + 1);
  assert.equal(await page.page.locator('.thumb, .attached-name').count() > 0, true);
  assert.equal((await page.answered(question)).state, 'done');
}

const glue = () => new URL('worker.js', around.site.url).href;

describe('the engine goes without a word', () => {
  for (const phase of ['load', 'answer']) {
    test(phase, async () => {
      const { sent, go } = await phases[phase]();
      const start = Date.now();
      await end(engineOf(page));
      console.log(await told(/engine/, start), Date.now() - start);
      go();
      await worksAgain('Restart', sent);
    });
  }
});

describe('wasm memory runs out', () => {
  for (const phase of ['load', 'answer', 'painting']) {
    test(phase, async () => {
      const { sent, go } = await phases[phase]();
      const start = Date.now();
      await fillMemory(engineOf(page), glue()).catch((e) => console.log(String(e)));
      console.log('filled', Date.now() - start);
      go();
      console.log(await told(/engine|memory/, start), Date.now() - start);
      await worksAgain('Restart', sent);
    });
  }
});

/// What was sent comes to its end and nothing was said meanwhile; an image is stopped instead, because it lasts.
async function undisturbed(sent) {
  if ((await sent.getAttribute('data-testid')) === 'painted') {
    const step = () => page.at('progress').innerText();
    const before = await step();
    await page.page.waitForFunction((before) => document.querySelector('[data-testid="progress"]').innerText !== before, before);
    await page.at('stop').click();
    assert.equal(await page.ended(sent), 'stopped');
  } else assert.equal(await page.ended(sent), 'done');
  assert.equal(await page.at('error').count(), 0, await page.errorText());
}

const small = { name: 'small.png', mimeType: 'image/png', buffer: png(32, 32, [200, 30, 40]) };

describe('the decoder goes without a word', () => {
  for (const phase of Object.keys(phases)) {
    test(phase, async () => {
      const { sent, go } = await phases[phase]();
      await end(decoderOf(page));
      await page.openFile(small);
      await page.page.locator('.thumb').nth(1).waitFor({ timeout: 5000 });
      go();
      await undisturbed(sent);
      assert.equal((await page.answered(question)).state, 'done');
    });
  }
});

describe('storage is cleared', () => {
  for (const phase of Object.keys(phases)) {
    test(phase, async () => {
      const { sent, go } = await phases[phase]();
      const developer = await context.newCDPSession(page.page);
      await developer.send('Storage.clearDataForOrigin', { origin: new URL(around.site.url).origin, storageTypes: 'all' });
      go();
      await undisturbed(sent);
      assert.equal((await page.answered(question)).state, 'done');
      await page.set({ Steps: 2 });
      assert.equal((await page.painted('a chest X-ray')).state, 'done');
    });
  }
});

test('storage is full', async () => {
  await visit();
  const developer = await context.newCDPSession(page.page);
  const origin = new URL(around.site.url).origin;
  await page.answered(question);
  await developer.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await developer.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
  await page.page.reload();
  await page.openImage();
  const sent = await page.ask(question);
  await undisturbed(sent);
  await page.set({ Steps: 2 });
  assert.equal((await page.painted('a chest X-ray')).state, 'done');
  console.log(await page.page.evaluate(() => navigator.storage.estimate()));
});

describe('frozen', () => {
  for (const phase of Object.keys(phases)) {
    test(phase, async () => {
      const { sent, go } = await phases[phase]();
      const developer = await context.newCDPSession(page.page);
      await developer.send('Page.setWebLifecycleState', { state: 'frozen' });
      go();
      await new Promise((later) => setTimeout(later, 3000));
      await developer.send('Page.setWebLifecycleState', { state: 'active' });
      await undisturbed(sent);
    });
  }
});

describe('offline', () => {
  for (const phase of Object.keys(phases)) {
    test(phase, async () => {
      const { sent, go } = await phases[phase]();
      await context.setOffline(true);
      if (phase === 'load') {
        await context.unroute('**/*.safetensors');
        go();
        const start = Date.now();
        for (let i = 0; i < 40; i += 1) {
          await page.page.waitForTimeout(1000);
          console.log(Date.now() - start, await page.at('model').innerText(), await page.at('progress').allInnerTexts(), await page.errorText());
          if (await page.at('error').count()) break;
        }
        await context.setOffline(false);
        await worksAgain('Restart', sent);
        return;
      }
      await undisturbed(sent);
      await context.setOffline(false);
    });
  }
});

describe('reload', () => {
  for (const phase of Object.keys(phases)) {
    test(phase, async () => {
      const { go } = await phases[phase]();
      page.page.on('dialog', (dialog) => { console.log(dialog.type(), dialog.message()); void dialog.accept(); });
      await page.page.reload();
      go();
      await page.at('prompt').waitFor();
      console.log(await page.page.locator('.turn').count(), await page.page.locator('.thumb').count());
      assert.equal((await page.answered(question)).state, 'done');
    });
  }
});
