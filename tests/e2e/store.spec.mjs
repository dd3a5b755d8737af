// The model is fetched once, checked whenever it is read, mended where it is damaged, and a broken download goes on.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { siteAndBrowser } from './support/surroundings.mjs';

const around = siteAndBrowser({ flags: [] });
let context;
beforeEach(async () => {
  context = await around.browser.newContext();
});
afterEach(() => context.close());

/// Visits the page until its model answers; gives the byte ranges of the weights that were asked for meanwhile.
async function visit() {
  const asked = [];
  const note = async (request) => {
    if (request.url().endsWith('.safetensors')) asked.push((await request.allHeaders()).range);
  };
  context.on('request', note);
  const page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(120_000);
  await page.page.goto(around.site.url);
  assert.equal((await page.answered('What is a chest X-ray?')).state, 'done');
  context.off('request', note);
  await page.page.close();
  return asked.sort();
}

/// Flips a byte of the stored weights.
async function damage(place) {
  const page = await context.newPage();
  await page.goto(`${around.site.url}icons/icon.svg`);
  await page.evaluate(async (place) => {
    const root = await navigator.storage.getDirectory();
    const models = await root.getDirectoryHandle('models');
    for await (const model of models.values()) {
      // Beside the models lies what is known of their keys.
      if (model.kind !== 'directory') continue;
      for await (const file of model.values()) {
        if (!file.name.endsWith('.safetensors')) continue;
        const byte = new Uint8Array(await (await file.getFile()).slice(place, place + 1).arrayBuffer());
        const writer = await file.createWritable({ keepExistingData: true });
        await writer.write({ type: 'write', position: place, data: new Uint8Array([byte[0] ^ 1]) });
        await writer.close();
      }
    }
  }, place);
  await page.close();
}

test('weights are fetched once, each byte once, and a damaged piece is fetched again', async () => {
  const first = await visit();
  assert.ok(first.length > 1, `${first}`);
  assert.equal(new Set(first).size, first.length, `${first}`);
  assert.deepEqual(await visit(), []);
  await damage(5_000_000);
  const mended = await visit();
  // The second piece and nothing else.
  assert.equal(mended.length, 1, `${mended}`);
  assert.match(mended[0], /^bytes=4194304-/);
  assert.deepEqual(await visit(), []);
});

test('a download that broke off goes on where it was', async () => {
  let fetched = 0;
  await context.route('**/*.safetensors', async (route) => {
    // The first piece arrives, the others never do. One that is only held would be let go when the page is closed, and
    // its worker may live long enough to keep it.
    if (route.request().headers().range === 'bytes=0-4194303') {
      fetched += 1;
      await route.continue();
    } else {
      await route.abort('connectionreset');
    }
  });
  const page = new UniMedPage(await context.newPage());
  await page.page.goto(around.site.url);
  await page.at('model').filter({ hasText: /Downloading model [1-9]/ }).waitFor();
  await page.page.close();
  await context.unroute('**/*.safetensors');
  assert.equal(fetched, 1);
  const rest = await visit();
  assert.ok(rest.length > 0 && !rest.includes('bytes=0-4194303'), `${rest}`);
});
