// Does an answer depend on its image? The same question without it, with a blank one, mirrored, and with another one. And marks
// that machines read: a generated image as DICOM.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { join } from 'node:path';
import { violations } from './support/axe.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';

const brain = join(root, 'public/samples/brain.png');
const chest = join(root, 'public/samples/chest.png');

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
beforeEach(async () => {
  page = await UniMedPage.open(around.browser, around.site.url);
});
afterEach(async () => {
  assert.deepEqual(page.problems, []);
  await page.close();
});

const question = 'What kind of image is this?';

/// Notes every question that goes to the engine from now on: how many images it has, and their first row of pixels.
async function noteQuestions() {
  await page.page.evaluate(() => {
    const post = Worker.prototype.postMessage;
    globalThis.asked = [];
    Worker.prototype.postMessage = function (message, ...rest) {
      const { ask } = typeof message?.[0] === 'string' ? JSON.parse(message[0]) : {};
      if (ask) {
        const images = ask.parts.flatMap(({ image }) => image ?? []);
        const row = ({ width, buffer }) => [...new Uint8Array(message[1 + buffer], 0, 4 * width)];
        globalThis.asked.push(images.map((image) => ({ width: image.width, height: image.height, row: row(image) })));
      }
      return post.call(this, message, ...rest);
    };
  });
}

const asked = () => page.page.evaluate(() => globalThis.asked);

/// Waits until so many trials have ended well; gives what each says.
async function trials(count) {
  const rows = page.at('trial');
  await rows.nth(count - 1).waitFor();
  for (let place = 0; place < count; place += 1) assert.equal(await page.ended(rows.nth(place)), 'done');
  assert.equal(await rows.count(), count);
  return rows.allInnerTexts();
}

test('the modality of a sample is not known without the image: the answer changes, and a sentence says so', async () => {
  await page.openImage(chest);
  const { text } = await page.answered(question);
  await noteQuestions();
  await page.at('depends').click();
  const rows = await trials(3);
  const names = ['Without the image', 'With a blank image', 'Mirrored left to right'];
  for (const [place, name] of names.entries()) {
    assert.match(rows[place], new RegExp(`^${name}`));
    assert.match(rows[place], /\b\d+ %/, 'how likely it was');
  }
  assert.match(rows[0], /changed: /);
  assert.ok(!rows[0].includes(text), rows[0]);
  assert.match(rows[2], /the same answer/);
  assert.match(await page.at('verdict').innerText(), /^The answer changes without the image and with a blank one/);
  // What the model was given: nothing, one grey, the same from right to left.
  const [without, [blank], [mirrored]] = await asked();
  assert.deepEqual(without, []);
  assert.ok(blank.row.every((value, place) => value === (place % 4 === 3 ? 255 : 128)));
  const size = ({ width, height }) => [width, height];
  assert.deepEqual(size(blank), size(mirrored));
  const original = await page.page.evaluate(async (url) => {
    // The page's policy lets it show such an address, and not fetch it.
    const image = new Image();
    image.src = url;
    await image.decode();
    const bitmap = await createImageBitmap(image);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return [...context.getImageData(0, 0, bitmap.width, 1).data];
  }, `data:image/png;base64,${readFileSync(chest).toString('base64')}`);
  const pixels = (row) => Array.from({ length: row.length / 4 }, (_, place) => row.slice(4 * place, 4 * place + 4));
  assert.deepEqual(pixels(mirrored.row), pixels(original).reverse());
});

test('what the words of a question give by themselves stays, and a sentence says so', async () => {
  await page.openImage(brain);
  await page.answered("What is the patient's name?");
  await page.at('depends').click();
  const rows = await trials(3);
  for (const row of rows.slice(0, 2)) assert.match(row, /the same answer/);
  assert.match(await page.at('verdict').innerText(), /^The answer is the same without the image and with a blank one/);
});

