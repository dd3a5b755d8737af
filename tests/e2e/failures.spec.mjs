// Every failure that a person can cause ends in a sentence that says what to do, and the page stays usable.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { UniMedPage } from './support/page.mjs';
import { pngOfSize } from './support/files.mjs';
import { devices, root, siteAndBrowser, startBrowser } from './support/surroundings.mjs';

const around = siteAndBrowser();
let page;
afterEach(async () => {
  await page?.close();
  page = undefined;
});

/// A failure must leave the page able to do its work.
async function stillWorks() {
  await page.openImage();
  const { state, text } = await page.answered('What kind of image is this?');
  assert.equal(state, 'done');
  assert.match(text, /fundus|retina/i);
}

/// Waits for a message that says more than a code.
async function saysWhatToDo(pattern) {
  const error = page.at('error').filter({ hasText: pattern }).first();
  await error.waitFor();
  const words = await error.innerText();
  assert.ok(words.split(/\s+/).length >= 8, words);
  assert.doesNotMatch(words, /undefined|\[object|panicked|RuntimeError/);
}

describe('files that are no images', () => {
  const files = {
    'a text file': { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('this is no image') },
    'an empty file': { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) },
    'an image cut short': { name: 'cut.png', mimeType: 'image/png', buffer: pngOfSize(64, 64).subarray(0, 40) },
    'an image of 60000 x 60000': { name: 'huge.png', mimeType: 'image/png', buffer: pngOfSize(60_000, 60_000) },
  };
  for (const [what, file] of Object.entries(files)) {
    test(what, async () => {
      page = await UniMedPage.open(around.browser, around.site.url);
      await page.openFile(file);
      await saysWhatToDo(file.name);
      await page.openImage();
    });
  }

  test('a good file beside a bad one still opens', async () => {
    page = await UniMedPage.open(around.browser, around.site.url);
    await page.openFile(files['an empty file']);
    await saysWhatToDo('empty.jpg');
    await stillWorks();
  });
});

test('the engine dies: the page says so, starts a fresh one and works on', async () => {
  page = await UniMedPage.open(around.browser, around.site.url);
  await stillWorks();
  const engine = page.page.workers().find((worker) => worker.url().includes('worker'));
  await engine.evaluate(() => {
    setTimeout(() => {
      throw new Error('a test ends this worker');
    });
  });
  await saysWhatToDo(/engine stopped/i);
  assert.equal(await page.at('answer').count(), 1, 'the conversation is kept');
  await page.at('error').getByRole('button', { name: 'Restart' }).click();
  const { state } = await page.answered('What kind of image is this?');
  assert.equal(state, 'done');
});

test('a worker file that is missing is told, not suffered', async () => {
  const context = await around.browser.newContext();
  await context.route('**/threads_bg.wasm', (route) => route.fulfill({ status: 404, body: 'gone' }));
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await saysWhatToDo(/engine/i);
});

test('a network that is lost while the page loads is waited for', async () => {
  const context = await around.browser.newContext();
  let lost = true;
  await context.route('**/app_bg.wasm', (route) => (lost ? route.abort('connectionreset') : route.continue()));
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await page.page.getByText('The network was lost').waitFor();
  lost = false;
  await page.at('prompt').waitFor();
  await stillWorks();
});

test('a model manager that cannot be loaded says so', async () => {
  const context = await around.browser.newContext();
  await context.route('**/models_bg.wasm', (route) => route.fulfill({ status: 404, body: 'gone' }));
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await page.at('model').click();
  await saysWhatToDo(/model manager did not start/i);
});

test('a model file that is missing is named', async () => {
  const context = await around.browser.newContext();
  await context.route('**/*.safetensors', (route) => route.fulfill({ status: 404, body: 'gone' }));
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await saysWhatToDo(/safetensors|model/i);
});

test('over plain http the page says what is switched off and works on the CPU', async () => {
  const other = await startBrowser([...devices.webgpu.flags, '--host-resolver-rules=MAP unimed.test 127.0.0.1']);
  try {
    page = await UniMedPage.open(other, around.site.url.replace('127.0.0.1', 'unimed.test'));
    assert.equal(await page.page.evaluate(() => globalThis.isSecureContext), false);
    await saysWhatToDo(/plain http/);
    await stillWorks();
    assert.match(await page.at('device').innerText(), /CPU/);
  } finally {
    await page?.close();
    page = undefined;
    await other.close();
  }
});

test('opened from a file, the page says how to open it instead', async () => {
  const context = await around.browser.newContext();
  page = new UniMedPage(await context.newPage());
  await page.page.goto(pathToFileURL(join(root, 'dist/index.html')).href);
  await page.page.getByText(/If you opened it from a file, serve its folder instead.*http:\/\/127\.0\.0\.1:8080/s).waitFor();
});
