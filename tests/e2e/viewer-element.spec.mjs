// <unimed-viewer> on a foreign page with the policy that the guide names: what it draws is what the decoder draws, by keys, pointers
// and attributes; with <unimed-chat>; what it says where a file cannot be had; and that nothing is left when it goes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { violations } from './support/axe.mjs';
import { guideBlock, hosted, startForeignSite } from './support/foreign-site.mjs';
import { dicom, element, numbers } from './support/made.mjs';
import { devices, root, startBrowser } from './support/surroundings.mjs';

const html = (body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A course</title><main>${body}</main>`;
const viewer = (attributes) => html(`<script type="module" src="unimed/viewer.js"></script><unimed-viewer ${attributes}></unimed-viewer>`);
const overlay = [element(0x6000, 0x0010, 'US', Buffer.from([32, 0])), element(0x6000, 0x3000, 'OW', Buffer.alloc(128))];
const lossy = element(0x0028, 0x2110, 'CS', Buffer.from('01'));

/// Every file of these sets of the conformance tests, by the address that the foreign site has it under.
const sets = ['values', 'nifti', 'frames', 'pictures'].map((name) => {
  const folder = join(root, 'tests/conformance/set', name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'cases.json');
  return { name, files: files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)) };
});

let site;
let stranger;
let browser;
const problems = [];

before(async () => {
  stranger = await startForeignSite({ 'scan.dcm': join(root, 'public/samples/ct.dcm') });
  const files = {
    ...hosted,
    ...Object.fromEntries(sets.map(({ name }) => [`${name}/`, join(root, 'tests/conformance/set', name)])),
    'head.nii': join(root, 'public/samples/head.nii'),
    'ct.dcm': join(root, 'public/samples/ct.dcm'),
    'text.txt': 'no image',
    'noted.dcm': '',
    'empty.html': html(''),
    'pair.html': html(guideBlock('html', 2)),
    'ct.html': viewer('src="ct.dcm" preset="lung" theme="light"'),
    'head.html': viewer('src="head.nii" frame="2"'),
    'noted.html': viewer('src="noted.dcm"'),
    'picture.html': viewer('src="chest.png"'),
    'wrong.html': viewer('src="text.txt"'),
    'missing.html': viewer('src="missing.dcm"'),
  };
  // Bytes, which the server takes as they are.
  files['noted.dcm'] = dicom(32, 32, numbers(32, 32, (x, y) => 10 * x + y), { more: [lossy, ...overlay] });
  [site, browser] = await Promise.all([startForeignSite(files), startBrowser(devices.cpu.flags)]);
});
after(async () => {
  await browser.close();
  await Promise.all([site.stop(), stranger.stop()]);
});

/// Opens a page of the foreign site; what the element tells is in `told`.
async function open(file, options = {}) {
  const context = await browser.newContext({ serviceWorkers: 'block', ...options });
  await context.addInitScript(() => {
    globalThis.told = [];
    for (const name of ['load', 'error', 'frame-change', 'window-change']) {
      document.addEventListener(`unimed-${name}`, ({ type, detail }) => told.push([type, detail.error?.message ?? detail]));
    }
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(site.url + file);
  return page;
}

const part = (page, name) => page.locator(`unimed-viewer [part="${name}"]`);
const told = (page, name) => page.evaluate((name) => globalThis.told.filter(([type]) => type === name).map(([, detail]) => detail), name);
const loaded = (page) => page.waitForFunction(() => globalThis.told.some(([type]) => type === 'unimed-load'));
const info = (page) => part(page, 'info').innerText();

async function noWorkers(page) {
  for (const end = Date.now() + 10_000; page.workers().length > 0; await page.waitForTimeout(50)) {
    assert.ok(Date.now() < end, `${page.workers().length} workers are still there`);
  }
}

test('every pixel is what the decoder itself draws, for all kinds of numbers, windows and tables', async () => {
  const page = await open('empty.html');
  for (const { name, files } of sets) {
    const seen = await page.evaluate(
      async ({ name, files }) => {
        const { readFiles } = await import(new URL('unimed/decoder.js', document.baseURI).href);
        const { draw, firstVoi } = await import(new URL('unimed/voi.js', document.baseURI).href);
        const all = await Promise.all(
          files.map(async (file) => new File([await (await fetch(`${name}/${file.split('/').map(encodeURIComponent).join('/')}`)).blob()], file)),
        );
        const { series } = await readFiles(all, new AbortController().signal);
        const kinds = new Set();
        const wrong = [];
        let compared = 0;
        for (const { info, shown, frames } of series) {
          if (!frames.length) continue;
          const frame = info.slices > 1 ? Math.floor(info.slices / 2) : 0;
          const drawn = draw(info, frame, frames[frame], firstVoi(info, frame), false).data;
          const place = shown.data.findIndex((value, at) => value !== drawn[at]);
          if (place >= 0) wrong.push(`${info.name} ${info.kind}: ${drawn[place]} and not ${shown.data[place]} at ${place}`);
          kinds.add(info.kind);
          compared += 1;
        }
        return { wrong, compared, kinds: [...kinds].sort() };
      },
      { name, files },
    );
    assert.deepEqual(seen.wrong, [], name);
    assert.ok(seen.compared > 0, name);
    console.log(`${name}: ${seen.compared} series of ${seen.kinds.join(', ')}`);
  }
  await noWorkers(page);
  await page.context().close();
});

test('a series by keys, wheel and slider; the events say what is shown', async () => {
  const page = await open('head.html');
  await loaded(page);
  const [{ frames }] = await told(page, 'unimed-load');
  assert.ok(frames > 5);
  assert.match(await info(page), new RegExp(`^Image 2 of ${frames}`));
  // The worker is gone as soon as all is read.
  await noWorkers(page);
  const stage = part(page, 'stage');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.getAttribute('part')), 'stage');
  await page.keyboard.press('ArrowDown');
  assert.match(await info(page), /^Image 3 of/);
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowDown');
  assert.match(await info(page), new RegExp(`^Image ${frames} of`));
  await page.keyboard.press('Home');
  await stage.hover();
  await page.mouse.wheel(0, 120);
  assert.match(await info(page), /^Image 2 of/);
  await part(page, 'slider').fill('5');
  assert.match(await info(page), /^Image 5 of/);
  await page.evaluate(() => document.querySelector('unimed-viewer').setAttribute('frame', '4'));
  const changes = await told(page, 'unimed-frame-change');
  assert.deepEqual(changes.map(({ frame }) => frame), [3, frames, 1, 2, 5, 4]);
  await page.context().close();
});

test('windows by attribute, key, list and drag; inversion; zoom stays out of the pixels', async () => {
  const page = await open('ct.html');
  await loaded(page);
  const window = () => page.evaluate(() => document.querySelector('unimed-viewer').window);
  const mean = () => page.evaluate(() => document.querySelector('unimed-viewer').image().data.reduce((sum, value) => sum + value, 0));
  assert.deepEqual(await window(), { center: -600, width: 1500 });
  assert.match(await info(page), /Level -600, width 1500 HU/);
  const lung = await mean();
  const stage = part(page, 'stage');
  await stage.focus();
  await page.keyboard.press('5');
  assert.deepEqual(await window(), { center: 40, width: 80 });
  const brain = await mean();
  assert.ok(brain < lung, `${brain} and ${lung}`);
  await part(page, 'preset').selectOption('bone');
  assert.deepEqual(await window(), { center: 480, width: 2500 });
  const box = await stage.boundingBox();
  await page.mouse.move(box.x + 100, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 130, { steps: 4 });
  await page.mouse.up();
  const dragged = await window();
  assert.ok(dragged.width > 2500 && dragged.center > 480, JSON.stringify(dragged));
  const before = await mean();
  await stage.focus();
  await page.keyboard.press('+');
  assert.equal(await mean(), before);
  assert.match(await part(page, 'image').evaluate((canvas) => canvas.style.transform), /scale\(1\.25\)/);
  await page.keyboard.press('i');
  assert.notEqual(await mean(), before);
  await part(page, 'reset').click();
  assert.equal(await mean(), lung);
  await page.evaluate(() => {
    const element = document.querySelector('unimed-viewer');
    element.removeAttribute('preset');
    element.setAttribute('window-center', '40');
    element.setAttribute('window-width', '80');
  });
  assert.equal(await mean(), brain);
  assert.deepEqual((await told(page, 'unimed-window-change')).at(-1), { center: 40, width: 80 });
  await page.context().close();
});

test('two fingers zoom and pan, on a phone; axe finds nothing and nothing sticks out', async () => {
  for (const theme of ['dark', 'light']) {
    const page = await open('noted.html', { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: theme });
    await loaded(page);
    const notes = part(page, 'notes');
    assert.match(await notes.locator('summary').innerText(), /^2 notes/);
    await notes.locator('summary').click();
    assert.equal(await notes.locator('li').count(), 2);
    assert.deepEqual(await violations(page), []);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
    const scale = await part(page, 'stage').evaluate(async (stage) => {
      const box = stage.getBoundingClientRect();
      const send = (type, pointerId, x) =>
        stage.dispatchEvent(new PointerEvent(type, { pointerId, pointerType: 'touch', clientX: box.x + x, clientY: box.y + 80, bubbles: true }));
      stage.setPointerCapture = () => {};
      send('pointerdown', 1, 100);
      send('pointerdown', 2, 140);
      send('pointermove', 2, 180);
      send('pointerup', 1, 100);
      send('pointerup', 2, 180);
      return Number(/scale\((.*)\)/.exec(stage.querySelector('canvas').style.transform)[1]);
    });
    assert.equal(scale, 2);
    await page.context().close();
  }
});

test('a picture is shown in its own colours, and its window can be changed', async () => {
  const page = await open('picture.html');
  await loaded(page);
  const same = await page.evaluate(async () => {
    const bitmap = await createImageBitmap(await (await fetch('chest.png')).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const expected = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    const element = document.querySelector('unimed-viewer');
    const equal = element.image().data.every((value, at) => value === expected[at]);
    element.window = { center: 20, width: 10 };
    return [equal, element.image().data.every((value, at) => value === expected[at])];
  });
  assert.deepEqual(same, [true, false]);
  await page.context().close();
});

test('what cannot be had is said: no image, not there, another host without CORS', async () => {
  for (const [file, sentence] of [['wrong.html', /text\.txt: .+\. .+/], ['missing.html', /missing\.dcm cannot be fetched: found the answer 404/]]) {
    const page = await open(file);
    const error = part(page, 'error').filter({ hasText: sentence });
    await error.waitFor();
    assert.match((await told(page, 'unimed-error'))[0], sentence);
    await noWorkers(page);
    if (file === 'missing.html') {
      await page.evaluate((address) => document.querySelector('unimed-viewer').setAttribute('src', address), `${stranger.url}scan.dcm`);
      await part(page, 'error').filter({ hasText: /another origin does not allow.*Access-Control-Allow-Origin/ }).waitFor();
    }
    await page.context().close();
  }
});

test('an element that is taken out while it reads ends its worker', async () => {
  const page = await open('empty.html');
  const started = page.waitForEvent('worker');
  await page.evaluate(async () => {
    await import(new URL('unimed/viewer.js', document.baseURI).href);
    const element = Object.assign(document.createElement('unimed-viewer'), { id: 'a' });
    element.setAttribute('src', 'head.nii');
    document.querySelector('main').append(element);
  });
  await started;
  await page.evaluate(() => document.querySelector('unimed-viewer').remove());
  await noWorkers(page);
  assert.equal(await page.evaluate(() => globalThis.told.length), 0);
  await page.context().close();
});

test('the pair of the guide: a question is about the image that is shown then', async () => {
  const page = await open('pair.html');
  await loaded(page);
  assert.match(await info(page), /^Image 12 of/);
  const chat = (name) => page.locator(`unimed-chat [part="${name}"]`);
  await page.evaluate(() => {
    globalThis.told = [];
    document.querySelector('unimed-viewer').setAttribute('src', 'chest.png');
  });
  await loaded(page);
  await chat('prompt').fill('What kind of image is this?');
  await chat('prompt').press('Enter');
  await chat('answer').filter({ hasText: /X-ray/i }).waitFor();
  await page.context().close();
});

test('nothing went wrong unseen, and the policy refused nothing of the element', () => {
  const expected = /404|scan\.dcm|Failed to load resource/;
  assert.deepEqual(problems.filter((problem) => !expected.test(problem)), []);
});
