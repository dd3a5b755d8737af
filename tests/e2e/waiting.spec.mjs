// Words that are sent while their image is still being read: they wait for it and say so, and without it nothing is asked.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { dicom, numbers, png } from './support/made.mjs';
import { UniMedPage } from './support/page.mjs';
import { devices, siteAndBrowser } from './support/surroundings.mjs';
import { Pane } from './support/viewer.mjs';

const side = 512;
/// A picture of one colour, so that a single pixel tells which one reached the engine.
const picture = (name, colour, size = side) => ({ name, bytes: png(size, size, colour) });
const red = picture('red.png', [200, 30, 40]);
const green = picture('green.png', [20, 180, 60]);
const blue = picture('blue.png', [10, 60, 220]);
const broken = { name: 'broken.png', bytes: red.bytes.subarray(0, 100) };
/// A TIFF of 4400 x 4400 pixels in one strip, which takes half a second or more to unpack.
const slow = { name: 'slow.tif', bytes: largeTiff(4400, [90, 160, 230]) };
/// Slices whose values are 100 times their number, through a window of their own.
const series = Array.from({ length: 40 }, (_, place) => ({
  name: `slice${place}.dcm`,
  bytes: dicom(256, 256, numbers(256, 256, (x, y) => 10 * place + ((x + y) % 8)), {
    mm: 1,
    at: [0, 0, 2 * place],
    number: place + 1,
  }),
}));

const around = siteAndBrowser({ flags: devices.cpu.flags });
let page;
beforeEach(async () => {
  const context = await around.browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  await context.addInitScript(listen);
  page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(60_000);
  await page.page.goto(around.site.url);
  await page.at('prompt').waitFor();
});
afterEach(async () => {
  const problems = page.problems;
  await page.close();
  assert.deepEqual(problems, []);
});

/// In the page: notes what goes to the engine, and drops files and sends words in one go, without a pause in which
/// anything could be read.
function listen() {
  globalThis.given = [];
  globalThis.started = [];
  globalThis.Worker = class extends Worker {
    constructor(file, options) {
      super(file, options);
      globalThis.started.push([String(file), this]);
      // After the page has heard it.
      const heard = ({ data }) => String(data[0]).includes('"reading"') && setTimeout(() => globalThis.dies?.(this));
      if (String(file).includes('decoder')) this.addEventListener('message', heard);
    }
  };
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, transfer) {
    const head = Array.isArray(message) ? String(message[0]) : '';
    if (head.startsWith('{"ask"') || head.startsWith('{"paint"')) {
      const images = message.slice(1).map((buffer) => ({ bytes: buffer.byteLength, first: [...new Uint8Array(buffer, 0, 4)] }));
      globalThis.given.push({ text: head, images });
    }
    return post.call(this, message, transfer);
  };
  const at = (id) => document.querySelector(`[data-testid="${id}"]`);
  globalThis.drop = (files) => {
    const data = new DataTransfer();
    for (const { name, bytes } of files) data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
    const zone = at('drop-zone');
    zone.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
  };
  globalThis.type = (words) => {
    const box = at('prompt');
    box.value = words;
    box.dispatchEvent(new InputEvent('input', { bubbles: true }));
    box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  };
}

function packed(files) {
  return files.map(({ name, bytes }) => ({ name, bytes: bytes.toString('base64') }));
}

async function drop(...files) {
  await page.page.evaluate((files) => globalThis.drop(files), packed(files));
}

async function dropAndAsk(files, words = 'What kind of image is this?') {
  await page.page.evaluate(
    ([files, words]) => {
      globalThis.drop(files);
      globalThis.type(words);
    },
    [packed(files), words],
  );
}

async function type(words = 'What kind of image is this?') {
  await page.page.evaluate((words) => globalThis.type(words), words);
}

/// What the engine has been given, once it has been given as much.
async function given(count = 1) {
  await page.page.waitForFunction((count) => globalThis.given.length >= count, count, { timeout: 120_000 });
  return page.page.evaluate(() => globalThis.given);
}

/// The only thing that the engine was given has these pictures, told by their colours.
async function gets(...colours) {
  const all = await given();
  assert.equal(all.length, 1, JSON.stringify(all));
  assert.deepEqual(
    all[0].images.map(({ first }) => first),
    colours.map((colour) => [...colour, 255]),
  );
  return all[0];
}

const colourOf = { red: [200, 30, 40], green: [20, 180, 60], blue: [10, 60, 220] };
const waits = () => page.at('progress').filter({ hasText: /Waiting for the image/ });
const thumbs = () => page.page.locator('.said-thumb').evaluateAll((all) => all.map(({ title }) => title));

/// No request to the engine comes, however long one waits for what is under way.
async function nothingAsked() {
  assert.equal(await page.ended(page.page.locator('[data-testid="answer"], [data-testid="painted"]').last()), await lost());
  assert.deepEqual(await page.page.evaluate(() => globalThis.given), []);
}

