// The package for other pages, on a foreign site under a path, with the policy that its guide names: the guide's example as it
// is written there, then everything else that the package offers.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { guideBlock, hosted, startForeignSite } from './support/foreign-site.mjs';
import { root, startBrowser } from './support/surroundings.mjs';

let site;
let stranger;
let browser;
let page;
const problems = [];

before(async () => {
  const html = (body) => `<!doctype html><meta charset="utf-8"><title>A foreign page</title>${body}`;
  const files = {
    ...hosted,
    'index.html': html(guideBlock('html')),
    'page.js': guideBlock('js'),
    'empty.html': html('<img src="chest.png" alt="">'),
    'chat.html': html(guideBlock('html', 1)),
    'script.html': html('<script src="unimed/script.js"></script>'),
  };
  // Another port is another origin.
  [site, stranger, browser] = await Promise.all([
    startForeignSite(files, { path: '/clinic/app/', headers: { 'Access-Control-Allow-Origin': '*' } }),
    startForeignSite({ 'index.html': html(''), 'page.js': '' }, { policy: `script-src 'self' http://127.0.0.1:*` }),
    startBrowser([]),
  ]);
  page = await open('empty.html');
});
after(async () => {
  await browser.close();
  await Promise.all([site.stop(), stranger.stop()]);
});

/// Opens a page of the foreign site, with a function that runs before the page does; what goes wrong on it is noted.
async function open(file, first = () => {}) {
  const context = await browser.newContext();
  await context.addInitScript(first);
  const opened = await context.newPage();
  opened.setDefaultTimeout(120_000);
  opened.on('pageerror', (error) => problems.push(String(error)));
  opened.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await opened.goto(site.url + file);
  return opened;
}

/// Waits until a page has no worker; the browser reports a little later that one has ended.
async function noWorkers(page) {
  const end = Date.now() + 10_000;
  while (page.workers().length > 0) {
    assert.ok(Date.now() < end, `${page.workers().length} workers are still there`);
    await page.waitForTimeout(50);
  }
}

/// Gives the page the package's exports as `unimed`.
const take = (page) =>
  page.evaluate(async () => {
    globalThis.unimed = await import(new URL('unimed/unimed.js', document.baseURI).href);
  });

test('the example of the guide works as it is written, in at most five lines', async () => {
  const lines = guideBlock('js').split('\n');
  assert.ok(lines.length <= 5, `${lines.length} lines`);
  const example = await open('');
  await example.locator('output').filter({ hasText: /X-ray/i }).waitFor();
  await example.context().close();
  assert.deepEqual(site.requests.filter((path) => !path.startsWith('/clinic/app/') && path !== '/favicon.ico'), []);
});

test('what a model needs is known before it is fetched', async () => {
  await take(page);
  const before = await page.evaluate(async () => [
    await unimed.availability(),
    await unimed.availability('model/manifest.json'),
    await unimed.plan('model/'),
  ]);
  const manifest = JSON.parse(readFileSync(join(root, 'public/model/manifest.json'), 'utf8'));
  const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  assert.deepEqual(before.slice(0, 2), ['available', 'downloadable']);
  const { memory, ...known } = before[2];
  assert.deepEqual(known, { name: manifest.name, licence: manifest.licence, bytes, keptBytes: 0 });
  assert.ok(memory.fits && memory.askBytes > bytes && memory.askBytes < memory.availableBytes, JSON.stringify(memory));
});

test('a model is loaded under the eyes of the page, kept, and says what it runs on', async () => {
  const seen = await page.evaluate(async () => {
    const phases = new Set();
    const onProgress = ({ phase, loaded, total, progress }) => {
      if (progress >= 0 && progress <= 1 && loaded <= total) phases.add(phase);
    };
    globalThis.model = await unimed.load('model/manifest.json', { device: 'wasm', onProgress });
    return {
      phases: [...phases],
      device: model.device(),
      info: model.info,
      availability: await unimed.availability('model/manifest.json'),
    };
  });
  assert.ok(seen.phases.includes('fetching') && seen.phases.includes('loading'), `${seen.phases}`);
  assert.equal(seen.device.type, 'wasm');
  assert.match(seen.device.why, /CPU/);
  assert.ok(seen.info.parameters > 1e6 && /^[0-9a-f]{64}$/.test(seen.info.hash), JSON.stringify(seen.info));
  assert.equal(seen.availability, 'available');
});

