// One file that ends the decoder, or keeps it for ever, costs itself: it is named, and whatever was opened with it opens.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { dicom, numbers, png, zip } from './support/made.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';
import { Pane } from './support/viewer.mjs';

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
beforeEach(async () => {
  const context = await around.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  await context.route('**/decoder_loader.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${frail})();\n${await response.text()}` });
  });
  page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(60_000);
  await page.page.goto(around.site.url);
  await page.at('prompt').waitFor();
});
afterEach(() => page.close());

/// In the decoder: files with certain names end it once it has said that it reads them, as a fault of its own would.
function frail() {
  const post = globalThis.postMessage;
  const die = () => {
    globalThis.reportError(new Error('a test ends this worker'));
    // Nothing more comes of it.
    for (;;);
  };
  let later = false;
  globalThis.postMessage = (message, transfer) => {
    post.call(globalThis, message, transfer);
    const said = String(message[0]);
    later ||= said.includes('dies-later');
    if (said.includes('"reading"')) {
      if (said.includes('panics')) post.call(globalThis, ['{"failed":{"detail":"panicked at a test"}}']);
      if (said.includes('stops') || said.includes('panics')) die();
      if (said.includes('hangs')) for (;;);
    }
    if (later && said.includes('"assembling"')) die();
  };
}

const picture = (name) => ({ name, mimeType: 'image/png', buffer: png(32, 32, [200, 30, 40]) });
const pictures = (...names) => names.map(picture);
const slice = (name, number) => ({
  name,
  mimeType: 'application/dicom',
  buffer: dicom(16, 16, numbers(16, 16, (x, y) => x + y), { mm: 1, at: [0, 0, 2 * number], number }),
});

/// The names under the small pictures, once there are as many.
async function open(...names) {
  const thumbs = page.page.locator('.thumb');
  await thumbs.nth(names.length - 1).waitFor();
  await page.page.locator('.reading').waitFor({ state: 'detached' });
  assert.deepEqual(await thumbs.evaluateAll((all) => all.map(({ title }) => title)), names);
}

const errors = () => page.page.locator('.trouble-what').allInnerTexts();

test('a file that stops the decoder is named, and the others open', async () => {
  await page.openFile(pictures('a.png', 'stops.png', 'b.png', 'panics.png', 'c.png'));
  await open('a.png', 'b.png', 'c.png');
  assert.deepEqual(await errors(), [
    'stops.png could not be opened: reading it stopped the decoder.',
    'panics.png could not be opened: reading it stopped the decoder.',
  ]);
  await page.openFile(pictures('d.png'));
  await open('a.png', 'b.png', 'c.png', 'd.png');
});

test('a slice that stops the decoder leaves the rest of its series', async () => {
  await page.openFile([slice('1.dcm', 1), slice('2.dcm', 2), slice('stops.dcm', 3), slice('4.dcm', 4)]);
  await page.at('viewer').waitFor();
  assert.match(await new Pane(page).says('slice'), /\/3$/);
  assert.deepEqual(await errors(), ['stops.dcm could not be opened: reading it stopped the decoder.']);
});

test('a file of an archive that stops the decoder leaves the rest of it', async () => {
  const inside = pictures('a.png', 'stops.png', 'b.png').map(({ name, buffer }) => [name, buffer]);
  const buffer = zip(Object.fromEntries(inside));
  await page.openFile([{ name: 'all.zip', mimeType: 'application/zip', buffer }, picture('c.png')]);
  await page.page.locator('.thumb').nth(2).waitFor();
  assert.deepEqual(await errors(), ['all.zip/stops.png could not be opened: reading it stopped the decoder.']);
});

test('what is opened while the decoder dies opens as well', async () => {
  await page.openFile(pictures('stops.png', 'a.png'));
  await page.openFile(pictures('b.png', 'stops too.png'));
  await open('a.png', 'b.png');
});

test('a decoder that stops after all files are read says whose images are missing', async () => {
  await page.openFile(pictures('dies-later.png', 'a.png'));
  await page.page.locator('.trouble-what').waitFor();
  assert.deepEqual(await errors(), ['Not all of 2 files could be opened: the decoder did not finish.']);
  await page.openFile(pictures('b.png', 'c.png'));
  await open('b.png', 'c.png');
});

test('files that stop one decoder after the other come to an end', async () => {
  const names = Array.from({ length: 12 }, (_, number) => `stops${number}.png`);
  await page.openFile(pictures(...names));
  await page.page.locator('.trouble-what', { hasText: /Not all of 12 files/ }).waitFor();
  assert.equal((await errors()).length, 10);
  await page.openFile(pictures('a.png', 'b.png'));
  await open('a.png', 'b.png');
});

test('a file that keeps the decoder for ever is given up, and the others open', async () => {
  await page.openFile(pictures('a.png', 'hangs.png', 'b.png'));
  await open('a.png', 'b.png');
  assert.deepEqual(await errors(), ['hangs.png could not be opened: the decoder took too long over it.']);
});

test('files that are read for long can be cancelled', async () => {
  await page.openFile(pictures('hangs.png', 'a.png'));
  await page.openFile(pictures('b.png', 'c.png'));
  const line = page.page.locator('.reading', { hasText: '2 files' }).first();
  await line.getByRole('button', { name: 'Cancel' }).click();
  await open('b.png', 'c.png');
  assert.deepEqual(await errors(), []);
});
