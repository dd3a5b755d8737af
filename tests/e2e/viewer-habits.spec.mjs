// Habits of readers that are the person's own: marks that are changed, keys and buttons that are bound anew; and two
// images compared as millimetres.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { dicom, numbers } from './support/made.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';
import { Pane, ct, head, hounsfield, shade } from './support/viewer.mjs';

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
let pane;
afterEach(async () => {
  const { problems } = page;
  await page.close();
  assert.deepEqual(problems, []);
});

async function open(file, options) {
  page = await UniMedPage.open(around.browser, around.site.url, options);
  await page.openImage(file);
  pane = new Pane(page);
  await pane.settled();
}

/// Points of the screen that are whole pixels, and the points of the CT slice under them.
async function points(...list) {
  const box = await pane.box();
  const found = [];
  for (const [x, y] of list) {
    const { scale, ...at } = await pane.fitted(x, y);
    const screen = { x: Math.round(at.x), y: Math.round(at.y) };
    const image = {
      x: (screen.x - box.width / 2) / scale + ct.width / 2,
      y: (screen.y - box.height / 2) / scale + ct.height / 2,
    };
    found.push({ screen, image });
  }
  return found;
}

const mm = (a, b) => Math.hypot(b.image.x - a.image.x, b.image.y - a.image.y) * ct.mm;

/// The lightest yellow near a point of the pane, as marks are drawn in it.
async function yellowAt({ x, y }) {
  const box = await pane.box();
  const clip = { x: box.x + x - 1, y: box.y + y - 1, width: 3, height: 3 };
  const png = (await page.page.screenshot({ clip })).toString('base64');
  const [red, green, blue] = await page.page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(3, 3).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return [...context.getImageData(1, 1, 1, 1).data];
  }, png);
  return red > 200 && green > 180 && blue < 140;
}