test('an answer comes token by token, with probabilities', async () => {
  const { tokens, answer } = await page.evaluate(async () => {
    const job = model.ask(document.querySelector('img'), 'What kind of image is this?', { temperature: 0, attention: true });
    const tokens = [];
    for await (const token of job) tokens.push(token);
    return { tokens, answer: await job.finished };
  });
  assert.match(answer.text, /X-ray/i);
  assert.equal(tokens.map(({ text }) => text).join('').trim(), answer.text.trim());
  assert.deepEqual(tokens.map(({ index }) => index), tokens.map((_, index) => index));
  assert.ok(tokens.every(({ probability }) => probability > 0 && probability <= 1), JSON.stringify(tokens));
  assert.equal(answer.stopped, false);
  assert.equal(answer.attention.length, 1);
  assert.equal(answer.attention[0].weights.length, answer.attention[0].rows * answer.attention[0].columns);
});

test('every kind of image is the same to the model', async () => {
  const answers = await page.evaluate(async () => {
    const element = document.querySelector('img');
    const blob = await (await fetch('chest.png')).blob();
    const bitmap = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const answers = [];
    for (const image of [element, blob, bitmap, canvas, data, [data]]) {
      const probabilities = [];
      for await (const token of model.ask(image, 'Describe this image.', { temperature: 0, maxTokens: 4 })) {
        probabilities.push(token.probability);
      }
      answers.push(probabilities);
    }
    // What was given stays usable.
    return { answers, left: data.data.length };
  });
  assert.equal(answers.answers[0].length > 0, true);
  for (const answer of answers.answers) assert.deepEqual(answer, answers.answers[0]);
  assert.ok(answers.left > 0);
});

test('an image comes step by step, and its seed decides it', async () => {
  const made = await page.evaluate(async () => {
    const settings = { prompt: 'a frontal chest X-ray', steps: 4, seed: 7, previewEvery: 2, width: 64, height: 64 };
    const run = async (settings) => {
      const job = model.make(settings);
      const steps = [];
      for await (const { step, preview } of job) steps.push([step, preview ? [preview.width, preview.height] : null]);
      const { image, seed, stopped } = await job.finished;
      return { steps, seed, stopped, size: [image.width, image.height], pixels: image.data.join() };
    };
    const first = await run(settings);
    const { pixels, ...rest } = first;
    return {
      ...rest,
      again: (await run(settings)).pixels === pixels,
      other: (await run({ ...settings, seed: 8 })).pixels === pixels,
      flat: new Set(pixels.split(',')).size < 8,
    };
  });
  assert.deepEqual(made.steps.map(([step]) => step), [1, 2, 3, 4]);
  assert.ok(made.steps.some(([, preview]) => preview), JSON.stringify(made.steps));
  assert.deepEqual({ size: made.size, seed: made.seed, stopped: made.stopped }, { size: [64, 64], seed: 7, stopped: false });
  assert.deepEqual({ again: made.again, other: made.other, flat: made.flat }, { again: true, other: false, flat: false });
});

test('a signal aborts an answer and an image; leaving the loop stops and keeps what there is', async () => {
  const ended = await page.evaluate(async () => {
    const how = (promise) => promise.then(() => 'done', (error) => error.name);
    const image = document.querySelector('img');
    const asking = new AbortController();
    const asked = model.ask(image, 'Describe this image.', { signal: asking.signal });
    const loop = (async () => {
      for await (const _ of asked) asking.abort();
    })();
    const making = new AbortController();
    const made = model.make({ prompt: 'a brain MRI', steps: 200 }, { signal: making.signal });
    const steps = (async () => {
      for await (const _ of made) making.abort();
    })();
    const started = performance.now();
    const names = await Promise.all([loop, asked.finished, steps, made.finished].map(how));
    const early = model.ask(image, 'Never asked.', { signal: AbortSignal.abort() });
    names.push(await how(early.finished));
    const left = model.make({ prompt: 'a brain MRI', steps: 200, width: 64, height: 64 });
    for await (const _ of left) break;
    const kept = await left.finished;
    const after = await model.ask(image, 'What kind of image is this?').finished;
    return { names, kept: [kept.stopped, kept.steps, kept.image.width], after: after.text, ms: performance.now() - started };
  });
  assert.deepEqual(ended.names, ['AbortError', 'AbortError', 'AbortError', 'AbortError', 'AbortError']);
  assert.equal(ended.kept[0], true);
  assert.ok(ended.kept[1] >= 1 && ended.kept[1] < 100, `${ended.kept[1]} steps of 200`);
  assert.equal(ended.kept[2], 64);
  assert.match(ended.after, /X-ray/i);
});

