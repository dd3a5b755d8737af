// embed.html in the page of another site: the guide's example as it is written there, every message, and who is not heard.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './support/axe.mjs';
import { startEmbeddableSite } from './support/embedding.mjs';
import { guideBlock, hosted, startForeignSite, strictPolicy } from './support/foreign-site.mjs';
import { startPlainHost } from './support/plain-host.mjs';
import { devices, startBrowser } from './support/surroundings.mjs';

let foreign;
let site;
let browser;
/// The foreign site under the name that the UniMed site knows, under one that it does not know, and under one that it knows and that
/// browsers take for another site, as a course has it.
let known;
let unknown;
let across;
/// Where the guide's example ran.
let visited;

before(async () => {
  const html = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A course</title>${body}`;
  const policy = `${strictPolicy.replace("img-src 'self'", "img-src 'self' http://localhost:*")}; frame-src http://127.0.0.1:*`;
  const files = { ...hosted, 'index.html': html(guideBlock('html', 3)), 'empty.html': html('<main></main>') };
  foreign = await startForeignSite(files, { policy });
  known = foreign.url;
  unknown = foreign.url.replace('127.0.0.1', 'localhost');
  across = foreign.url.replace('127.0.0.1', 'course.localhost');
  const origins = [known, across].map((url) => new URL(url).origin);
  [site, browser] = await Promise.all([startEmbeddableSite(origins), startBrowser(devices.cpu.flags)]);
  files['page.js'] = guideBlock('js', 2).replace('https://unimed.example', new URL(site.url).origin);
});
after(async () => {
  await browser.close();
  await Promise.all([site.stop(), foreign.stop()]);
});

