// The site is plain files with relative addresses: it works under any path of a host.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UniMedPage } from './support/page.mjs';
import { siteAndBrowser } from './support/surroundings.mjs';

const around = siteAndBrowser({ under: '/some/path/' });

test('a question is answered under /some/path/', async () => {
  const page = await UniMedPage.open(around.browser, around.site.url);
  assert.match(around.site.url, /\/some\/path\/$/);
  await page.openImage();
  const { state, text } = await page.answered('What kind of image is this?');
  assert.equal(state, 'done');
  assert.match(text, /fundus|retina/i);
  const outside = around.site.requests.filter((line) => !/ \/some\/path\//.test(line) && !/favicon/.test(line));
  assert.deepEqual(outside, []);
});

test('ranges, types and "not modified" are served as a good host does', async () => {
  const part = await fetch(`${around.site.url}worker_bg.wasm`, { headers: { Range: 'bytes=0-3' } });
  assert.equal(part.status, 206);
  assert.deepEqual([...new Uint8Array(await part.arrayBuffer())], [0x00, 0x61, 0x73, 0x6d]);
  assert.equal(part.headers.get('content-type'), 'application/wasm');
  const script = await fetch(`${around.site.url}boot.js`);
  assert.match(script.headers.get('content-type'), /javascript/);
  const again = await fetch(`${around.site.url}boot.js`, { headers: { 'If-None-Match': script.headers.get('etag') } });
  assert.equal(again.status, 304);
});