describe('marks', () => {
  test('the end of a length is dragged, with any tool, and the number follows', async () => {
    await open(ct.file);
    const [a, b, c] = await points([20, 30], [60, 60], [90, 20]);
    await pane.press('d');
    await pane.drag(a.screen, b.screen);
    await pane.press('w');
    const window = await pane.says('window-level');
    await pane.drag(b.screen, c.screen);
    assert.equal(await page.at('measure').count(), 1);
    assert.ok(Math.abs(Number.parseFloat(await pane.says('measure')) - mm(a, c)) <= 0.11);
    assert.equal(await pane.says('window-level'), window, 'the drag did not window');
    assert.ok(await yellowAt(c.screen), 'the end is drawn at its new place');
    assert.ok(!(await yellowAt(b.screen)), 'and no more at the old one');
    // The other end as well.
    await pane.drag(a.screen, b.screen);
    assert.ok(Math.abs(Number.parseFloat(await pane.says('measure')) - mm(b, c)) <= 0.11);
  });

  test('a drag beside the end windows as ever, and a drag of the corner changes an angle', async () => {
    await open(ct.file);
    const [a, corner, b, far] = await points([20, 60], [60, 60], [60, 20], [20, 20]);
    await pane.press('g');
    await pane.drag(a.screen, corner.screen);
    await pane.drag(b.screen, { x: b.screen.x, y: b.screen.y + 1 });
    await pane.press('w');
    const before = await pane.says('window-level');
    await pane.drag(far.screen, { x: far.screen.x + 60, y: far.screen.y });
    assert.notEqual(await pane.says('window-level'), before);
    assert.ok(Math.abs(Number.parseFloat(await pane.says('measure')) - 90) < 0.6);
    // The corner at (20, 20): its arms go down to (20, 60) and right to (60, 20).
    await pane.drag(corner.screen, far.screen);
    assert.ok(Math.abs(Number.parseFloat(await pane.says('measure')) - 90) < 0.6);
    // The end at (60, 20) to the old corner: 45 degrees.
    await pane.drag({ x: b.screen.x, y: b.screen.y + 1 }, corner.screen);
    assert.ok(Math.abs(Number.parseFloat(await pane.says('measure')) - 45) < 0.6);
  });

  test('an ellipse that is made larger counts its pixels anew', async () => {
    await open(ct.file);
    const hu = hounsfield();
    const [a, b, c] = await points([40, 40], [50, 50], [64, 60]);
    await pane.press('e');
    await pane.drag(a.screen, b.screen);
    await pane.drag(b.screen, c.screen);
    const middle = { x: (a.image.x + c.image.x) / 2, y: (a.image.y + c.image.y) / 2 };
    const radius = { x: (c.image.x - a.image.x) / 2, y: (c.image.y - a.image.y) / 2 };
    const values = [];
    for (let y = 0; y < ct.height; y += 1) {
      for (let x = 0; x < ct.width; x += 1) {
        if (Math.hypot((x + 0.5 - middle.x) / radius.x, (y + 0.5 - middle.y) / radius.y) <= 1) values.push(hu(x, y));
      }
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const found = /^mean (\S+) HU.* (\d+) px$/.exec(await pane.says('measure'));
    assert.ok(Math.abs(Number(found[1]) - mean) <= 0.06, `${found[1]}, ${mean} expected`);
    assert.equal(Number(found[2]), values.length);
  });

  test('Escape gives up what is being drawn, and what is being changed', async () => {
    await open(ct.file);
    const [a, b, c] = await points([20, 30], [60, 60], [90, 20]);
    await pane.press('g');
    await pane.drag(a.screen, b.screen);
    assert.equal(await page.at('measure').count(), 1);
    await pane.press('Escape');
    assert.equal(await page.at('measure').count(), 0);
    await pane.press('d');
    await pane.drag(a.screen, b.screen);
    const length = await pane.says('measure');
    const box = await pane.box();
    const { mouse } = page.page;
    await mouse.move(box.x + b.screen.x, box.y + b.screen.y);
    await mouse.down();
    await mouse.move(box.x + c.screen.x, box.y + c.screen.y, { steps: 3 });
    assert.notEqual(await pane.says('measure'), length);
    await pane.press('Escape');
    await mouse.up();
    assert.equal(await pane.says('measure'), length);
  });

  test('marks stay on their slice', async () => {
    await open(head.file);
    await pane.press('d');
    await pane.drag({ x: 200, y: 200 }, { x: 300, y: 200 });
    assert.equal(await page.at('measure').count(), 1);
    await pane.press('ArrowDown');
    assert.equal(await page.at('measure').count(), 0);
    await pane.press('ArrowUp');
    assert.equal(await page.at('measure').count(), 1);
  });
});

describe('keys and buttons', () => {
  test('a key is changed in the list, says so in the tooltip, and is still there on the next visit', async () => {
    await open(ct.file);
    const hu = hounsfield();
    const drawn = async (expected) => assert.ok(Math.abs((await pane.gray(37, 33)) - expected) <= 1);
    const normal = shade(hu(37, 33), 400, 40);
    await pane.press('1', '?');
    await page.at('key-invert').click();
    await page.page.keyboard.press('q');
    assert.match(await page.at('key-invert').innerText(), /^q$/);
    await page.page.keyboard.press('Escape');
    await pane.press('q');
    await drawn(255 - normal);
    await pane.press('i');
    await drawn(255 - normal);
    assert.equal(await page.at('tool-invert').getAttribute('title'), 'Invert (q)');
    await page.page.reload();
    await page.openImage(ct.file);
    await pane.press('1', 'q');
    await drawn(255 - normal);
    // Back to the standard.
    await pane.press('?');
    await page.at('standard-keys').click();
    await page.page.keyboard.press('Escape');
    await pane.press('i');
    await drawn(normal);
  });

  test('a key that is taken is refused with what it does', async () => {
    await open(ct.file);
    await pane.press('?');
    await page.at('key-invert').click();
    await page.page.keyboard.press('h');
    assert.equal(await page.at('key-trouble').innerText(), 'h is taken: flip left to right.');
    assert.match(await page.at('key-invert').innerText(), /^i$/);
    await page.at('key-invert').click();
    await page.page.keyboard.press('/');
    assert.match(await page.at('key-trouble').innerText(), /page itself/);
  });

  test('the middle button can window', async () => {
    await open(ct.file);
    await pane.press('1', '?');
    await page.at('drag-middle').selectOption('window and level');
    await page.page.keyboard.press('Escape');
    await pane.drag({ x: 100, y: 100 }, { x: 150, y: 100 }, { button: 'middle' });
    assert.equal(await pane.says('window-level'), `W ${(400 + (50 * 2063) / 768).toFixed(0)} L 40`);
  });
});

describe('compared images', () => {
  /// A black slice with a bright square of 4 x 4 mm whose corner is at a point of the patient, mm.
  function square({ side, mm, at, corner, series, frame }) {
    const inside = (pixel, axis) => {
      const place = at[axis] + pixel * mm;
      return place >= corner[axis] && place < corner[axis] + 4;
    };
    const pixels = numbers(side, side, (x, y) => (inside(x, 0) && inside(y, 1) ? 1000 : 0));
    return dicom(side, side, pixels, { mm, at, series, frame });
  }

  /// The box of bright pixels on a canvas, in CSS pixels.
  async function bright(testId) {
    return page.at(testId).evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const box = { left: Infinity, top: Infinity, right: -1, bottom: -1 };
      for (let y = 0; y < canvas.height; y += 1) {
        for (let x = 0; x < canvas.width; x += 1) {
          if (data[4 * (y * canvas.width + x)] < 128) continue;
          box.left = Math.min(box.left, x);
          box.right = Math.max(box.right, x + 1);
          box.top = Math.min(box.top, y);
          box.bottom = Math.max(box.bottom, y + 1);
        }
      }
      return box;
    });
  }

  async function openBoth(frame) {
    const file = (name, buffer) => ({ name, mimeType: 'application/dicom', buffer });
    // The same square of the patient: 100 mm around (50, 50), and 50 mm around (70, 60) in finer pixels.
    const wide = square({ side: 100, mm: 1, at: [0, 0, 0], corner: [70, 60], series: '1', frame: '9' });
    const fine = square({ side: 200, mm: 0.25, at: [45, 35, 0], corner: [70, 60], series: '2', frame });
    await open(file('fine.dcm', fine));
    await page.openFile(file('wide.dcm', wide));
    await page.page.locator('.strip .thumb').nth(1).waitFor();
    await pane.press('s');
    await page.at('viewer-other').waitFor();
    await pane.settled();
  }

  test('a place of the patient is at the same place of both panes, as large in both', async () => {
    await openBoth('9');
    for (const keys of [[], ['+', '+'], ['r']]) {
      await pane.press(...keys);
      const [one, other] = [await bright('viewer'), await bright('viewer-other')];
      for (const side of ['left', 'top', 'right', 'bottom']) {
        // Half a coarse pixel is where the two grids differ.
        assert.ok(Math.abs(one[side] - other[side]) <= 6, `${keys}: ${JSON.stringify([one, other])}`);
      }
    }
  });

  test('in other frames of reference only the size is the same', async () => {
    await openBoth('8');
    const [one, other] = [await bright('viewer'), await bright('viewer-other')];
    assert.ok(Math.abs(one.right - one.left - (other.right - other.left)) <= 4, JSON.stringify([one, other]));
    assert.ok(Math.abs(one.left - other.left) > 20);
  });

  test('a drag in the second pane moves both by its way', async () => {
    await openBoth('9');
    const before = [await bright('viewer'), await bright('viewer-other')];
    const second = new Pane(page, 'viewer-other');
    await second.drag({ x: 100, y: 200 }, { x: 130, y: 180 }, { keys: ['Shift'] });
    const after = [await bright('viewer'), await bright('viewer-other')];
    for (const place of [0, 1]) {
      assert.ok(Math.abs(after[place].left - before[place].left - 30) <= 1, JSON.stringify([before, after]));
      assert.ok(Math.abs(after[place].top - before[place].top + 20) <= 1, JSON.stringify([before, after]));
    }
  });
});
