// Every mouse, key and touch action of the viewer on real files, judged by what is drawn and by the words over it.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { UniMedPage, retina } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';
import { Pane, ct, head, hounsfield, shade } from './support/viewer.mjs';

const hu = hounsfield();
/// Pixels of the CT slice with air, soft tissue and bone in them.
const spots = [
  [20, 10],
  [30, 100],
  [37, 33],
  [90, 70],
  [64, 64],
];

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
let pane;
afterEach(async () => {
  const problems = page?.problems ?? [];
  await page?.close();
  page = undefined;
  assert.deepEqual(problems, []);
});

async function open(file, options) {
  page = await UniMedPage.open(around.browser, around.site.url, options);
  await page.openImage(file);
  pane = new Pane(page);
  await pane.settled();
}

/// All spots have the shade that the window gives their Hounsfield units.
async function drawnThrough(width, center, change = (gray) => gray) {
  for (const [x, y] of spots) {
    const [found, expected] = [await pane.gray(x, y), change(shade(hu(x, y), width, center))];
    assert.ok(Math.abs(found - expected) <= 1, `(${x}, ${y}): ${found} is drawn, ${expected} expected`);
  }
}

describe('window and level', () => {
  test('the keys 1 to 5 are the windows that CT readers know', async () => {
    await open(ct.file);
    const windows = [
      [400, 40],
      [1500, -600],
      [150, 90],
      [2500, 480],
      [80, 40],
    ];
    for (const [place, [width, center]] of windows.entries()) {
      await pane.press(String(place + 1));
      assert.equal(await pane.says('window-level'), `W ${width} L ${center}`);
      await drawnThrough(width, center);
    }
  });

  test('a left drag widens to the right and raises downwards, by the range of the values', async () => {
    await open(ct.file);
    await pane.press('1');
    await pane.drag({ x: 100, y: 100 }, { x: 150, y: 120 });
    // The values go from -896 to 1167; 768 screen pixels go once through them.
    const step = (1167 + 896) / 768;
    const [width, center] = [400 + 50 * step, 40 + 20 * step];
    assert.equal(await pane.says('window-level'), `W ${width.toFixed(0)} L ${center.toFixed(1)}`);
    await drawnThrough(width, center);
  });

  test('invert swaps black and white, reset takes it back', async () => {
    await open(ct.file);
    await pane.press('1', 'i');
    await drawnThrough(400, 40, (gray) => 255 - gray);
    const inverted = await pane.says('window-level');
    await page.at('tool-reset').click();
    assert.notEqual(await pane.says('window-level'), inverted);
    await page.at('preset').selectOption({ label: '5 brain' });
    await drawnThrough(80, 40);
  });

  test('a colour photograph has contrast and brightness', async () => {
    await open(retina);
    assert.equal(await pane.says('window-level'), 'contrast 100 %, brightness +0');
    const at = { x: 300, y: 300 };
    const before = await pane.drawn(at.x, at.y);
    await pane.drag(at, { x: at.x, y: at.y - 60 });
    const after = await pane.drawn(at.x, at.y);
    // 60 pixels of a range of 255 over 768: 20 shades brighter.
    for (const channel of [0, 1, 2]) {
      const expected = Math.min(before[channel] + 20, 255);
      assert.ok(Math.abs(after[channel] - expected) <= 1, `${before} became ${after}`);
    }
  });
});

