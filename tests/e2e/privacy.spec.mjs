// What is opened stays on the device: counted by the server, by the browser and by the page; and the policy holds.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { root, startBrowser, startSite, startStranger } from './support/surroundings.mjs';
import { withoutTraces } from './support/traces.mjs';

withoutTraces();

let site;
let stranger;
let browser;
let page;
before(async () => {
  [site, stranger, browser] = await Promise.all([startSite(), startStranger(), startBrowser()]);
});
after(async () => {
  await browser.close();
  await Promise.all([site.stop(), stranger.stop()]);
});
beforeEach(async () => {
  page = await UniMedPage.open(browser, site.url);
});
afterEach(() => page.close());

/// Does not return before the model is there: an answer without an image needs all of it.
async function loadModel() {
  const { state } = await page.answered('What is a chest X-ray?');
  assert.equal(state, 'done');
}

test('no request leaves once the model is loaded, and the page counts the same', async () => {
  await loadModel();
  const sent = [];
  page.page.context().on('request', (request) => sent.push(request.url()));
  const served = site.requests.length;
  assert.ok(served > 3, 'the server did see the page being loaded');

  await page.openImage();
  assert.equal((await page.answered('What kind of image is this?')).state, 'done');
  await page.set({ Steps: 4 });
  assert.equal((await page.painted('a chest X-ray')).state, 'done');
  const download = page.page.waitForEvent('download');
  await page.at('download').last().click();
  assert.match((await download).suggestedFilename(), /\.png$/);

  assert.deepEqual(site.requests.slice(served), [], 'the server saw requests');
  const leaving = sent.filter((url) => !url.startsWith('blob:') && !url.startsWith('data:'));
  assert.deepEqual(leaving, [], 'the browser saw requests');
  assert.match(await page.at('privacy').innerText(), /\b0 requests since an image was opened/);
});

test('nothing of a patient stays: not in storage, the address, the title or the history', async () => {
  await loadModel();
  const secrets = ['Zyxwvut', 'CompressedSamples', 'qwertzuiop'];
  const bytes = readFileSync(join(root, 'public/samples/ct.dcm'));
  assert.ok(bytes.includes('CompressedSamples'), 'the file names its patient');
  await page.openFile({ name: 'Zyxwvut.dcm', mimeType: 'application/dicom', buffer: bytes });
  await page.page.getByText('Zyxwvut').first().waitFor();
  assert.equal((await page.answered('Is qwertzuiop seen?')).state, 'done');
  const kept = await page.page.evaluate(async () => {
    const texts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie];
    texts.push(location.href, document.title, JSON.stringify(history.state));
    texts.push(JSON.stringify(await indexedDB.databases()));
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) texts.push(request.url);
    }
    const walk = async (folder) => {
      for await (const [name, entry] of folder.entries()) {
        texts.push(name);
        if (entry.kind === 'directory') await walk(entry);
        else if (!name.endsWith('.safetensors')) texts.push(await (await entry.getFile()).text());
      }
    };
    await walk(await navigator.storage.getDirectory());
    return texts;
  });
  assert.ok(kept.length > 8 && kept.some((text) => text.includes('safetensors')), 'the models were looked through');
  for (const secret of secrets) {
    assert.ok(!kept.some((text) => text.includes(secret)), `${secret} was kept`);
  }
});

test('a request that does leave is counted by the page', async () => {
  await loadModel();
  await page.openImage();
  const line = page.at('privacy');
  assert.match(await line.innerText(), /\b0 requests/);
  await page.page.evaluate(() => fetch('index.html').then((response) => response.text()));
  await line.filter({ hasText: /\b1 request since/ }).waitFor();
});

test('the page works on with the network cut', async () => {
  await loadModel();
  await page.page.context().setOffline(true);
  await page.openImage();
  const { state, text } = await page.answered('What kind of image is this?');
  assert.equal(state, 'done');
  assert.match(text, /fundus|retina/i);
});

test('the policy refuses a foreign port to the page and to both workers', async () => {
  await loadModel();
  const attempt = (url) => fetch(url).then(() => 'reached', () => 'refused');
  const places = [page.page, ...page.workers()];
  assert.equal(places.length, 3, 'the page, the engine and the decoder');
  for (const place of places) assert.equal(await place.evaluate(attempt, stranger.url), 'refused');
  assert.deepEqual(stranger.visits, []);

  // The same attempt from a page without the policy does arrive, so a refusal means something.
  const free = await page.page.context().newPage();
  await free.goto(`${stranger.url}free`);
  assert.equal(await free.evaluate(attempt, `${stranger.url}again`), 'reached');
  assert.ok(stranger.visits.includes('GET /again'));
});

test('page and workers are isolated from other sites', async () => {
  await loadModel();
  const isolated = (place) => place.evaluate(() => globalThis.crossOriginIsolated);
  const places = [page.page, ...page.workers()];
  assert.deepEqual(await Promise.all(places.map(isolated)), places.map(() => true));
});

test('every response carries the policy, the workers\' scripts above all', async () => {
  const policies = new Map();
  page.page.on('response', (response) => {
    policies.set(new URL(response.url()).pathname, response.headers()['content-security-policy']);
  });
  await page.page.reload();
  await loadModel();
  for (const file of ['/', '/app.js', '/app_bg.wasm', '/engine.js', '/threads.js', '/threads_bg.wasm', '/decoder.js']) {
    assert.match(policies.get(file) ?? 'not requested', /default-src 'none'; script-src 'self'/, file);
  }
  for (const [file, policy] of policies) assert.ok(policy, `${file} came without the policy`);
  const missing = await fetch(`${site.url}no-such-file`);
  assert.equal(missing.status, 404);
  assert.match(missing.headers.get('content-security-policy'), /default-src 'none'/);
  const meta = await page.page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  assert.equal(`${meta}; frame-ancestors 'none'`, policies.get('/'));
});