test('nothing is asked twice: a second press hides what is there, and an image that is opened later is asked about alone', async () => {
  const sample = async (name) => {
    const shown = page.page.locator('[data-testid=sample]:visible').filter({ hasText: name }).first();
    if (!(await shown.isVisible())) await page.page.getByRole('button', { name: 'Samples', exact: true }).click();
    await shown.click();
  };
  await sample('Retina');
  await page.at('viewer').waitFor();
  await page.answered(question);
  await noteQuestions();
  await page.at('depends').press('Enter');
  await trials(3);
  await page.at('depends').press('Enter');
  await page.at('verdict').waitFor({ state: 'detached' });
  assert.equal(await page.at('depends').getAttribute('aria-expanded'), 'false');
  await page.at('depends').press('Enter');
  await page.at('verdict').waitFor();
  assert.equal((await asked()).length, 3);
  await sample('Microaneurysms');
  await page.page.waitForFunction(() => document.querySelectorAll('.thumb').length > 1);
  await page.at('depends').click();
  const rows = await trials(4);
  assert.match(rows[3], /^With Microaneurysms/);
  assert.equal((await asked()).length, 4);
});

test('it can be stopped, and what was stopped is asked by the next press', async () => {
  await page.openImage(brain);
  await page.answered(question);
  await page.at('depends').click();
  await page.at('stop').click();
  await page.at('send').waitFor();
  const states = () => page.at('trial').evaluateAll((all) => all.map((row) => row.dataset.state));
  assert.equal((await states()).at(-1), 'stopped');
  await page.at('depends').click();
  await trials(3);
});

test('it is not offered without an image, and a follow-up does not follow up on it', async () => {
  await page.answered('What is a chest X-ray?');
  assert.equal(await page.at('depends').count(), 0);
  await page.openImage(brain);
  await page.answered(question);
  await page.at('depends').click();
  await trials(3);
  await page.at('follow-up').check();
  assert.equal((await page.answered('What is abnormal?')).state, 'done');
  assert.equal(await page.at('depends').count(), 2);
});

test('it is kept with the conversation: read in a saved page, and opened again without asking', async () => {
  await page.openImage(chest);
  await page.answered(question);
  await page.at('depends').click();
  const rows = await trials(3);
  const save = async (form) => {
    const download = page.page.waitForEvent('download');
    await page.at(`save-${form}`).click();
    return readFileSync(await (await download).path(), 'utf8');
  };
  const html = await save('html');
  assert.match(html, /<li>Without the image: changed: .+ \(\d+ %\)<\/li>/);
  const json = await save('json');
  await page.page.reload();
  await page.openFile({ name: 'talk.json', mimeType: 'application/json', buffer: Buffer.from(json) });
  assert.deepEqual(await trials(3), rows);
  await page.at('verdict').waitFor();
});

test('nothing of it keeps people from using the page, and it fits a narrow screen', async () => {
  await page.openImage(brain);
  await page.answered(question);
  await page.at('depends').click();
  await trials(3);
  assert.deepEqual(await violations(page.page), []);
  await page.page.setViewportSize({ width: 390, height: 844 });
  await page.at('trial').first().scrollIntoViewIfNeeded();
  const wide = await page.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(wide, 0);
  assert.deepEqual(await violations(page.page), []);
});

test('a DICOM download says that it is synthetic, and opens again with a note', async () => {
  await page.set({ Steps: 2, Seed: 77 });
  assert.equal((await page.painted('a frontal chest X-ray')).state, 'done');
  const download = page.page.waitForEvent('download');
  await page.at('download-dicom').click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'generated-seed-77.dcm');
  const bytes = readFileSync(await file.path());
  assert.equal(bytes.toString('latin1', 128, 132), 'DICM');
  const text = bytes.toString('latin1');
  for (const part of [
    '\x08\0\x1c\0CS\x04\0YES ',
    'DERIVED\\SECONDARY',
    'Seed: 77',
    'Not for clinical use',
    'a frontal chest X-ray',
    'ANONYMOUS',
    '2.25.',
  ]) {
    assert.ok(text.includes(part), part);
  }
  await page.openFile({ name: 'made.dcm', mimeType: 'application/dicom', buffer: bytes });
  const said = page.at('notes').locator('li', { hasText: 'its content was made artificially (DICOM Synthetic Data)' });
  // The list of notes is closed at first.
  await said.waitFor({ state: 'attached' });
});