async function lost() {
  await page.at('error').filter({ hasText: /asked nothing/ }).waitFor();
  return `error: ${await page.errorText()}`;
}

describe('a question sent together with its file', () => {
  for (let turn = 0; turn < 3; turn += 1) {
    test(`has the image (${turn + 1})`, async () => {
      await dropAndAsk([red]);
      const { text } = await gets(colourOf.red);
      assert.match(text, /"width":512/);
      assert.equal(await page.ended(page.at('answer').last()), 'done');
      assert.deepEqual(await thumbs(), ['red.png']);
    });
  }

  test('has a slow image too, and says that it waits for it', async () => {
    await dropAndAsk([slow]);
    await waits().filter({ hasText: 'slow.tif' }).waitFor();
    await gets([90, 160, 230]);
  });

  test('has the slice of a series that is shown first', async () => {
    await dropAndAsk(series);
    const { text, images } = await gets(...(await given())[0].images.map(({ first }) => first.slice(0, 3)));
    assert.match(text, /"width":256/);
    assert.equal(images.length, 1);
    assert.match((await thumbs())[0], /slice 21\/40/);
    assert.match(await new Pane(page).says('slice'), /slice 21\/40/);
  });

  test('is about the first of several images, and of two drops about the later', async () => {
    await dropAndAsk([red, green]);
    await gets(colourOf.red);
    assert.equal(await page.ended(page.at('answer').last()), 'done');
    await page.page.evaluate(() => (globalThis.given.length = 0));
    await page.page.evaluate(
      ([first, second]) => {
        globalThis.drop(first);
        globalThis.drop(second);
        globalThis.type('What is this?');
      },
      [packed([slow]), packed([blue])],
    );
    await gets(colourOf.blue);
  });

  test('is about the new image although another one is open', async () => {
    await drop(red);
    await page.at('viewer').waitFor();
    await dropAndAsk([blue]);
    await gets(colourOf.blue);
    assert.deepEqual(await thumbs(), ['blue.png']);
  });

  test('is about the old image when the person turned back to it', async () => {
    await drop(red);
    await page.at('viewer').waitFor();
    await drop(slow);
    await page.page.locator('.attached-name', { hasText: 'slow.tif' }).waitFor();
    await page.page.locator('.thumb').first().click();
    await page.page.locator('.attached-name', { hasText: 'red.png' }).waitFor();
    await type();
    await gets(colourOf.red);
  });

  test('takes the other images along that were added', async () => {
    await drop(red, green);
    await page.page.locator('.thumb').nth(1).waitFor();
    await page.at('also').click();
    await dropAndAsk([blue]);
    await gets(colourOf.blue, colourOf.green);
  });
});

describe('when there is no image in the end', () => {
  test('nothing is asked, the page says why, and one click asks without it', async () => {
    await dropAndAsk([broken]);
    await nothingAsked();
    assert.match(await page.errorText(), /broken\.png could not be opened/);
    await page.page.getByRole('button', { name: 'Send without an image' }).click();
    await gets();
    assert.equal(await page.ended(page.at('answer').last()), 'done');
  });

  test('words that are edited are new words, about the image that is shown by then', async () => {
    await dropAndAsk([broken], 'What is abnormal?');
    await nothingAsked();
    await drop(green);
    await page.at('viewer').waitFor();
    await page.at('edit').click();
    assert.equal(await page.at('prompt').inputValue(), 'What is abnormal?');
    await page.at('send').click();
    await gets(colourOf.green);
  });

  test('an empty file is no image either', async () => {
    await dropAndAsk([{ name: 'empty.png', bytes: Buffer.alloc(0) }]);
    await nothingAsked();
  });

  test('nor does an image that is open take the place of the one that was meant', async () => {
    await drop(red);
    await page.at('viewer').waitFor();
    await dropAndAsk([broken]);
    await nothingAsked();
  });
});

