// Conversations as files: saved in three forms, opened again, run again; and files that are something else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { join } from 'node:path';
import { violations } from './support/axe.mjs';
import { dicom, numbers, text } from './support/made.mjs';
import { UniMedPage, pixelsOf } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';

const brain = join(root, 'public/samples/brain.png');

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
beforeEach(async () => {
  page = await UniMedPage.open(around.browser, around.site.url);
});
afterEach(async () => {
  assert.deepEqual(page.problems, []);
  await page.close();
});

async function save(form) {
  const download = page.page.waitForEvent('download');
  await page.at(`save-${form}`).click();
  return readFileSync(await (await download).path(), 'utf8');
}

async function openText(name, words) {
  await page.openFile({ name, mimeType: 'application/json', buffer: Buffer.from(words) });
}

/// The sample of a brain at 512 x 512 pixels, with words in its corner, as a file.
async function stamped(words) {
  const url = `data:image/png;base64,${readFileSync(brain).toString('base64')}`;
  const draw = async ([url, words]) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 512, height: 512 });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 512, 512);
    context.font = '20px sans-serif';
    context.textBaseline = 'top';
    context.fillStyle = 'white';
    context.fillText(words, 6, 6);
    return canvas.toDataURL('image/png').split(',')[1];
  };
  return Buffer.from(await page.page.evaluate(draw, [url, words]), 'base64');
}

/// How many bright pixels a picture has in its first rows, where the words are and nothing else is bright, and all of its pixels well below
/// them.
async function corner(png) {
  const read = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const first = context.getImageData(0, 0, image.width, 27).data;
    let bright = 0;
    for (let at = 0; at < first.length; at += 4) bright += first[at] > 200;
    return { bright, below: [...context.getImageData(0, 40, image.width, image.height - 40).data].join() };
  };
  return page.page.evaluate(read, `data:image/png;base64,${png}`);
}

/// Saves as JSON once the warning is answered with a button.
async function answeredWith(button) {
  await page.at('save-json').click();
  await page.at('burned-in').waitFor();
  const download = page.page.waitForEvent('download');
  await page.at(button).click();
  const saved = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  assert.equal(await page.at('burned-in').count(), 0);
  return saved.images[0].png;
}

/// A question about an image and an image from words; gives the question's answer.
async function talk() {
  await page.openImage(brain);
  const { text } = await page.answered('What <b>kind</b> of image is this?');
  await page.set({ Steps: 3, Seed: 41 });
  await page.painted('a frontal chest X-ray');
  return text;
}

