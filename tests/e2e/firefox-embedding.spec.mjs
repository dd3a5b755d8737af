// A foreign page in Firefox: it asks and makes through the package, through the element and through the frame.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startEmbeddableSite } from './support/embedding.mjs';
import { firefox, startFirefox } from './support/firefox.mjs';
import { hosted, startForeignSite, strictPolicy } from './support/foreign-site.mjs';

const skip = firefox ? false : 'no Firefox here; on Debian: apt-get install firefox-esr';

let foreign;
let site;
let browser;

before(async () => {
  if (skip) return;
  const html = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>A course</title>${body}`;
  const files = {
    ...hosted,
    'package.html': html('<img src="chest.png" alt="">'),
    'element.html': html(
      '<script type="module" src="unimed/chat.js"></script><unimed-chat model="model/manifest.json" image="chest.png"></unimed-chat>',
    ),
    'frame.html': html('<iframe title="UniMed"></iframe>'),
  };
  foreign = await startForeignSite(files, { policy: `${strictPolicy}; frame-src http://127.0.0.1:*` });
  [site, browser] = await Promise.all([startEmbeddableSite([new URL(foreign.url).origin]), startFirefox()]);
});
after(async () => {
  if (skip) return;
  await browser.stop();
  await Promise.all([site.stop(), foreign.stop()]);
});

test('through the package', { skip }, async () => {
  await browser.open(`${foreign.url}package.html`);
  const seen = await browser.run(async () => {
    const { load } = await import(new URL('unimed/unimed.js', document.baseURI).href);
    const model = await load('model/manifest.json', { device: 'wasm' });
    let said = '';
    for await (const { text } of model.ask(document.querySelector('img'), 'What kind of image is this?')) said += text;
    const job = model.make({ prompt: 'a frontal chest X-ray', steps: 2, seed: 7, width: 64, height: 64 });
    const steps = [];
    for await (const { step } of job) steps.push(step);
    const { image } = await job.finished;
    await model.dispose();
    return { said, steps, size: [image.width, image.height], shades: new Set(image.data).size };
  });
  assert.match(seen.said, /X-ray/i);
  assert.deepEqual(seen.steps, [1, 2]);
  assert.deepEqual(seen.size, [64, 64]);
  assert.ok(seen.shades > 8, `${seen.shades} shades`);
});

test('through the element', { skip }, async () => {
  await browser.open(`${foreign.url}element.html`);
  const seen = await browser.run(async () => {
    const chat = document.querySelector('unimed-chat');
    const part = (name) => chat.shadowRoot.querySelector(`[part="${name}"]`);
    const until = async (so) => {
      while (!so()) await new Promise((later) => setTimeout(later, 100));
    };
    const send = async (button, words, name) => {
      part('prompt').value = words;
      part('prompt').dispatchEvent(new Event('input', { bubbles: true }));
      const end = new Promise((resolve) => chat.addEventListener(name, resolve, { once: true }));
      await until(() => !part(button).disabled);
      part(button).click();
      await end;
    };
    await until(() => part('prompt'));
    await send('ask', 'What kind of image is this?', 'unimed-answer');
    await send('make', 'a frontal chest X-ray', 'unimed-image');
    const { width, height } = part('made').querySelector('canvas') ?? part('made');
    return { answer: part('answer').textContent, made: width * height };
  });
  assert.match(seen.answer, /X-ray/i);
  assert.ok(seen.made >= 64 * 64, `${seen.made} pixels`);
});

test('through the frame', { skip }, async () => {
  await browser.open(`${foreign.url}frame.html`);
  const seen = await browser.run(async (address) => {
    const frame = document.querySelector('iframe');
    const origin = new URL(address).origin;
    const heard = new EventTarget();
    addEventListener('message', ({ source, data }) => {
      if (source !== frame.contentWindow) return;
      for (const name of Object.keys(data)) heard.dispatchEvent(new CustomEvent(name, { detail: data[name] }));
    });
    const first = (...names) => Promise.race(names.map((name) => new Promise((resolve) => {
      heard.addEventListener(name, ({ detail }) => resolve(detail), { once: true });
    })));
    const listening = first('listening');
    frame.src = address;
    await listening;
    const send = (message, name) => {
      const end = first(name, 'error');
      frame.contentWindow.postMessage({ unimed: 1, ...message }, origin);
      return end;
    };
    const images = await (await fetch('chest.png')).blob();
    const answered = await send({ id: 1, ask: { text: 'What kind of image is this?', images } }, 'answered');
    const made = await send({ id: 2, make: { prompt: 'a frontal chest X-ray', steps: 2, seed: 7, width: 64, height: 64 } }, 'made');
    return { said: answered.text ?? answered, size: made.image ? [made.image.width, made.image.height] : made };
  }, `${site.url}embed.html`);
  assert.match(JSON.stringify(seen.said), /X-ray/i);
  assert.deepEqual(seen.size, [64, 64]);
});
