// The CPU path on several threads: taken where the page may share memory between workers, and in what it computes no different
// from one thread.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
afterEach(() => page.close());

/// A visit whose programs are noted in `programs`; without the headers that isolate a page, where `isolated` is false.
async function visit(isolated) {
  const context = await around.browser.newContext({ serviceWorkers: 'block' });
  const programs = [];
  context.on('request', (request) => programs.push(...(/(?:threads|worker)_bg\.wasm$/.exec(request.url()) ?? [])));
  if (!isolated) {
    await context.route(/\/$/, async (route) => {
      const response = await route.fetch();
      const { 'cross-origin-opener-policy': opener, 'cross-origin-embedder-policy': embedder, ...headers } = response.headers();
      assert.ok(opener && embedder);
      await route.fulfill({ response, headers });
    });
  }
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  return programs;
}

/// What is said and made, and what the device panel says of threads.
async function work() {
  await page.openImage();
  const { state, text } = await page.answered('Write a report.');
  assert.equal(state, 'done');
  await page.set({ Steps: 4, Seed: 7 });
  const begun = Date.now();
  const painting = await page.painted('a chest X-ray with a pleural effusion');
  assert.equal(painting.state, 'done');
  console.log(`figure: an image in four steps: ${Date.now() - begun} ms`);
  await page.at('device').click();
  const panel = await page.page.locator('dialog[open]').innerText();
  return { text, pixels: painting.pixels, threads: /shared among (\d+) threads/.exec(panel)?.[1] };
}

test('threads and one thread give the same words and the same pixels, and only one program is fetched for each', async () => {
  const several = await visit(true);
  const cores = await page.page.evaluate(() => navigator.hardwareConcurrency);
  const shared = await work();
  assert.deepEqual([...new Set(several)], ['threads_bg.wasm']);
  assert.equal(shared.threads, cores > 1 ? String(Math.min(cores, 8)) : undefined);
  assert.deepEqual(page.problems, []);
  await page.close();

  const one = await visit(false);
  const alone = await work();
  assert.deepEqual([...new Set(one)], ['worker_bg.wasm']);
  assert.equal(alone.threads, undefined);
  assert.equal(shared.text, alone.text);
  assert.deepEqual(shared.pixels, alone.pixels);
});

test('where the helpers of the pool do not start, the engine works on one thread', async () => {
  const context = await around.browser.newContext({ serviceWorkers: 'block' });
  await context.route('**/thread.js', (route) => route.abort());
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  assert.equal((await page.answered('What is a chest X-ray?')).state, 'done');
});

test('a program with threads that is not the one that was built does not run, and is named', async () => {
  const context = await around.browser.newContext({ serviceWorkers: 'block' });
  await context.route('**/threads_bg.wasm', async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length - 1] ^= 1;
    await route.fulfill({ response, body });
  });
  page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await page.at('error').filter({ hasText: 'threads_bg.wasm is not the file that was built.' }).first().waitFor();
});
