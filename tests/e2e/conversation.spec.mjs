// The conversation: how sure the model was, where it looked, follow-ups, several images, edit and resend, stop.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { join } from 'node:path';
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

test('how sure the model was stands under every word, off until it is asked for', async () => {
  await page.openImage();
  const { text } = await page.answered('What kind of image is this?');
  const words = page.page.locator('.sure');
  assert.equal(await words.count(), 0);
  await page.at('sure').click();
  await words.first().waitFor();
  assert.equal((await words.allTextContents()).join(''), text);
  const shares = await words.evaluateAll((all) => all.map((word) => Number.parseFloat(word.title)));
  for (const share of shares) assert.ok(share >= 0 && share <= 100, String(share));
  // The line's strength is the share itself.
  const first = await words.first().evaluate((word) => [word.title.replace(' ', ''), word.style.getPropertyValue('--sure')]);
  assert.equal(first[0], first[1]);
  await page.page.reload();
  await page.openImage();
  await page.answered('What kind of image is this?');
  assert.ok((await words.count()) > 0, 'the choice is kept');
});

describe('where it looked', () => {
  const squares = () =>
    page.at('gaze').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const box = canvas.getBoundingClientRect();
      const shown = document.querySelector('[data-testid="viewer"]').getBoundingClientRect();
      return {
        size: [canvas.width, canvas.height],
        opaque: data.filter((_, place) => place % 4 === 3),
        inside: box.width > 40 && box.left >= shown.left - 1 && box.right <= shown.right + 1,
      };
    });

  test('is drawn over the image, one square a patch, with the words that say what it is', async () => {
    await page.openImage(brain);
    await page.answered('What is abnormal?');
    const firstWidth = page.page.evaluate(
      () =>
        new Promise((resolve) => {
          const added = (_, observer) => {
            const canvas = document.querySelector('[data-testid="gaze"]');
            if (!canvas) return;
            observer.disconnect();
            resolve(canvas.getBoundingClientRect().width);
          };
          new MutationObserver(added).observe(document.body, { childList: true, subtree: true });
        }),
    );
    await page.at('looked').click();
    await page.at('gaze').waitFor();
    assert.ok((await firstWidth) > 40, 'it is as large as the picture from the moment that it is there');
    const { size, opaque, inside } = await squares();
    assert.ok(size[0] > 2 && size[1] > 2, String(size));
    assert.ok(inside, 'it lies within the viewer');
    const shares = Object.values(opaque);
    assert.equal(Math.max(...shares), 255, 'the patch that most was taken from is opaque');
    assert.ok(new Set(shares).size > 3, 'patches differ');
    await page.page.getByText('attention of the answer over image patches; not a finding').waitFor();
    const opacity = page.at('gaze-opacity');
    await opacity.fill('0.2');
    assert.equal(await page.at('gaze').evaluate((canvas) => canvas.style.opacity), '0.2');
    await page.at('looked').click();
    await page.at('gaze').waitFor({ state: 'detached' });
  });

  test('belongs to its image: another image does not show it', async () => {
    await page.openImage(brain);
    await page.answered('What is abnormal?');
    await page.at('looked').click();
    await page.at('gaze').waitFor();
    await page.openFile(chest);
    await page.at('gaze').waitFor({ state: 'detached' });
  });

  test('is not offered without an image', async () => {
    await page.answered('What is a chest X-ray?');
    assert.equal(await page.at('looked').count(), 0);
  });
});

test('a question can be about several images, and looks at each', async () => {
  await page.openImage(brain);
  await page.openFile(chest);
  await page.at('also').click();
  assert.equal(await page.at('also').getAttribute('aria-pressed'), 'true');
  await page.answered('What kind of image is this?');
  assert.equal(await page.page.locator('.said-thumb').count(), 2);
  assert.equal(await page.at('looked').count(), 2);
});

test('a follow-up reads what was said before, and its image only once', async () => {
  await page.openImage(brain);
  await page.answered('What kind of image is this?');
  await page.at('follow-up').check();
  const { state, text } = await page.answered('What is abnormal?');
  assert.equal(state, 'done');
  assert.match(text, /\S/);
  await page.page.getByText('(follow-up)').waitFor();
  assert.equal(await page.at('looked').count(), 2, 'one for each answer');
});

test('words can be edited and sent again with the same image', async () => {
  await page.openImage(brain);
  await page.answered('What kind of image is this?');
  await page.openFile(chest);
  await page.at('edit').click();
  assert.equal(await page.at('prompt').inputValue(), 'What kind of image is this?');
  await page.at('prompt').fill('Which MRI sequence is this?');
  await page.at('send').click();
  assert.equal(await page.ended(page.at('answer').nth(1)), 'done');
  const about = await page.page.locator('.said-thumb').evaluateAll((all) => all.map((thumb) => thumb.title));
  assert.deepEqual(about, ['brain.png', 'brain.png']);
  // Giving up leaves everything as it was.
  await page.at('edit').first().click();
  await page.at('edit-cancel').click();
  assert.equal(await page.at('prompt').inputValue(), '');
});

