// The service worker: the page opens without a network, on a host without headers it brings them, and what it keeps
// can be wiped.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { violations } from './support/axe.mjs';
import { engineOf, slowWords } from './support/faults.mjs';
import { UniMedPage } from './support/page.mjs';
import { startPlainHost } from './support/plain-host.mjs';
import { root, startBrowser, startSite, startStranger } from './support/surroundings.mjs';
import { withoutTraces } from './support/traces.mjs';

withoutTraces();

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

async function recognizes(page) {
  await page.openImage();
  const { state, text } = await page.answered('What kind of image is this?');
  assert.equal(state, 'done');
  assert.match(text, /fundus|retina/i);
}

async function visitAgain(page, url) {
  const next = new UniMedPage(await page.page.context().newPage());
  next.page.setDefaultTimeout(60_000);
  await next.page.goto(url);
  await next.at('prompt').waitFor();
  return next;
}

test('after one visit the page opens and answers with the host gone', async () => {
  const site = await startSite();
  const page = await UniMedPage.open(browser, site.url, { serviceWorkers: 'allow' });
  await recognizes(page);
  await page.page.close();
  await site.stop();
  const next = await visitAgain(page, site.url);
  await recognizes(next);
  await next.close();
});

test('nothing leaves once an image is open, on the first visit either, and every byte comes once', async () => {
  const site = await startSite();
  const page = await UniMedPage.open(browser, site.url, { serviceWorkers: 'allow' });
  assert.equal((await page.answered('What is a chest X-ray?')).state, 'done');
  const served = site.requests.length;
  const engine = site.requests.filter((line) => line.includes('threads_bg.wasm'));
  assert.equal(engine.length, 1, 'the engine was fetched by the service worker alone');
  assert.deepEqual(site.requests.filter((line) => line.includes('worker_bg.wasm')), [], 'the program for a graphics processor was not fetched');
  await recognizes(page);
  // The browser looks for a new service worker when it has time, by itself and without a word of the page.
  const later = site.requests.slice(served).filter((line) => !/^GET \/sw(-site)?\.js$/.test(line));
  assert.deepEqual(later, []);
  assert.match(await page.at('privacy').innerText(), /\b0 requests since an image was opened/);
  await page.close();
  await site.stop();
});

test('on a host without headers the workers are still held by the policy, on the first visit too', async () => {
  const [host, stranger] = await Promise.all([startPlainHost(), startStranger()]);
  const page = await UniMedPage.open(browser, host.url, { serviceWorkers: 'allow' });
  await recognizes(page);
  const attempt = (url) => fetch(url).then(() => 'reached', () => 'refused');
  for (const program of ['worker_loader', 'decoder_loader']) {
    const worker = page.page.workers().find((worker) => worker.url().includes(program));
    assert.equal(await worker.evaluate(attempt, stranger.url), 'refused', program);
  }
  assert.deepEqual(stranger.visits, []);
  const policy = await page.page.evaluate(async () => (await fetch('decoder.js')).headers.get('Content-Security-Policy'));
  assert.match(policy, /default-src 'none'/);
  const part = await page.page.evaluate(async () => {
    const response = await fetch('worker_bg.wasm', { headers: { Range: 'bytes=0-3' } });
    return [response.status, [...new Uint8Array(await response.arrayBuffer())]];
  });
  assert.deepEqual(part, [206, [0x00, 0x61, 0x73, 0x6d]]);
  await page.close();
  await Promise.all([host.stop(), stranger.stop()]);
});

test('a file that is not the one that was built is not kept, and the page works on', async () => {
  const host = await startPlainHost();
  host.replaced.set('samples/brain.png', Buffer.from('something else'));
  const page = await UniMedPage.open(browser, host.url, { serviceWorkers: 'allow' });
  await recognizes(page);
  const controlled = await page.page.evaluate(() => navigator.serviceWorker.controller !== null);
  assert.equal(controlled, false);
  await page.close();
  await host.stop();
});

/// Puts another version on the host: the same files, but for the page's title, which begins with a word.
async function renew(host, word = 'New ') {
  const list = await readFile(join(root, 'dist/sw-site.js'), 'utf8');
  const changed = Buffer.from((await readFile(join(root, 'dist/index.html'), 'utf8')).replace('<title>', `<title>${word}`));
  const [head, json] = list.split('self.SITE = ');
  const site = JSON.parse(json.trim().replace(/;$/, ''));
  site.files['index.html'] = {
    bytes: changed.length,
    sha256: createHash('sha256').update(changed).digest('hex'),
  };
  host.replaced.set('index.html', changed);
  host.replaced.set('sw-site.js', Buffer.from(`${head}self.SITE = ${JSON.stringify(site)};`));
}