describe('zoom, pan, turn', () => {
  test('wheel, right drag and Ctrl drag zoom to where the pointer is', async () => {
    await open(ct.file);
    const at = await pane.fitted(40.5, 50.5);
    const under = async () => (await pane.says('value')).split(':')[0];
    await pane.wheel(at, 0);
    assert.equal(await under(), 'x 40 y 50');
    let zoom = await pane.zoom();
    for (const act of [
      () => pane.wheel(at, -240),
      () => pane.drag(at, { x: at.x, y: at.y - 30 }, { button: 'right' }),
      () => pane.drag(at, { x: at.x, y: at.y - 30 }, { keys: ['Control'] }),
    ]) {
      await act();
      const now = await pane.zoom();
      assert.ok(now > zoom * 1.2, `${zoom} became ${now}`);
      zoom = now;
      await pane.wheel(at, 0);
      assert.equal(await under(), 'x 40 y 50');
    }
  });

  test('+, - and = zoom and fit; z gives the left button to it', async () => {
    await open(ct.file);
    const fit = await pane.zoom();
    await pane.press('+', '+');
    assert.ok(Math.abs((await pane.zoom()) / fit - 1.5625) < 0.01);
    await pane.press('-');
    assert.ok(Math.abs((await pane.zoom()) / fit - 1.25) < 0.01);
    await pane.press('=');
    assert.equal(await pane.zoom(), fit);
    await pane.press('z');
    await pane.drag({ x: 200, y: 300 }, { x: 200, y: 200 });
    assert.ok(Math.abs((await pane.zoom()) / fit - Math.E) < 0.05);
  });

  test('. shows one image pixel on one screen pixel, a double click fits', async () => {
    await open(retina);
    const fit = await pane.zoom();
    await pane.press('.');
    assert.equal(await pane.zoom(), 1);
    const box = await pane.box();
    await page.page.mouse.dblclick(box.x + 200, box.y + 200);
    assert.equal(await pane.zoom(), fit);
  });

  test('the buttons of the toolbar zoom, fit, turn and choose what a drag does', async () => {
    await open(ct.file);
    await pane.press('1');
    const fit = await pane.zoom();
    await page.at('tool-zoom-in').click();
    assert.ok((await pane.zoom()) > fit * 1.2);
    await page.at('tool-zoom-out').click();
    await page.at('tool-zoom-out').click();
    assert.ok((await pane.zoom()) < fit);
    await page.at('tool-actual').click();
    assert.equal(await pane.zoom(), 1);
    await page.at('tool-fit').click();
    assert.equal(await pane.zoom(), fit);
    const last = ct.width - 1;
    const expected = shade(hu(37, 33), 400, 40);
    for (const [id, to] of [
      ['tool-rotate-right', [last - 33, 37]],
      ['tool-rotate-left', [37, 33]],
      ['tool-flip-h', [last - 37, 33]],
      ['tool-flip-v', [last - 37, last - 33]],
    ]) {
      await page.at(id).click();
      assert.ok(Math.abs((await pane.gray(...to)) - expected) <= 1, id);
    }
    await page.at('tool-reset').click();
    await page.at('tool-pan').click();
    await pane.press('1');
    const from = await pane.fitted(64.5, 64.5);
    const before = await pane.drawn(from.x, from.y);
    await pane.drag(from, { x: from.x - 50, y: from.y + 40 });
    assert.deepEqual(await pane.drawn(from.x - 50, from.y + 40), before);
    await page.at('tool-invert').click();
    assert.deepEqual(await pane.drawn(from.x - 50, from.y + 40), before.map((shade) => 255 - shade));
  });

  test('arrows move a single image', async () => {
    await open(ct.file);
    await pane.press('1');
    const at = await pane.fitted(64.5, 64.5);
    const before = await pane.drawn(at.x, at.y);
    await pane.press('ArrowRight', 'ArrowDown');
    assert.deepEqual(await pane.drawn(at.x - 40, at.y - 40), before);
    await pane.press('ArrowLeft', 'ArrowUp');
    assert.deepEqual(await pane.drawn(at.x, at.y), before);
  });

  for (const [name, how] of [
    ['the middle button', { button: 'middle' }],
    ['Shift', { keys: ['Shift'] }],
  ]) {
    test(`${name} moves the image by the pointer's way`, async () => {
      await open(ct.file);
      await pane.press('1');
      const from = await pane.fitted(64.5, 64.5);
      const before = await pane.drawn(from.x, from.y);
      await pane.drag(from, { x: from.x + 60, y: from.y - 90 }, how);
      assert.deepEqual(await pane.drawn(from.x + 60, from.y - 90), before);
      assert.notDeepEqual(await pane.drawn(from.x, from.y), before);
    });
  }

  test('turns and flips move every pixel to its place, and the letters with it', async () => {
    await open(ct.file);
    await pane.press('1');
    const last = ct.width - 1;
    const edges = async () => Promise.all(['left', 'right', 'top', 'bottom'].map((side) => pane.says(`edge-${side}`)));
    assert.deepEqual(await edges(), ['R', 'L', 'A', 'P']);
    const cases = [
      ['r', (x, y) => [last - y, x], ['P', 'A', 'R', 'L']],
      ['l', (x, y) => [y, last - x], ['A', 'P', 'L', 'R']],
      ['h', (x, y) => [last - x, y], ['L', 'R', 'A', 'P']],
      ['v', (x, y) => [x, last - y], ['R', 'L', 'P', 'A']],
    ];
    for (const [key, to, letters] of cases) {
      await pane.press(key);
      for (const [x, y] of spots) {
        const expected = shade(hu(x, y), 400, 40);
        assert.ok(Math.abs((await pane.gray(...to(x, y))) - expected) <= 1, `${key} of (${x}, ${y})`);
      }
      assert.deepEqual(await edges(), letters);
      await pane.press('0', '1');
    }
  });
});