describe('saved', () => {
  test('as a web page: complete, inert, and with nothing to fetch', async () => {
    const answer = await talk();
    const html = await save('html');
    const context = await around.browser.newContext();
    const sent = [];
    context.on('request', (request) => sent.push(request.url()));
    const reader = await context.newPage();
    await reader.setContent(html);
    const text = await reader.locator('body').innerText();
    for (const part of [answer, 'What <b>kind</b> of image is this?', 'seed 41', 'Not for clinical use', '3 steps']) {
      assert.ok(text.includes(part), `${part} is missing in ${text}`);
    }
    assert.match(text, /SHA-256 [0-9a-f]{64}/);
    const drawn = await reader.locator('img').evaluateAll((all) => all.map((image) => image.naturalWidth));
    assert.equal(drawn.length, 2);
    assert.ok(drawn.every((width) => width > 0), String(drawn));
    assert.equal(await reader.locator('script').count(), 0);
    assert.deepEqual(sent.filter((url) => !url.startsWith('data:')), []);
    await context.close();
  });

  test('as Markdown: complete, and words stay words', async () => {
    const answer = await talk();
    const text = await save('markdown');
    assert.ok(text.includes(answer), answer);
    assert.ok(text.includes('What &lt;b&gt;kind&lt;/b&gt; of image is this?'), text.slice(0, 600));
    assert.equal(text.match(/data:image\/png;base64,/g).length, 2);
    assert.match(text, /seed 41/);
  });

  test('with numbers for the names of files, which may say who the patient is, until they are asked for', async () => {
    await page.openFile({ name: 'Zyxwvut.png', mimeType: 'image/png', buffer: readFileSync(brain) });
    await page.answered('What kind of image is this?');
    for (const kind of ['html', 'markdown', 'json']) {
      const text = await save(kind);
      assert.ok(!text.includes('Zyxwvut'), kind);
      assert.ok(text.includes('Image 1'), kind);
    }
    await page.at('save-names').check();
    for (const kind of ['html', 'markdown', 'json']) assert.ok((await save(kind)).includes('Zyxwvut'), kind);
  });

  test('with a warning before a name in an image goes along, which one click covers in what is saved', async () => {
    const file = await stamped('DOE JANE 1961-04-02');
    const before = await corner(file.toString('base64'));
    assert.ok(before.bright > 200, String(before.bright));
    await page.openFile({ name: 'a.png', mimeType: 'image/png', buffer: file });
    await page.answered('What kind of image is this?');
    let downloads = 0;
    page.page.on('download', () => (downloads += 1));
    for (const kind of ['html', 'markdown', 'json']) {
      await page.at(`save-${kind}`).click();
      const said = page.at('burned-in');
      await said.waitFor();
      assert.match(await said.innerText(), /may be written into images[^]*Look yourself: only rows of four or more/);
      const framed = await pixelsOf(said.locator('canvas'));
      assert.ok(framed.values.some((red, at) => at % 4 === 0 && red > 200 && framed.values[at + 1] < 60), 'a red frame');
      assert.deepEqual(await violations(page.page), []);
      await page.at('save-not').click();
      assert.equal(await said.count(), 0);
    }
    assert.equal(downloads, 0, 'nothing is saved before the choice');

    const covered = await corner(await answeredWith('cover'));
    assert.equal(covered.bright, 0);
    assert.equal(covered.below, before.below, 'all else is as it was');
    // Neither the open image nor the conversation changed.
    assert.deepEqual(await corner(await answeredWith('save-as-it-is')), before);
  });

  test('with a warning where the file states that its image may tell who it is', async () => {
    const pixels = numbers(64, 64, (x, y) => x * y);
    for (const [tag, says] of [
      [0x0301, /names or dates may be written into the picture/],
      [0x0302, /the person may be recognized/],
    ]) {
      const buffer = dicom(64, 64, pixels, { more: [text(0x0028, tag, 'CS', 'YES')] });
      await page.openFile({ name: 'a.dcm', mimeType: 'application/dicom', buffer });
      await page.at('viewer').waitFor();
      await page.answered('What kind of image is this?');
      await page.at('save-html').click();
      assert.match(await page.at('burned-in').innerText(), says);
      assert.equal(await page.at('cover').count(), 0, 'nothing was found that could be covered');
      await page.at('save-not').click();
      await page.at('clear').click();
    }
  });

  test('as JSON: shown again as it was, and run again with its own settings', async () => {
    const answer = await talk();
    const made = await pixelsOf(page.at('painted'));
    const text = await save('json');
    const saved = JSON.parse(text);
    assert.equal(saved.format, 'unimed-conversation');
    assert.match(saved.model.sha256, /^[0-9a-f]{64}$/);
    assert.equal(saved.turns[1].result.make.settings.seed, 41);
    assert.equal(saved.images.length, 2);
    await page.close();

    page = await UniMedPage.open(around.browser, around.site.url);
    const served = [];
    page.page.context().on('request', (request) => served.push(request.url()));
    await openText('conversation.json', text);
    await page.at('painted').waitFor();
    assert.equal(await page.at('answer').textContent(), answer);
    assert.equal(await page.at('answer').getAttribute('data-state'), 'done');
    await page.at('looked').click();
    await page.at('gaze').waitFor();
    assert.equal(await page.at('stop').count(), 0, 'nothing runs');
    const foreign = served.filter((url) => !url.startsWith('blob:') && !url.startsWith(around.site.url));
    assert.deepEqual(foreign, []);
    // Settings of this visit are others; those of the file hold.
    await page.page.getByRole('button', { name: 'Make another' }).waitFor();
    await page.at('run-again').click();
    assert.equal(await page.ended(page.at('painted').nth(1)), 'done');
    assert.deepEqual(await pixelsOf(page.at('painted').nth(1)), made);
    // A conversation is no image that could be missing: words go on about the image that is open.
    await page.openImage();
    await openText('conversation.json', text);
    await page.page.locator('.attached', { hasText: 'about' }).waitFor();
    assert.equal((await page.answered('What kind of image is this?')).state, 'done');
  });
});

describe('a file that is no saved conversation is told, and changes nothing', () => {
  const whole = JSON.stringify({
    format: 'unimed-conversation',
    version: 1,
    saved_at: '',
    model: { name: '', sha256: '' },
    device: '',
    images: [{ name: 'x', generated: false, png: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptV' }],
    turns: [],
  });
  const files = {
    'a broken file': ['{"format":"unimed-conversation"', /is not JSON/],
    'other JSON': ['{"a":1}', /is not a conversation that this page saved/],
    'a newer version': [whole.replace('"version":1', '"version":9'), /has version 9/],
    'nothing at all': ['', /is not JSON/],
    'brackets without end': ['['.repeat(200_000), /is not JSON/],
    'an image that is cut short': [whole, /the image x cannot be read/],
    'an image from elsewhere': [whole.replace('iVBORw0KGgo', 'http://x/aa'), /an image is no PNG file/],
  };
  for (const [what, [text, says]] of Object.entries(files)) {
    test(what, async () => {
      await openText('talk.json', text);
      const error = page.at('error').filter({ hasText: 'talk.json' });
      await error.waitFor();
      assert.match(await error.innerText(), says);
      assert.equal(await page.at('answer').count(), 0);
    });
  }
});
