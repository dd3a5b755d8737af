// What DICOM states per instance, frame or region is used there: drawing, windows, scale bar and measures.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { dicom, numbers, text, ultrasoundRegions } from './support/made.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';
import { Pane, shade } from './support/viewer.mjs';

const size = { width: 64, height: 64 };
const value = (x, y) => 10 * x + y;
const pixels = numbers(64, 64, value);
const file = (name, bytes) => ({ name, mimeType: 'application/dicom', buffer: bytes });
const instance = (number, options = {}) => file(`${number}.dcm`, dicom(64, 64, pixels, { number, ...options }));
const window = (center, width) => [text(0x0028, 0x1050, 'DS', String(center)), text(0x0028, 0x1051, 'DS', String(width))];

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
let pane;
afterEach(async () => {
  const problems = page.problems;
  await page.close();
  assert.deepEqual(problems, []);
});

async function open(...files) {
  page = await UniMedPage.open(around.browser, around.site.url);
  await page.openImage(files);
  pane = new Pane(page);
  await pane.settled();
}

/// Draws with a tool's key from a pixel's middle to another's; gives what the mark says.
async function drawn(key, from, to, of = size) {
  await pane.press(key);
  const [a, b] = [await pane.fitted(...from, of), await pane.fitted(...to, of)];
  await pane.drag(a, b);
  return (await page.at('measure').last().textContent()).trim();
}

describe('images of one series', () => {
  test('are measured and scaled each by its own spacing', async () => {
    await open(instance(1, { mm: 0.5 }), instance(2, { mm: 2 }));
    assert.equal(await pane.says('slice'), 'slice 1/2');
    assert.match(await drawn('d', [10, 32], [50, 32]), /^20\.\d mm$/);
    const small = Number(await page.at('scale-bar').getAttribute('data-mm'));
    await pane.press('ArrowDown');
    assert.equal(await pane.says('slice'), 'slice 2/2');
    assert.match(await drawn('d', [10, 32], [50, 32]), /^(79|80)\.\d mm$/);
    const large = Number(await page.at('scale-bar').getAttribute('data-mm'));
    assert.ok(large > 2 * small, `${small} and ${large} mm`);
  });

  test('are inverted each as it says, and the person swaps both', async () => {
    const low = text(0x0028, 0x0004, 'CS', 'MONOCHROME1');
    await open(instance(1, { more: window(350, 400) }), instance(2, { more: [low, ...window(350, 400)] }));
    const gray = shade(value(20, 30), 400, 350);
    const both = async () => {
      await pane.press('Home');
      const first = await pane.gray(20, 30, size);
      await pane.press('End');
      return [first, await pane.gray(20, 30, size)];
    };
    assert.deepEqual(await both(), [gray, 255 - gray]);
    await pane.press('i');
    assert.deepEqual(await both(), [255 - gray, gray]);
  });

  test('are drawn each through its own window, until one is chosen for all', async () => {
    await open(instance(1, { more: window(100, 200) }), instance(2, { more: window(500, 300) }));
    assert.equal(await pane.says('window-level'), 'W 200 L 100');
    assert.equal(await pane.gray(5, 30, size), shade(value(5, 30), 200, 100));
    await pane.press('End');
    assert.equal(await pane.says('window-level'), 'W 300 L 500');
    assert.equal(await pane.gray(50, 30, size), shade(value(50, 30), 300, 500));
    await pane.drag({ x: 100, y: 100 }, { x: 140, y: 100 });
    const chosen = await pane.says('window-level');
    assert.notEqual(chosen, 'W 300 L 500');
    await pane.press('Home');
    assert.equal(await pane.says('window-level'), chosen);
    await page.at('tool-reset').click();
    assert.equal(await pane.says('window-level'), 'W 200 L 100');
  });
});

describe('an ultrasound picture', () => {
  const picture = instance(1, {
    more: [
      text(0x0008, 0x0060, 'CS', 'US'),
      ultrasoundRegions(
        // Half a millimetre a pixel; 2 ms and half a millimetre; a quarter of a millimetre.
        { rect: [0, 0, 29, 63], units: [3, 3], deltas: [0.05, 0.05] },
        { rect: [34, 0, 63, 29], units: [4, 3], deltas: [0.002, 0.05] },
        { rect: [34, 34, 63, 63], units: [3, 3], deltas: [0.025, 0.025] },
      ),
    ],
  });

  test('is measured in its regions, where time is no length', async () => {
    await open(picture);
    assert.match(await drawn('d', [5, 10], [25, 10]), /^(9\.9|10\.[01]) mm$/);
    assert.match(await drawn('d', [38, 50], [58, 50]), /^(4\.9|5\.[01]) mm$/);
    assert.match(await drawn('d', [38, 5], [58, 25]), /^(39|40)\.\d ms across, (9\.9|10\.[01]) mm down$/);
    assert.equal(await page.at('scale-bar').count(), 0, 'its regions share no scale');
  });

  test('has no measure outside of its regions or across them, and says why', async () => {
    await open(picture);
    assert.match(await drawn('d', [5, 10], [45, 50]), /^There is no length here: the points lie in different/);
    assert.match(await drawn('d', [5, 10], [32, 10]), /^There is no length here: a point lies outside/);
    const [box, label] = [await pane.box(), await page.at('measure').last().boundingBox()];
    assert.ok(label.x >= box.x && label.x + label.width <= box.x + box.width, 'the reason is within the pane');
  });
});

test('pixels that are twice as high as wide are drawn so, and angles follow', async () => {
  await open(instance(1, { more: [text(0x0028, 0x0034, 'IS', '2\\1')] }));
  const box = await pane.box();
  // 64 x 128 units fit by their height.
  const scale = Math.min(box.width / 64, box.height / 128);
  const at = (x, y) => ({ x: box.width / 2 + scale * (x - 32), y: box.height / 2 + 2 * scale * (y - 32) });
  assert.deepEqual(await pane.under(at(10.5, 0).x, at(0, 50.5).y), { x: 10, y: 50, value: 150 });
  await pane.press('d');
  await pane.drag(at(32, 10), at(32, 30));
  // 20 rows of two widths.
  assert.match((await page.at('measure').last().textContent()).trim(), /^(39|40)\.\d pixel widths$/);
});