describe('slices', () => {
  test('wheel, arrows, Home, End and the slider go through them', async () => {
    await open(head.file);
    const says = () => pane.says('slice');
    assert.equal(await says(), 'slice 13/25');
    await pane.wheel({ x: 200, y: 200 }, 120);
    assert.equal(await says(), 'slice 14/25');
    await pane.wheel({ x: 200, y: 200 }, -120);
    await pane.press('ArrowUp');
    assert.equal(await says(), 'slice 12/25');
    await pane.press('ArrowDown', 'ArrowDown');
    assert.equal(await says(), 'slice 14/25');
    await pane.press('Home');
    assert.equal(await says(), 'slice 1/25');
    await pane.press('End', 'ArrowDown');
    assert.equal(await says(), 'slice 25/25');
    await pane.press('PageUp');
    assert.equal(await says(), 'slice 15/25');
    await pane.press('PageDown', 'ArrowUp');
    assert.equal(await says(), 'slice 24/25');
    await page.at('slice-range').fill('7');
    assert.equal(await says(), 'slice 7/25');
  });

  test('another slice is another picture, and going back brings the first one again', async () => {
    await open(head.file);
    const size = { width: 33, height: 41 };
    const row = async () => Promise.all([10, 14, 18, 22].map((x) => pane.gray(x, 20, size)));
    const first = await row();
    await pane.press('End');
    assert.notDeepEqual(await row(), first);
    await pane.press('Home', ...Array(12).fill('ArrowDown'));
    assert.deepEqual(await row(), first);
  });

  test('space plays and stops', async () => {
    await open(head.file);
    await pane.press('Home', 'Space');
    await page.page.getByTestId('slice').first().filter({ hasText: /slice [3-9]\/25/ }).waitFor();
    assert.equal(await page.at('tool-cine').getAttribute('aria-pressed'), 'true');
    await pane.press('Space');
    const stopped = await pane.says('slice');
    await page.page.waitForTimeout(400);
    assert.equal(await pane.says('slice'), stopped);
  });

  test('a trackpad moves by little steps, and its pinch zooms', async () => {
    await open(head.file);
    const at = { x: 200, y: 200 };
    for (let step = 0; step < 4; step += 1) await pane.wheel(at, 20);
    assert.equal(await pane.says('slice'), 'slice 15/25');
    const fit = await pane.zoom();
    await pane.wheel(at, -20, ['Control']);
    assert.ok(Math.abs((await pane.zoom()) / fit - Math.exp(0.2)) < 0.02);
    assert.equal(await pane.says('slice'), 'slice 15/25');
  });

  test('three planes cross where one clicks', async () => {
    await open(head.file);
    await pane.press('x');
    const [axial, coronal, sagittal] = ['viewer', 'viewer-coronal', 'viewer-sagittal'].map((id) => new Pane(page, id));
    await sagittal.canvas.waitFor();
    // Left, right, top and bottom of each plane, in the order of the panes.
    const letters = await Promise.all(
      ['left', 'right', 'top', 'bottom'].map((side) => page.at(`edge-${side}`).allTextContents()),
    );
    assert.deepEqual(letters, [
      ['R', 'R', 'A'],
      ['L', 'L', 'P'],
      ['A', 'S', 'S'],
      ['P', 'I', 'I'],
    ]);
    const box = await axial.box();
    const at = await axial.fitted(10.5, 30.5, { width: 33, height: 41 });
    await page.page.mouse.click(box.x + at.x, box.y + at.y);
    await axial.settled();
    assert.deepEqual(await page.at('slice').allTextContents(), ['slice 13/25', 'slice 31/41', 'slice 11/33']);
    // The same voxel has the same shade in all three: axial (10, 30) on slice 13 of 25 from the feet.
    const fromHead = 24 - 12;
    const shades = [
      await axial.gray(10, 30, { width: 33, height: 41 }),
      await coronal.gray(10, fromHead, { width: 33, height: 25 }),
      await sagittal.gray(30, fromHead, { width: 41, height: 25 }),
    ];
    assert.equal(new Set(shades).size, 1, String(shades));
    await pane.press('x');
    assert.equal(await page.at('viewer-coronal').count(), 0);
  });
});