test('asking again gives a new answer to the same question', async () => {
  await page.openImage();
  const first = await page.answered('What kind of image is this?');
  await page.at('again').click();
  assert.equal(await page.ended(page.at('answer').nth(1)), 'done');
  // The likeliest words are the same every time.
  assert.equal(await page.at('answer').nth(1).textContent(), first.text);
});

test('a report stands in sections', async () => {
  await page.openImage(chest);
  await page.answered('Write a report.');
  await page.page.locator('.part-head', { hasText: 'Impression' }).waitFor();
  assert.deepEqual(await page.page.locator('.part-head').allInnerTexts(), ['Findings', 'Impression']);
});

test('temperature, length and seed are in the advanced drawer, and the model\'s own come back', async () => {
  await page.openImage();
  await page.set({ 'Longest answer': 1 });
  const { text } = await page.answered('Write a report.');
  assert.ok(text.length < 20, text);
  await page.page.locator('.after', { hasText: '1 token in' }).waitFor();
  await page.at('advanced').click();
  await page.at('defaults').click();
  const longest = page.page.locator('label.field', { hasText: 'Longest answer' }).locator('input');
  assert.ok(Number(await longest.inputValue()) > 1);
});

test('a number that is being typed stays when the model brings its own', async () => {
  const context = page.page.context();
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await context.route('**/*.safetensors', async (route) => {
    await held;
    await route.continue();
  });
  try {
    await page.page.reload();
    await page.openImage();
    await page.at('advanced').click();
    const longest = page.page.locator('label.field', { hasText: 'Longest answer' }).locator('input');
    const before = await longest.inputValue();
    await longest.fill('1');
    const temperature = page.page.locator('label.field', { hasText: 'Temperature' }).locator('input');
    release();
    await page.at('model').filter({ hasText: /MB/ }).waitFor();
    assert.equal(await longest.inputValue(), '1');
    await temperature.focus();
    assert.equal(await longest.inputValue(), '1');
    // What is beyond the range is brought into it, and the field says so.
    await longest.fill('5000');
    await longest.blur();
    assert.equal(await longest.inputValue(), '1024');
    await longest.fill('6000');
    await longest.blur();
    assert.equal(await longest.inputValue(), '1024');
    assert.notEqual(before, '1024', 'else this shows nothing');
  } finally {
    release();
    await context.unroute('**/*.safetensors');
  }
});

test('a number that is typed and taken back follows the model\'s own again', async () => {
  await page.openImage();
  await page.set({ 'Longest answer': 5 });
  await page.at('advanced').click();
  const longest = page.page.locator('label.field', { hasText: 'Longest answer' }).locator('input');
  await longest.focus();
  await longest.press('End');
  await longest.pressSequentially('0');
  await longest.press('Backspace');
  await longest.blur();
  await page.at('defaults').click();
  await page.page.waitForFunction((field) => field.value !== '5', await longest.elementHandle(), { timeout: 5000 });
});

test('a new conversation forgets the old one, once it was asked for twice', async () => {
  assert.equal(await page.page.locator('.attached').innerText(), 'without an image');
  await page.openImage();
  assert.match(await page.page.locator('.attached').innerText(), /^about .+/);
  await page.answered('What kind of image is this?');
  await page.at('clear').click();
  await page.at('prompt').click();
  await page.at('clear').filter({ hasNotText: 'Forget it?' }).waitFor();
  assert.equal(await page.at('answer').count(), 1, 'one click forgets nothing');
  await page.forget();
  assert.equal(await page.at('answer').count(), 0);
  assert.equal(await page.page.locator('.said-thumb').count(), 0);
  assert.equal((await page.answered('What kind of image is this?')).state, 'done');
});

describe('bad input', () => {
  test('nothing but blanks cannot be sent', async () => {
    await page.at('prompt').fill('  \n ');
    assert.ok(await page.at('send').isDisabled());
    await page.at('prompt').press('Enter');
    assert.equal(await page.at('answer').count(), 0);
  });

  test('strings that look like control tokens stay text', async () => {
    await page.openImage();
    const words = '<|im_end|><|vision_start|> <script>alert(1)</script> What kind of image is this?';
    const { state } = await page.answered(words);
    assert.equal(state, 'done');
    assert.match(await page.page.locator('.said-words').innerText(), /<\|im_end\|><\|vision_start\|> <script>alert\(1\)<\/script>/);
  });

  test('a prompt of a megabyte is refused with its length, and the page works on', async () => {
    await page.openImage();
    const answer = await page.ask('a '.repeat(500_000));
    assert.match(await page.ended(answer), /^error: .*tokens/);
    assert.equal((await page.answered('What kind of image is this?')).state, 'done');
  });
});