test('two instances share a worker, which ends with the last of them', async () => {
  const workers = () => page.workers().length;
  assert.equal(workers(), 1);
  const same = await page.evaluate(async () => {
    globalThis.second = await unimed.load(new URL('model/', document.baseURI), { device: 'wasm' });
    const question = [document.querySelector('img'), 'What kind of image is this?'];
    const both = await Promise.all([model.ask(...question).finished, second.ask(...question).finished]);
    return both[0].text === both[1].text;
  });
  assert.ok(same);
  assert.equal(workers(), 1);
  const first = await page.evaluate(async () => {
    const unfinished = model.make({ prompt: 'a brain MRI', steps: 200 });
    model.dispose();
    model.dispose();
    const codes = [await unfinished.finished.catch(({ code }) => code)];
    try {
      model.ask(null, 'Still there?');
    } catch (error) {
      codes.push(error.code);
    }
    return [...codes, (await second.ask(document.querySelector('img'), 'What kind of image is this?').finished).text];
  });
  assert.deepEqual(first.slice(0, 2), ['disposed', 'disposed']);
  assert.match(first[2], /X-ray/i);
  await page.evaluate(() => second.dispose());
  await noWorkers(page);
});

test('failures say what happened and what to do', async () => {
  const fails = await page.evaluate(async () => {
    const how = async (work) => {
      try {
        await work();
        return 'no error';
      } catch (error) {
        const { name, code, message, what, advice, remedy } = error;
        return { typed: error instanceof unimed.UniMedError, name, code, message, what, advice, remedy };
      }
    };
    const model = await unimed.load('model/manifest.json', { device: 'wasm' });
    const all = {
      load: await how(() => unimed.load('missing/manifest.json', { device: 'wasm' })),
      plan: await how(() => unimed.plan('missing/manifest.json')),
      text: await how(() => model.ask(new Blob(['no image'], { type: 'text/plain' }), 'What is this?').finished),
      half: await how(() => model.make({ prompt: 'x', steps: 2.5 })),
      abort: await how(() => unimed.load('model/manifest.json', { signal: AbortSignal.abort() })),
    };
    model.dispose();
    return all;
  });
  const codes = { load: 'start-failed', plan: 'model-unreadable', text: 'image-unreadable' };
  for (const [which, code] of Object.entries(codes)) {
    const { typed, message, what, advice, ...error } = fails[which];
    assert.ok(typed, which);
    assert.equal(error.code, code);
    assert.equal(message, `${what} ${advice}`);
    assert.ok(message.split(/\s+/).length >= 8, message);
  }
  assert.match(fails.load.message, /manifest\.json/);
  assert.equal(fails.half.name, 'RangeError');
  assert.match(fails.half.message, /steps.*2\.5/);
  assert.equal(fails.abort.name, 'AbortError');
});

test('a worker that ends without a word fails its jobs, and a fresh one takes its place', async () => {
  await page.evaluate(async () => {
    const model = await unimed.load('model/manifest.json', { device: 'wasm' });
    globalThis.lost = model.make({ prompt: 'a brain MRI', steps: 200 }).finished.catch(({ code, remedy }) => ({ code, remedy }));
  });
  // Later, so that the worker can still answer this.
  await page.workers()[0].evaluate(() => void setTimeout(() => globalThis.close()));
  const { lost, text } = await page.evaluate(async () => {
    const seen = await lost;
    const model = await unimed.load('model/manifest.json', { device: 'wasm' });
    const { text } = await model.ask(document.querySelector('img'), 'What kind of image is this?').finished;
    model.dispose();
    return { lost: seen, text };
  });
  assert.deepEqual(lost, { code: 'worker-failed', remedy: 'restart' });
  assert.match(text, /X-ray/i);
});