describe('measurements', () => {
  /// Whole screen pixels near a point of the image, and the point of the image that they are.
  async function exact(x, y) {
    const box = await pane.box();
    const { scale, ...at } = await pane.fitted(x, y);
    const screen = { x: Math.round(at.x), y: Math.round(at.y) };
    const image = {
      x: (screen.x - box.width / 2) / scale + ct.width / 2,
      y: (screen.y - box.height / 2) / scale + ct.height / 2,
    };
    return { screen, image };
  }

  test('a length is in millimetres of the spacing', async () => {
    await open(ct.file);
    const [a, b] = [await exact(20, 30), await exact(60, 60)];
    await pane.press('d');
    await pane.drag(a.screen, b.screen);
    // About 50 pixels of 0.661468 mm: 33.1 mm.
    const mm = Math.hypot(b.image.x - a.image.x, b.image.y - a.image.y) * ct.mm;
    assert.ok(Math.abs(mm - 33.07) < 0.2);
    assert.match(await pane.says('measure'), /^\d+\.\d mm$/);
    assert.ok(Math.abs(Number.parseFloat(await pane.says('measure')) - mm) <= 0.11);
    await pane.press('Backspace');
    assert.equal(await page.at('measure').count(), 0);
  });

  test('a length of a picture without a spacing is in pixels', async () => {
    await open(retina);
    await page.at('tool-length').click();
    await pane.drag({ x: 100, y: 200 }, { x: 300, y: 200 });
    const box = await pane.box();
    const scale = Math.min(box.width, box.height) / 1411;
    const found = await pane.says('measure');
    assert.match(found, / px$/);
    assert.ok(Math.abs(Number.parseFloat(found) - 200 / scale) < 2, found);
  });

  test('an angle is drawn arm by arm', async () => {
    await open(ct.file);
    const [a, corner, b] = [await exact(20, 60), await exact(60, 60), await exact(60, 20)];
    await pane.press('g');
    await pane.drag(a.screen, corner.screen);
    await pane.drag(b.screen, { x: b.screen.x, y: b.screen.y + 4 });
    const degrees = Number.parseFloat(await pane.says('measure'));
    assert.ok(Math.abs(degrees - 90) < 0.6, String(degrees));
  });

  test('an ellipse has the mean and deviation of the Hounsfield units in it', async () => {
    await open(ct.file);
    const [a, b] = [await exact(40, 40), await exact(60, 60)];
    await page.at('tool-ellipse').click();
    await pane.drag(a.screen, b.screen);
    const values = [];
    const middle = { x: (a.image.x + b.image.x) / 2, y: (a.image.y + b.image.y) / 2 };
    const radius = { x: (b.image.x - a.image.x) / 2, y: (b.image.y - a.image.y) / 2 };
    for (let y = 0; y < ct.height; y += 1) {
      for (let x = 0; x < ct.width; x += 1) {
        const far = Math.hypot((x + 0.5 - middle.x) / radius.x, (y + 0.5 - middle.y) / radius.y);
        if (far <= 1) values.push(hu(x, y));
      }
    }
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    const area = Math.PI * radius.x * radius.y * ct.mm ** 2;
    const found = /^mean (\S+) HU, SD (\S+), (\S+) mm², (\d+) px$/.exec(await pane.says('measure'));
    assert.ok(found, await pane.says('measure'));
    const numbers = found.slice(1).map(Number);
    for (const [place, expected] of [mean, deviation, area, values.length].entries()) {
      assert.ok(Math.abs(numbers[place] - expected) <= 0.06, `${numbers} / ${[mean, deviation, area, values.length]}`);
    }
  });

  test('the scale bar is as long as it says', async () => {
    await open(ct.file);
    const { scale } = await pane.fitted(0, 0);
    const bar = page.at('scale-bar');
    const mm = Number(await bar.getAttribute('data-mm'));
    const width = await bar.locator('.scale-line').evaluate((line) => line.getBoundingClientRect().width);
    assert.ok(Math.abs(width - (mm / ct.mm) * scale) < 0.5, `${mm} mm are ${width} px`);
  });
});