async function open(url, options = {}, context = undefined) {
  context ??= await browser.newContext({ serviceWorkers: 'block', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  return page;
}

/// Puts a frame into the page, with `send`, which gives all that is said to a request until its end.
async function embed(page, address, { width = 600 } = {}) {
  await page.evaluate(
    ({ address, width }) => {
      globalThis.said = [];
      const frame = Object.assign(document.createElement('iframe'), { title: 'UniMed', width, height: 200 });
      const ends = ['loaded', 'answered', 'made', 'aborted', 'disposed', 'error'];
      const waiting = new Map();
      addEventListener('message', ({ source, origin, data }) => {
        if (source !== frame.contentWindow) return;
        said.push({ origin, ...data });
        if (data.resize) frame.height = data.resize.height;
        waiting.get(data.id)?.(data);
      });
      globalThis.post = (message) => frame.contentWindow.postMessage(message, new URL(address).origin);
      globalThis.send = (id, what, each = () => {}) =>
        new Promise((resolve) => {
          const all = [];
          waiting.set(id, (data) => {
            all.push(data);
            each(data);
            if (ends.some((end) => end in data)) resolve(all);
          });
          post({ unimed: 1, id, ...what });
        });
      globalThis.until = async (so) => {
        while (!said.some(so)) await new Promise((later) => setTimeout(later, 20));
      };
      frame.src = address;
      document.querySelector('main').append(frame);
    },
    { address, width },
  );
}

test('the example of the guide works as it is written', async () => {
  const page = await open(known);
  visited = page.context();
  await page.locator('output').filter({ hasText: /X-ray/i }).waitFor();
  const frame = page.frameLocator('iframe');
  assert.equal(await frame.locator('.question').innerText(), 'What kind of image is this?');
  await frame.locator('.answer').filter({ hasText: /X-ray/i }).waitFor();
  assert.match(await frame.locator('#caution').innerText(), /not for clinical use/i);
  const [inside] = page.frames().filter((one) => one !== page.mainFrame());
  await inside.waitForFunction(() => document.body.getBoundingClientRect().height <= innerHeight + 1);
  await page.close();
});

test('load, ask, make, abort and dispose are answered by their numbers', async () => {
  const page = await open(`${known}empty.html`, { viewport: { width: 390, height: 844 } });
  await embed(page, `${site.url}embed.html?theme=light`, { width: 370 });
  const seen = await page.evaluate(async () => {
    await until((message) => message.listening);
    const image = await createImageBitmap(await (await fetch('chest.png')).blob());
    const loaded = await send(1, { load: { device: 'wasm' } });
    const asked = await send(2, { ask: { text: 'What kind of image is this?', images: image, options: { temperature: 0 } } });
    const made = await send(3, { make: { prompt: 'a frontal chest X-ray', steps: 4, seed: 7, previewEvery: 2, width: 64, height: 64 } });
    const last = made.at(-1).made;
    // Aborted once it has begun, so that the next request finds the engine free.
    const aborted = await send(4, { make: { prompt: 'a brain MRI', steps: 200 } }, ({ step }) => {
      if (step?.step === 1) post({ unimed: 1, id: 5, abort: { job: 4 } });
    });
    return {
      origins: [...new Set(said.map(({ origin }) => origin))],
      phases: [...new Set(loaded.slice(0, -1).map(({ progress }) => progress.phase))],
      loaded: loaded.at(-1).loaded,
      tokens: asked.slice(0, -1).map(({ token }) => token),
      answer: asked.at(-1).answered,
      steps: made.slice(0, -1).map(({ step }) => [step.step, Boolean(step.preview)]),
      made: { size: [last.image.width, last.image.height], seed: last.seed, flat: new Set(last.image.data).size < 8 },
      aborted: [aborted.length < 100, 'aborted' in aborted.at(-1)],
    };
  });
  assert.deepEqual(seen.origins, [new URL(site.url).origin]);
  assert.ok(seen.phases.includes('fetching'), `${seen.phases}`);
  assert.equal(seen.loaded.device.type, 'wasm');
  assert.match(seen.loaded.info.hash, /^[0-9a-f]{64}$/);
  assert.match(seen.answer.text, /X-ray/i);
  assert.equal(seen.tokens.map(({ text }) => text).join('').trim(), seen.answer.text.trim());
  assert.ok(seen.tokens.every(({ probability }) => probability > 0 && probability <= 1), JSON.stringify(seen.tokens));
  assert.deepEqual(seen.steps.map(([step]) => step), [1, 2, 3, 4]);
  assert.ok(seen.steps.some(([, preview]) => preview));
  assert.deepEqual(seen.made, { size: [64, 64], seed: 7, flat: false });
  assert.deepEqual(seen.aborted, [true, true]);

  const [frame] = page.frames().filter((one) => one !== page.mainFrame());
  assert.match(await frame.locator('figcaption').first().innerText(), /generated/);
  assert.equal(await frame.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.ok((await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'nothing sticks out');
  assert.deepEqual(await violations(frame), []);

  const failed = await page.evaluate(async () => {
    const error = async (...request) => (await send(...request)).at(-1).error;
    const errors = {
      model: await error(10, { load: { model: 'missing/manifest.json', device: 'wasm' } }),
      image: await error(11, { ask: { text: 'What is this?', images: new Blob(['no image'], { type: 'text/plain' }) } }),
      version: await error(12, { unimed: 2, load: {} }),
      none: await error(13, { draw: {} }),
      half: await error(14, { make: { prompt: 'x', steps: 2.5 } }),
      words: await error(15, { ask: { images: null } }),
    };
    return { errors, disposed: (await send(16, { dispose: {} })).at(-1) };
  });
  const codes = Object.fromEntries(Object.entries(failed.errors).map(([which, { code }]) => [which, code]));
  const bad = 'bad-message';
  assert.deepEqual(codes, { model: 'start-failed', image: 'image-unreadable', version: bad, none: bad, half: bad, words: bad });
  assert.match(failed.errors.version.what, /found version 2/);
  assert.match(failed.errors.model.what, /manifest\.json/);
  assert.deepEqual(failed.disposed, { unimed: 1, id: 16, disposed: {} });
  await page.context().close();
});

// Playwright switches the partitioning of storage off, and a frame of another site is then refused all storage and locks, as for a
// visitor who blocks it; a switch of one's own, which comes last, has Chromium keep it apart for each site, as it ships.
for (const [what, flags, keeps] of [
  ['keeps the model apart for each site around it', ['--disable-features=HttpsUpgrades'], true],
  ['answers where it may keep nothing', [], false],
]) {
  test(`a frame of another site ${what}`, async () => {
    const own = await startBrowser([...devices.cpu.flags, ...flags]);
    const page = await open(across, {}, await own.newContext({ serviceWorkers: 'block' }));
    await page.locator('output').filter({ hasText: /X-ray/i }).waitFor({ timeout: 180_000 });
    const [frame] = page.frames().filter((one) => one !== page.mainFrame());
    const kept = await frame.evaluate(async () => (await Array.fromAsync((await navigator.storage.getDirectory()).keys())).length).catch(({ message }) => message);
    if (keeps) assert.equal(kept, 1);
    else assert.match(kept, /SecurityError/);
    await own.close();
  });
}

test('a frame that is removed in the middle of an answer takes its worker with it, and a fresh one answers', async () => {
  // Where the first test was, so that the model is there already.
  const page = await open(`${known}empty.html`, {}, visited);
  await embed(page, `${site.url}embed.html`);
  await page.evaluate(async () => {
    await until((message) => message.listening);
    post({ unimed: 1, id: 1, ask: { text: 'Describe this image.', images: await (await fetch('chest.png')).blob() } });
    await until((message) => message.token);
    document.querySelector('iframe').remove();
  });
  assert.equal(page.frames().length, 1);
  for (const end = Date.now() + 10_000; page.workers().length > 0; await page.waitForTimeout(50)) {
    assert.ok(Date.now() < end, `${page.workers().length} workers are still there`);
  }
  const before = await page.evaluate(() => said.length);
  await embed(page, `${site.url}embed.html`);
  const text = await page.evaluate(async () => {
    await until((message) => message.listening);
    const images = await (await fetch('chest.png')).blob();
    return (await send(1, { ask: { text: 'What kind of image is this?', images } })).at(-1).answered.text;
  });
  assert.ok(before > 0);
  assert.match(text, /X-ray/i);
  await page.context().close();
});

test('an image of another host without CORS is a typed error of the package, and is not sent to a frame', async () => {
  const page = await open(`${known}empty.html`);
  const seen = await page.evaluate(async (address) => {
    const image = Object.assign(new Image(), { src: address });
    await image.decode();
    // What ask and make do with images before anything is sent to the engine.
    const { toPictures } = await import(new URL('unimed/images.js', document.baseURI).href);
    const { code, message } = await toPictures(image).catch((error) => error);
    const bitmap = await createImageBitmap(image);
    let sent = 'sent';
    try {
      postMessage(bitmap, location.origin);
    } catch (error) {
      sent = error.name;
    }
    return { code, message, sent };
  }, `${unknown}chest.png`);
  assert.equal(seen.code, 'image-unreadable');
  assert.match(seen.message, /another origin.*Access-Control-Allow-Origin/);
  assert.equal(seen.sent, 'DataCloneError');
  await page.context().close();
});

test('a page of a site that is not named does not get the frame, and no other page is ever framed', async () => {
  const page = await open(`${unknown}empty.html`);
  const from = site.requests.length;
  const refused = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
  await embed(page, `${site.url}embed.html`);
  await refused;
  assert.deepEqual(await page.evaluate(() => said), []);
  assert.deepEqual(site.requests.slice(from), ['GET /embed.html']);
  await page.context().close();
  const named = `frame-ancestors ${[known, across].map((url) => new URL(url).origin).join(' ')}`;
  const ancestors = async (path) => /frame-ancestors [^;]*/.exec((await fetch(site.url + path)).headers.get('content-security-policy'))[0];
  assert.equal(await ancestors('embed.html'), named);
  for (const path of ['', 'index.html', 'lesson.html', 'worker.js']) assert.equal(await ancestors(path), "frame-ancestors 'none'", path);
  // The same for hosts that read their headers from a file.
  const [, own] = /\n\/embed\.html\n {2}(.*)/.exec(site.headers);
  assert.equal(own, `Content-Security-Policy: ${named}`);
});

test('on a host that sends no headers the frame itself hears nobody who is not named', async () => {
  const host = await startPlainHost();
  host.replaced.set('embed.json', Buffer.from(JSON.stringify({ origins: [new URL(known).origin] })));
  const page = await open(`${unknown}empty.html`);
  await embed(page, `${host.url}embed.html`);
  const status = page.frameLocator('iframe').locator('#status');
  await status.filter({ hasText: /is not among the sites that may use UniMed/ }).waitFor();
  await page.evaluate(() => post({ unimed: 1, id: 1, ask: { text: 'What is this?' } }));
  await page.waitForTimeout(500);
  assert.deepEqual(await page.evaluate(() => said), []);
  assert.deepEqual(host.requests.filter((path) => /worker_|workers\/|^model\//.test(path)), []);
  await page.context().close();
  await host.stop();
});