/// Lets the page look for a new version, and waits until that one waits.
async function fetchNew(page) {
  await page.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update();
    while (!registration.waiting || registration.installing) await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

test('a new version waits until the old page is closed, and fetches only what changed', async () => {
  const host = await startPlainHost();
  const page = await UniMedPage.open(browser, host.url, { serviceWorkers: 'allow' });
  await recognizes(page);
  await renew(host);
  const before = host.requests.length;
  await fetchNew(page);
  const fetched = host.requests.slice(before).filter((path) => !path.startsWith('sw'));
  assert.deepEqual(fetched, ['index.html']);
  const beside = await visitAgain(page, host.url);
  assert.doesNotMatch(await beside.page.title(), /^New/);
  const context = page.page.context();
  await page.page.close();
  await beside.page.close();
  const next = new UniMedPage(await context.newPage());
  // The old version gives way once the browser has noticed that its pages are gone.
  await next.page.waitForTimeout(500);
  await next.page.goto(host.url);
  await next.at('prompt').waitFor();
  assert.match(await next.page.title(), /^New/);
  await next.close();
  await host.stop();
});

test('a new version is told of, and one button switches over', async () => {
  const host = await startPlainHost();
  const page = await UniMedPage.open(browser, host.url, { serviceWorkers: 'allow' });
  await recognizes(page);
  assert.equal(await page.at('update').count(), 0);
  await renew(host);
  await fetchNew(page);
  const told = (words) => page.at('update').filter({ hasText: words }).waitFor();
  await told('A new version of this page is ready. What is open here is gone then');
  assert.deepEqual(await violations(page.page), []);
  await page.at('language').first().selectOption('中文');
  await told('本页面有新版本可用');
  await page.at('language').first().selectOption('English');

  // Nothing under way is interrupted.
  await page.set({ Steps: 200 });
  const painting = await page.paint('a chest X-ray');
  await page.at('progress').filter({ hasText: /step \d+ of 200/i }).waitFor();
  assert.ok(await page.at('switch-over').isDisabled());
  await page.at('stop').click();
  assert.equal(await page.ended(painting), 'stopped');

  // Nor is another page left with programs of two versions.
  const beside = await visitAgain(page, host.url);
  await beside.at('update').waitFor();
  await page.at('switch-over').click();
  await told('Other tabs of this page are open');
  assert.doesNotMatch(await page.page.title(), /^New/);
  await beside.page.close();

  await page.at('switch-over').click();
  await page.page.waitForFunction(() => document.title.startsWith('New'));
  await page.at('prompt').waitFor();
  await recognizes(page);
  assert.equal(await page.at('update').count(), 0);
  await page.close();
  await host.stop();
});

const skip = process.env.UNIMED_ALL !== '1' && 'while an image is made it is tried every day';
test('a new version that comes while the model loads or answers changes nothing under way', { skip }, async () => {
  const host = await startPlainHost();
  const page = await UniMedPage.open(browser, host.url, { serviceWorkers: 'allow' });
  await recognizes(page);
  await page.page.close();
  const next = await visitAgain(page, host.url);
  await renew(host);
  await fetchNew(next);
  // The engine of this page was on its way, or had just come; it and all that it needs are of one version.
  await next.at('update').waitFor();
  await recognizes(next);
  await engineOf(next).evaluate(slowWords);
  const answer = await next.ask('Write a report.');
  await renew(host, 'Newer ');
  await fetchNew(next);
  assert.ok(await next.at('switch-over').isDisabled());
  assert.equal(await next.ended(answer), 'done');
  assert.equal(await next.page.locator('.turn').count(), 2);
  assert.doesNotMatch(await next.page.title(), /^New/);
  assert.equal(await next.errorText(), '');
  await next.at('switch-over').click();
  await next.page.waitForFunction(() => document.title.startsWith('Newer'));
  await recognizes(next);
  await next.close();
  await host.stop();
});

test('"wipe everything" leaves nothing of this site on the device, and what others keep', async () => {
  const site = await startSite();
  const page = await UniMedPage.open(browser, site.url, { serviceWorkers: 'allow' });
  await recognizes(page);
  const kept = () =>
    page.page.evaluate(async () => [
      (await caches.keys()).length,
      (await navigator.serviceWorker.getRegistrations()).length,
      (await Array.fromAsync((await navigator.storage.getDirectory()).keys())).length,
      localStorage.length,
    ]);
  assert.deepEqual((await kept()).slice(0, 3), [1, 1, 1]);
  // Another site of the same origin keeps things too.
  await page.page.evaluate(async () => {
    localStorage.setItem('neighbour', '1');
    await caches.open('neighbour');
  });
  await page.page.keyboard.press('?');
  await page.at('wipe').click();
  assert.deepEqual((await kept()).slice(0, 3), [2, 1, 1], 'one click wipes nothing');
  await page.at('wipe').click();
  await page.page.getByText('All of it is gone').waitFor();
  assert.deepEqual(await kept(), [1, 0, 0, 1]);
  assert.equal(await page.page.evaluate(() => localStorage.getItem('neighbour')), '1');
  // Settings that are changed now are not written either.
  await page.page.keyboard.press('Escape');
  await page.set({ Steps: 3 });
  assert.deepEqual(await kept(), [1, 0, 0, 1]);
  await page.close();
  await site.stop();
});