describe('metadata', () => {
  test('is searched, and says what identifies the patient', async () => {
    await open(ct.file);
    await pane.press('t');
    const rows = page.at('meta-table').locator('tbody tr');
    assert.ok((await rows.count()) > 50);
    await page.at('meta-search').fill('patientname');
    assert.equal(await rows.count(), 1);
    assert.match(await rows.first().innerText(), /\(0010,0010\)\s+PatientName\s*identifies\s+CompressedSamples\^CT1/i);
    await page.at('meta-search').fill('modality');
    assert.doesNotMatch(await rows.first().innerText(), /identifies/);
    await page.at('meta-search').fill('');
    await page.at('meta-identifying').check();
    const marked = await page.at('meta-table').locator('tbody tr.identifying').count();
    assert.equal(await rows.count(), marked);
    await page.page.keyboard.press('Escape');
  });
});

describe('an image that was closed', () => {
  test('opens again from the same file, and as it was at first', async () => {
    await open(ct.file);
    const first = await pane.says('window-level');
    await pane.press('2');
    assert.notEqual(await pane.says('window-level'), first);
    await page.page.getByRole('button', { name: 'Close this image' }).click();
    await page.at('viewer').waitFor({ state: 'detached' });
    await page.openImage(ct.file);
    pane = new Pane(page);
    await pane.settled();
    assert.equal(await pane.says('window-level'), first);
  });
});

describe('two images', () => {
  async function openTwo() {
    await open(retina);
    await page.openImage(ct.file);
    await page.page.getByText('CT_small').first().waitFor();
    await page.page.locator('.strip .thumb').nth(1).waitFor();
    await pane.settled();
    await pane.press('1');
  }

  test('the arrows and the strip go from one to the other', async () => {
    await openTwo();
    const name = () => page.page.locator('.stage-sort').innerText();
    assert.match(await name(), /DICOM/);
    await pane.press('ArrowLeft');
    assert.match(await name(), /JPEG/);
    await pane.press('ArrowRight');
    assert.match(await name(), /DICOM/);
    await page.page.locator('.strip .thumb').first().click();
    assert.match(await name(), /JPEG/);
  });

  test('side by side they zoom and move together', async () => {
    await openTwo();
    await pane.press('s');
    const other = new Pane(page, 'viewer-other');
    await other.canvas.waitFor();
    const zooms = async () => (await page.at('zoom').allTextContents()).map(Number.parseFloat);
    const before = await zooms();
    await pane.press('+');
    const after = await zooms();
    for (const place of [0, 1]) assert.ok(Math.abs(after[place] / before[place] - 1.25) < 0.02, `${before} ${after}`);
  });

  test('the slider shows the one on its left and the other on its right', async () => {
    await openTwo();
    await page.at('tool-slider').click();
    await page.at('compare-slider').waitFor();
    const parts = async (share) => {
      await page.at('compare-slider').fill(String(share));
      await pane.settled();
      const box = await page.at('panes').boundingBox();
      return page.page.screenshot({ clip: { ...box, height: box.height - 80 } });
    };
    const [all, none, half] = [await parts(1), await parts(0), await parts(0.5)];
    const { left, right } = await page.page.evaluate(compareHalves, [all, none, half].map((p) => p.toString('base64')));
    assert.ok(left.all < 1 && left.none > 3, JSON.stringify(left));
    assert.ok(right.none < 1 && right.all > 3, JSON.stringify(right));
  });
});