test('the reference of the API is that of the types', () => {
  const args = ['js/scripts/api.mjs', 'dist/unimed'];
  const now = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const written = readFileSync(join(root, 'docs/reference/api.md'), 'utf8');
  assert.ok(now === written, `docs/reference/api.md is out of date; run \`node ${args.join(' ')} > docs/reference/api.md\``);
});

test('a folder that was picked is a model, too', async () => {
  const answer = await page.evaluate(async () => {
    const manifest = await (await fetch('model/manifest.json')).json();
    const names = ['manifest.json', ...manifest.files.map(({ name }) => name)];
    const files = names.map(async (name) => new File([await (await fetch(`model/${name}`)).blob()], name));
    const model = await unimed.load(await Promise.all(files), { device: 'wasm' });
    const { text } = await model.ask(document.querySelector('img'), 'What kind of image is this?').finished;
    model.dispose();
    return text;
  });
  assert.match(answer, /X-ray/i);
});

test('a page without modules has the same exports', async () => {
  const plain = await open('script.html');
  const names = await plain.evaluate(async () => Object.keys(await UniMed));
  assert.deepEqual(names.sort(), ['UniMedError', 'availability', 'load', 'plan']);
  await plain.context().close();
});

test('the element of the guide answers, makes an image, stops, and says what it does', async () => {
  const chat = await open('chat.html', () => {
    globalThis.told = [];
    for (const name of ['unimed-ready', 'unimed-answer', 'unimed-image', 'unimed-error']) {
      document.addEventListener(name, ({ type, detail }) => told.push([type, Object.keys(detail).sort().join()]));
    }
  });
  const part = (name) => chat.locator(`unimed-chat [part="${name}"]`);
  // Words that are sent while the model loads wait for it.
  await part('prompt').fill('What kind of image is this?');
  await part('prompt').press('Enter');
  await part('answer').filter({ hasText: /X-ray/i }).waitFor();
  await part('ask').and(chat.locator(':enabled')).waitFor();
  await part('prompt').fill('a brain MRI');
  await part('make').click();
  await part('status').filter({ hasText: /^Step \d+ of \d+$/ }).waitFor();
  await part('stop').click();
  await part('answer').filter({ hasText: 'Stopped.' }).waitFor();
  assert.match(await part('made').innerText(), /generated/);
  assert.match(await part('caution').innerText(), /not for clinical use/i);
  const colours = () => part('log').evaluate((log) => getComputedStyle(log.getRootNode().host).backgroundColor);
  const dark = await colours();
  await chat.locator('unimed-chat').evaluate((element) => {
    element.setAttribute('theme', 'light');
    element.setAttribute('locale', 'zh-CN');
  });
  assert.notEqual(await colours(), dark);
  assert.equal(await part('ask').innerText(), '提问');
  const told = await chat.evaluate(() => told);
  assert.deepEqual(told, [['unimed-ready', 'model'], ['unimed-answer', 'answer,question']]);
  await chat.locator('unimed-chat').evaluate((element) => element.setAttribute('model', 'missing/manifest.json'));
  await part('error').waitFor();
  assert.deepEqual((await chat.evaluate(() => told)).at(-1), ['unimed-error', 'error']);
  await chat.locator('unimed-chat').evaluate((element) => element.remove());
  await noWorkers(chat);
  await chat.context().close();
});

test('a folder on another origin is refused with the reason', async () => {
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(stranger.url);
  const error = await other.evaluate(async (url) => {
    const { load } = await import(url);
    return load('model/manifest.json').then(() => 'loaded', ({ code, message }) => ({ code, message }));
  }, `${site.url}unimed/unimed.js`);
  await context.close();
  assert.equal(error.code, 'unsupported');
  assert.match(error.message, /own origin/);
});

test('nothing went wrong unseen, and the policy refused nothing', () => {
  // The browser itself reports the manifests that the tests above ask for in vain.
  assert.deepEqual(problems.filter((problem) => !/404/.test(problem)), []);
});
