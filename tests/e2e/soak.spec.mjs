// Long use: what a person does again and again leaves nothing behind, neither in the document nor in memory. Half a minute of
// it every day; an hour with `cargo xtask test --all`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { UniMedPage } from './support/page.mjs';
import { devices, root, siteAndBrowser } from './support/surroundings.mjs';
import { withoutTraces } from './support/traces.mjs';

withoutTraces();

const images = ['brain.png', 'chest.png', 'microaneurysms.png'].map((name) => join(root, 'public/samples', name));
const minutes = Number(process.env.UNIMED_SOAK_MINUTES ?? (process.env.UNIMED_ALL === '1' ? 60 : 0.5));
const MiB = 1024 * 1024;

/// Cycles after which everything has been used and every cache is full.
const warm = 6;
/// What may be added between the first look after those and the last, however long it took. For the page that is one screen of the
/// viewer's pixels (640 x 640 in four bytes are 1.6 MiB): on a slow machine two of them are alive at once for the first time after
/// the first look; in 55 cycles on a faster one nothing was added.
const bounds = { listeners: 50, heap: 3, page: 2, engine: 16, decoder: 1 };
/// Nodes for words in each cycle: three are typed, and the browser keeps two nodes of each for Ctrl+Z, of the last thousand. An
/// empty page with nothing but a text field does so too (Chromium 156). Beyond those, so many nodes may be added.
const typedEach = 6;
const undone = 2000;
const nodesBeside = 40;

const around = siteAndBrowser({ flags: devices.cpu.flags });

/// A program's memory in MiB. Its glue is loaded already, so this import only gives access to it.
const memoryOf = async (glue) => (await (await import(glue)).default()).memory.buffer.byteLength / 2 ** 20;

/// Nodes and listeners of the document, the heap of its scripts, the memories of the three programs (MiB).
async function look(page) {
  const session = await page.page.context().newCDPSession(page.page);
  await session.send('Performance.enable');
  for (let round = 0; round < 3; round += 1) {
    await session.send('HeapProfiler.collectGarbage');
    await page.page.waitForTimeout(100);
  }
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  const metric = (name) => metrics.find((metric) => metric.name === name).value;
  const worker = (name) => page.page.workers().find((worker) => worker.url().endsWith(`/${name}_loader.js`));
  return {
    nodes: metric('Nodes'),
    listeners: metric('JSEventListeners'),
    heap: metric('JSHeapUsedSize') / MiB,
    page: await page.page.evaluate(memoryOf, './app.js'),
    engine: await worker('worker').evaluate(memoryOf, new URL('threads.js', around.site.url).href),
    decoder: await worker('decoder').evaluate(memoryOf, new URL('decoder.js', around.site.url).href),
  };
}

/// Opens an image, asks, makes, looks closer at both, and puts everything away.
async function cycle(page, number) {
  await page.openImage(images[number % images.length]);
  const { state } = await page.answered('What is abnormal?');
  assert.equal(state, 'done');
  await page.at('looked').click();
  await page.at('gaze').waitFor();
  await page.at('looked').click();
  await page.at('mode-paint').click();
  await page.at('task').selectOption('Change');
  assert.equal((await page.painted('Make this image sharper.')).state, 'done');
  await page.at('show-difference').click();
  await page.at('difference').waitFor();
  await page.at('compare-source').click();
  await page.at('compare-slider').waitFor();
  await page.at('device').click();
  await page.page.keyboard.press('Escape');
  // What is under way when it is no longer wanted.
  await page.ask('Write a report.');
  const stop = page.at('stop');
  if (await stop.count()) await stop.click({ timeout: 1_000 }).catch(() => {});
  await page.ended(page.at('answer').nth(1));
  await page.forget();
  const close = page.page.getByRole('button', { name: 'Close this image' });
  while (await close.count()) await close.click();
  await page.at('viewer').waitFor({ state: 'detached' });
}

const words = (figures) => Object.entries(figures).map(([name, value]) => `${name} ${Number(value.toFixed(1))}`).join(', ');

test(`${minutes} minutes of opening, asking, making and putting away leave nothing behind`, { timeout: (minutes + 10) * 60_000 }, async () => {
  const page = await UniMedPage.open(around.browser, around.site.url);
  await page.set({ Steps: 2 });
  for (let number = 0; number < warm; number += 1) await cycle(page, number);
  const first = await look(page);
  const start = Date.now();
  let cycles = 0;
  while (Date.now() - start < minutes * 60_000) {
    await cycle(page, cycles);
    cycles += 1;
    if (cycles % 20 === 0) console.log(`figure: soak after ${cycles} cycles: ${words(await look(page))}`);
  }
  const last = await look(page);
  const took = ((Date.now() - start) / 60_000).toFixed(1);
  console.log(`figure: soak: ${cycles} cycles in ${took} min; before: ${words(first)}; after: ${words(last)}`);
  for (const [name, most] of Object.entries({ ...bounds, nodes: Math.min(undone, typedEach * cycles) + nodesBeside })) {
    const grown = last[name] - first[name];
    assert.ok(grown <= most, `${name} grew by ${grown}, at most ${most} are allowed`);
  }
  assert.ok(cycles >= 3, `${cycles} cycles show nothing`);
  assert.deepEqual(page.problems, []);
  await page.close();
});