/// Runs in the page: how much the left and right part of the third picture differ from the first and the second.
async function compareHalves(pictures) {
  const [all, none, half] = await Promise.all(
    pictures.map(async (data) => {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, bitmap.width, bitmap.height);
    }),
  );
  const differ = (a, from, to) => {
    let sum = 0;
    let count = 0;
    for (let y = 60; y < a.height - 60; y += 3) {
      for (let x = Math.floor(from * a.width); x < to * a.width; x += 3) {
        const at = 4 * (y * a.width + x);
        sum += Math.abs(a.data[at] - half.data[at]);
        count += 1;
      }
    }
    return sum / count;
  };
  return {
    left: { all: differ(all, 0.2, 0.45), none: differ(none, 0.2, 0.45) },
    right: { all: differ(all, 0.55, 0.8), none: differ(none, 0.55, 0.8) },
  };
}

describe('touch', () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

  /// Fingers as the browser's own protocol sends them; it remembers those that are down for as long as it is connected.
  async function fingers() {
    const session = await page.page.context().newCDPSession(page.page);
    const box = await pane.box();
    return async (type, points) => {
      const touchPoints = points.map(([x, y], id) => ({ x: box.x + x, y: box.y + y, id }));
      await session.send('Input.dispatchTouchEvent', { type, touchPoints });
      await pane.settled();
    };
  }

  test('two fingers zoom and move, one finger windows', async () => {
    await open(ct.file, phone);
    const touch = await fingers();
    const fit = await pane.zoom();
    await touch('touchStart', [[100, 100]]);
    await touch('touchStart', [
      [100, 100],
      [150, 100],
    ]);
    await touch('touchMove', [
      [75, 100],
      [175, 100],
    ]);
    await touch('touchEnd', []);
    assert.ok(Math.abs((await pane.zoom()) / fit - 2) < 0.1, `${fit} became ${await pane.zoom()}`);
    const before = await pane.says('window-level');
    await touch('touchStart', [[100, 100]]);
    await touch('touchMove', [[140, 100]]);
    await touch('touchEnd', []);
    assert.notEqual(await pane.says('window-level'), before);
  });
});

describe('the model', () => {
  test('gets exactly the slice, window, inversion and turn that are shown', async () => {
    const context = await around.browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript(() => {
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, transfer) {
        if (Array.isArray(message) && String(message[0]).startsWith('{"ask"')) {
          globalThis.given = { text: message[0], pixels: [...new Uint8Array(message[1])] };
        }
        return post.call(this, message, transfer);
      };
    });
    page = new UniMedPage(await context.newPage());
    await page.page.goto(around.site.url);
    await page.at('prompt').waitFor();
    await page.openImage(ct.file);
    pane = new Pane(page);
    await pane.press('1', 'i', 'r');
    assert.match(await pane.says('model-gets'), /as shown \(W 400 L 40, inverted, turned right\)/);
    await page.ask('What kind of image is this?');
    await page.page.waitForFunction(() => globalThis.given, undefined, { timeout: 120_000 });
    const given = await page.page.evaluate(() => globalThis.given);
    assert.equal(given.pixels.length, 4 * ct.width * ct.height);
    for (const [x, y] of spots) {
      const at = 4 * (x * ct.width + (ct.width - 1 - y));
      const expected = 255 - shade(hu(x, y), 400, 40);
      assert.ok(Math.abs(given.pixels[at] - expected) <= 1, `(${x}, ${y}): ${given.pixels[at]}, ${expected} expected`);
    }
  });
});