describe('Make', () => {
  const make = async (files, words) => {
    await page.at('mode-paint').click();
    await page.at('task').selectOption({ index: 1 });
    await dropAndAsk(files, words);
  };

  test('starts from the image that is still being read, in all variations', async () => {
    await page.set({ Steps: 1 });
    await page.at('mode-paint').click();
    await page.at('variations').selectOption('2');
    await make([blue], 'Make it brighter');
    const all = await given(2);
    assert.deepEqual(
      all.map(({ images }) => images.map(({ first }) => first)),
      [[[...colourOf.blue, 255]], [[...colourOf.blue, 255]]],
    );
    for (const { text } of all) assert.match(text, /^\{"paint"/);
  });

  test('makes nothing when the image cannot be read', async () => {
    await make([broken], 'Make it brighter');
    await nothingAsked();
  });

  test('from words alone waits for nothing', async () => {
    await page.set({ Steps: 1 });
    await page.at('mode-paint').click();
    await dropAndAsk([slow], 'A chest X-ray');
    await gets();
  });
});

test('Stop ends the waiting, and asked again the words have their image', async () => {
  await dropAndAsk([slow]);
  await waits().waitFor();
  await page.at('stop').click();
  assert.equal(await page.ended(page.at('answer').last()), 'stopped');
  await page.at('viewer').waitFor();
  assert.deepEqual(await page.page.evaluate(() => globalThis.given), []);
  await page.at('again').click();
  await gets([90, 160, 230]);
});

test('what is asked is what was shown when it was sent, whatever is done to the image while it waits', async () => {
  // The model is held back, so that the question waits.
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await page.page.route('**/*.safetensors', async (route) => {
    await held;
    await route.continue();
  });
  await page.page.reload();
  await page.at('prompt').waitFor();
  await drop({ name: 'ct.dcm', bytes: dicom(64, 64, numbers(64, 64, (x, y) => 10 * x + y)) });
  await page.at('viewer').waitFor();
  const pane = new Pane(page);
  await pane.press('i');
  await type();
  await pane.press('i', 'r');
  await page.page.getByRole('button', { name: 'Close this image' }).click();
  await page.page.locator('.welcome').waitFor();
  go();
  const all = await given();
  assert.equal(all[0].images.length, 1);
  // The lowest value stands first, and inverted it is white.
  assert.deepEqual(all[0].images[0].first, [255, 255, 255, 255]);
});

test('a question outlives the decoder that dies over its file, and is not asked', async () => {
  await page.page.evaluate(
    (files) => {
      globalThis.dies = (decoder) => decoder.dispatchEvent(new ErrorEvent('error', { cancelable: true }));
      globalThis.drop(files);
      globalThis.type('What is this?');
    },
    packed([slow]),
  );
  await page.at('error').filter({ hasText: /asked nothing/ }).waitFor();
  assert.match(await page.errorText(), /slow\.tif could not be opened: reading it stopped the decoder/);
  assert.deepEqual(await page.page.evaluate(() => globalThis.given), []);
  await page.page.evaluate(() => delete globalThis.dies);
  await dropAndAsk([green]);
  await gets(colourOf.green);
});

test('a question is asked although a decoder died before it began with its file', async () => {
  // By then it listens.
  await drop(red);
  await page.at('viewer').waitFor();
  await page.page.evaluate(
    (files) => {
      globalThis.drop(files);
      globalThis.type('What is this?');
      const [, decoder] = globalThis.started.findLast(([file]) => file.includes('decoder'));
      decoder.dispatchEvent(new ErrorEvent('error', { cancelable: true }));
    },
    packed([green]),
  );
  await gets(colourOf.green);
});

describe('a sample', () => {
  test('that is asked about at once waits for its file to be fetched', async () => {
    let go;
    const held = new Promise((resolve) => (go = resolve));
    await page.page.route('**/samples/chest.png', async (route) => {
      await held;
      await route.continue();
    });
    await page.page.evaluate(() => {
      document.querySelectorAll('.sample')[1].click();
      globalThis.type('What is abnormal?');
    });
    await waits().filter({ hasText: 'Chest X-ray' }).waitFor();
    go();
    assert.equal((await given())[0].images.length, 1);
    assert.deepEqual(await thumbs(), ['Chest X-ray']);
  });

  test('of an example that cannot be fetched is not asked about', async () => {
    await page.page.route('**/samples/chest.png', (route) => route.abort());
    await page.page.locator('.example').nth(1).click();
    await nothingAsked();
    // The browser itself notes a request that failed.
    page.problems = page.problems.filter((problem) => !/ERR_FAILED/.test(problem));
  });
});

/// A TIFF with one strip of packed RGB pixels of one colour.
function largeTiff(size, [r, g, b]) {
  const pixels = Buffer.alloc(3 * size * size);
  for (let at = 0; at < pixels.length; at += 3) pixels.set([r, g, b], at);
  const strip = deflateSync(pixels, { level: 1 });
  const entries = [
    [256, 4, size],
    [257, 4, size],
    [258, 3, 8],
    [259, 3, 8],
    [262, 3, 2],
    [273, 4, 8],
    [277, 3, 3],
    [278, 4, size],
    [279, 4, strip.length],
  ];
  const head = Buffer.alloc(8);
  head.write('II*\0', 0, 'latin1');
  head.writeUInt32LE(8 + strip.length, 4);
  const directory = Buffer.alloc(2 + 12 * (entries.length + 1) + 4);
  // Bits of three channels stand outside of the entry.
  const bits = Buffer.from([8, 0, 8, 0, 8, 0]);
  const after = 8 + strip.length + directory.length;
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, type, value], place) => {
    const at = 2 + 12 * place;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(tag === 258 ? 3 : 1, at + 4);
    directory.writeUInt32LE(tag === 258 ? after : value, at + 8);
  });
  return Buffer.concat([head, strip, directory, bits]);
}
