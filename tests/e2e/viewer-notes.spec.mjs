// What a reader could not show or is not sure of stands at the image, once, with a count, and goes along into exports.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import { violations } from './support/axe.mjs';
import { dicom, element, niftiHeader, numbers } from './support/made.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';

const pixels = numbers(32, 32, (x, y) => 10 * x + y);
const overlay = [element(0x6000, 0x0010, 'US', Buffer.from([32, 0])), element(0x6000, 0x3000, 'OW', Buffer.alloc(128))];
const lossy = element(0x0028, 0x2110, 'CS', Buffer.from('01'));
const overlayWords = 'This file has overlay graphics, which are not shown.';
const lossyWords = 'The picture has been compressed with loss before.';
const headWords = 'The file does not say how the head lies; left and right may be swapped.';

const file = (name, bytes) => ({ name, mimeType: 'application/octet-stream', buffer: bytes });
const plain = file('plain.dcm', dicom(32, 32, pixels));
const noted = file('noted.dcm', dicom(32, 32, pixels, { series: '4', more: [lossy, ...overlay] }));
const head = file('head.nii', Buffer.concat([niftiHeader([16, 16, 8]), numbers(16, 128, (x, y) => x * y)]));

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
afterEach(async () => {
  const problems = page.problems;
  await page.close();
  assert.deepEqual(problems, []);
});

async function open(image, options) {
  page = await UniMedPage.open(around.browser, around.site.url, options);
  await page.openImage(image);
}

const notes = () => page.at('notes');
const list = () => notes().locator('li').allInnerTexts();

for (const [width, height] of [[1440, 900], [390, 844]]) {
  describe(`${width} px wide`, () => {
    test('the most important sentence stands at the image until it is closed; the count stays and opens the list', async () => {
      await open(noted, { viewport: { width, height } });
      assert.equal((await page.at('first-note').innerText()).trim(), overlayWords);
      assert.equal(await notes().locator('summary').innerText(), '2 notes');
      const pane = await page.at('viewer').boundingBox();
      for (const part of [notes(), page.at('first-note')]) {
        const box = await part.boundingBox();
        assert.ok(box.x >= pane.x && box.x + box.width <= pane.x + pane.width, `${JSON.stringify(box)} in ${JSON.stringify(pane)}`);
      }
      assert.deepEqual(await violations(page.page), []);
      await page.at('first-note').getByRole('button').click();
      assert.ok(await page.at('first-note').isHidden());
      // By key, as by a click.
      await notes().locator('summary').focus();
      await page.page.keyboard.press('Space');
      assert.deepEqual(await list(), [overlayWords, lossyWords]);
      assert.deepEqual(await violations(page.page), []);
      await page.page.keyboard.press('Enter');
      await notes().locator('li').first().waitFor({ state: 'hidden' });
    });
  });
}

test('what was closed stays closed for this image, and opening the list closes the sentence', async () => {
  await open(noted);
  await notes().locator('summary').click();
  assert.ok(await page.at('first-note').isHidden());
  await page.openFile(head);
  await page.at('first-note').filter({ hasText: headWords }).waitFor();
  await page.page.locator('.thumb').first().click();
  await notes().filter({ hasText: '2 notes' }).waitFor();
  assert.ok(await page.at('first-note').isHidden());
});

test('each image has its own, in its pane and in the strip; a volume in three planes has them once', async () => {
  await open(noted);
  await page.openFile(plain);
  await page.openFile(head);
  await notes().filter({ hasText: '1 note' }).waitFor();
  const names = await page.page.locator('.thumb').evaluateAll((all) => all.map((thumb) => thumb.getAttribute('aria-label')));
  assert.deepEqual(
    names.map((name) => name.split(', ').at(-1)),
    ['2 notes', names[1], '1 note'],
  );
  await page.at('tool-planes').click();
  await page.at('viewer-coronal').waitFor();
  assert.equal(await notes().count(), 1);
  await page.at('tool-compare').click();
  await page.at('viewer-other').waitFor();
  await page.at('compare-with').selectOption({ index: 0 });
  const counts = await notes().locator('summary').allInnerTexts();
  assert.deepEqual(counts, ['1 note', '2 notes']);
  await page.page.locator('.thumb').nth(1).click();
  await page.at('tool-compare').click();
  assert.equal(await notes().count(), 0, 'an image without notes has none');
});

test('go along into saved conversations and come back with them', async () => {
  await open(noted);
  assert.equal((await page.answered('What kind of image is this?')).state, 'done');
  assert.match(await page.page.locator('.said-thumb').getAttribute('title'), /overlay graphics/);
  const saved = async (kind) => {
    const [download] = await Promise.all([page.page.waitForEvent('download'), page.at(`save-${kind}`).click()]);
    return readFile(await download.path(), 'utf8');
  };
  for (const kind of ['html', 'markdown']) {
    const text = await saved(kind);
    for (const note of [overlayWords, lossyWords]) assert.ok(text.includes(`Note: ${note}`), `${note} in ${text.slice(-600)}`);
  }
  const text = await saved('json');
  assert.deepEqual(JSON.parse(text).images[0].notes, [overlayWords, lossyWords]);
  await page.forget();
  await page.openFile({ name: 'talk.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await page.page.locator('.said-thumb').waitFor();
  assert.match(await page.page.locator('.said-thumb').getAttribute('title'), /overlay graphics/);
});
