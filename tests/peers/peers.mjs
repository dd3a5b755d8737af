// Measures this project's CPU path beside wllama (llama.cpp) and onnxruntime-web, on the same case in the same browser,
// one after the other in turns, with the same number of threads each: one, or all of the machine's cores. Prints the fastest
// and the middle of all turns, and a line of JSON for each comparison.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, startBrowser } from '../e2e/support/surroundings.mjs';
import { UniMedPage } from '../e2e/support/page.mjs';
import { decoded, headWidth, kvHeads, layers, prompt, weights, width } from './case.mjs';
import { gguf } from './gguf.mjs';
import { onnx, result } from './onnx.mjs';
import { writePackage } from './package.mjs';

const turns = Number(process.argv[2] ?? 7);
const threads = process.argv[3] === 'all' ? availableParallelism() : 1;
/// With these a page may share memory between workers; without them this project's engine has one thread.
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const modules = join(fileURLToPath(new URL('.', import.meta.url)), 'node_modules');
const folder = mkdtempSync(join(tmpdir(), 'unimed-peers-'));
writePackage(join(folder, 'model'), join(root, 'public/model'));
const made = { '/case.gguf': gguf(), '/case.onnx': onnx(), '/blank.html': Buffer.from('<!doctype html><title>peers</title>') };

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
  '.json': 'application/json',
};

/// The page, the package, the peers' files.
async function find(path) {
  if (made[path]) return made[path];
  if (path.startsWith('/peer-model/')) return readFile(join(folder, 'model', path.slice(12)));
  if (path.startsWith('/modules/')) return readFile(join(modules, path.slice(9)));
  return readFile(join(root, 'dist', path === '/' ? 'index.html' : path));
}

const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://host').pathname;
  try {
    const body = await find(path);
    const type = types[extname(path)] ?? (path === '/' ? 'text/html' : 'application/octet-stream');
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    const [from, to] = range ? range.slice(1).map(Number) : [0, body.length - 1];
    response.writeHead(range ? 206 : 200, {
      'Content-Type': type,
      'Content-Length': to + 1 - from,
      ...(threads > 1 && isolation),
      ...(range && { 'Content-Range': `bytes ${from}-${to}/${body.length}` }),
    });
    response.end(request.method === 'HEAD' ? undefined : body.subarray(from, to + 1));
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;
const browser = await startBrowser([]);

/// A page of its own for an engine.
async function blank() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}blank.html`);
  return page;
}

/// This project's page with the case as its model. Times are those that the engine tells the page.
async function startUniMed() {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  await context.addInitScript(() => {
    globalThis.answers = [];
    const Plain = globalThis.Worker;
    globalThis.Worker = class extends Plain {
      constructor(...given) {
        super(...given);
        this.addEventListener('message', ({ data }) => {
          const answered = Array.isArray(data) && typeof data[0] === 'string' && JSON.parse(data[0]).answered;
          if (answered) globalThis.answers.push(answered);
        });
      }
    };
  });
  const page = new UniMedPage(await context.newPage());
  page.page.setDefaultTimeout(300_000);
  await page.page.goto(url);
  await page.at('model').filter({ hasText: 'MB)' }).waitFor();
  await page.at('model').click();
  await page.at('model-card').first().waitFor();
  await page.at('model-address').fill(`${url}peer-model/`);
  await page.at('model-address').press('Enter');
  const card = page.at('model-card').filter({ hasText: 'Peers' });
  await card.getByRole('button', { name: 'Download', exact: true }).click();
  await card.getByRole('button', { name: 'Use', exact: true }).click();
  await page.at('model').filter({ hasText: 'Peers (' }).waitFor();
  await page.page.keyboard.press('Escape');
  // A character without neighbours to merge with: one token each, between the two that mark a text.
  const question = '~'.repeat(prompt - 2);
  return async () => {
    const { state } = await page.answered(question);
    if (state !== 'done') throw new Error(`the answer is ${state}`);
    const answer = await page.page.evaluate(() => globalThis.answers.at(-1));
    return { prefill: answer.prefill_ms, token: answer.decode_ms / answer.tokens };
  };
}

async function startWllama() {
  const page = await blank();
  await page.evaluate(async (count) => {
    const { Wllama, LoggerWithoutDebug } = await import('/modules/@wllama/wllama/esm/index.js');
    const engine = new Wllama(
      { default: '/modules/@wllama/wllama/esm/wasm/wllama.wasm' },
      { logger: LoggerWithoutDebug, suppressNativeLog: true },
    );
    const blob = await (await fetch('/case.gguf')).blob();
    await engine.loadModel([blob], { n_ctx: 256, n_threads: count, n_gpu_layers: 0, warmup: false });
    globalThis.engine = engine;
  }, threads);
  return async () => {
    const { timings, used } = await page.evaluate(
      async ([letters, count]) => {
        const { timings } = await globalThis.engine.createCompletion({
          prompt: 'a'.repeat(letters),
          max_tokens: count,
          temperature: 0,
          cache_prompt: false,
        });
        return { timings, used: globalThis.engine.getNumThreads() };
      },
      // Before the letters come the start and a space of three bytes.
      [prompt - 4, decoded],
    );
    if (used !== threads || timings.prompt_n !== prompt) {
      throw new Error(`${timings.prompt_n} tokens on ${used} threads, expected ${prompt} on ${threads}`);
    }
    return { prefill: timings.prompt_ms, token: timings.predicted_per_token_ms };
  };
}

async function startOnnx() {
  const page = await blank();
  await page.evaluate(async (count) => {
    const ort = await import('/modules/onnxruntime-web/dist/ort.wasm.min.mjs');
    ort.env.wasm.numThreads = count;
    ort.env.wasm.wasmPaths = '/modules/onnxruntime-web/dist/';
    const file = await (await fetch('/case.onnx')).arrayBuffer();
    globalThis.session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
    globalThis.ort = ort;
  }, threads);
  return () =>
    page.evaluate(
      async ({ layers, width, kvHeads, headWidth, prompt, decoded, result }) => {
        const { ort, session } = globalThis;
        const integer = (value) => new ort.Tensor('int32', [value], [1]);
        const step = async (x, count, total, past) => {
          const feeds = { x: new ort.Tensor('float32', x, [1, count, width]), last: integer(total - 1), total: integer(total) };
          for (let layer = 0; layer < layers; layer += 1) {
            for (const letter of ['key', 'value']) {
              const empty = () => new ort.Tensor('float32', new Float32Array(0), [1, kvHeads, 0, headWidth]);
              feeds[`past_${letter}${layer}`] = past ? past[`all_${letter}${layer}`] : empty();
            }
          }
          return session.run(feeds);
        };
        const x = Float32Array.from({ length: prompt * width }, (_, i) => Math.sin(i));
        const begun = performance.now();
        let now = await step(x, prompt, prompt, null);
        const read = performance.now();
        for (let i = 1; i <= decoded; i += 1) now = await step(now[result].data.slice(0, width), 1, prompt + i, now);
        return { prefill: read - begun, token: (performance.now() - read) / decoded };
      },
      { layers, width, kvHeads, headWidth, prompt, decoded, result },
    );
}

try {
  const engines = { UniMed: await startUniMed(), wllama: await startWllama(), 'onnxruntime-web': await startOnnx() };
  const times = Object.fromEntries(Object.keys(engines).map((name) => [name, []]));
  // The first turn warms up.
  for (let turn = 0; turn <= turns; turn += 1) {
    for (const [name, run] of Object.entries(engines)) {
      const time = await run();
      if (turn > 0) times[name].push(time);
    }
  }
  const sorted = (name, what) => times[name].map((time) => time[what]).sort((a, b) => a - b);
  const fastest = (name, what) => sorted(name, what)[0];
  const middle = (name, what) => sorted(name, what)[Math.floor(times[name].length / 2)];
  console.log(`${(weights / 1e6).toFixed(0)} million 4-bit weights, ${turns} turns, threads: ${threads}; milliseconds: fastest (middle)`);
  for (const name of Object.keys(engines)) {
    const cell = (what) => `${fastest(name, what).toFixed(1)} (${middle(name, what).toFixed(1)})`;
    console.log(`${name.padEnd(16)} ${prompt} tokens ${cell('prefill').padEnd(18)} a token ${cell('token')}`);
  }
  const { dependencies } = JSON.parse(await readFile(fileURLToPath(new URL('package.json', import.meta.url)), 'utf8'));
  for (const [name, module] of [['wllama', '@wllama/wllama'], ['onnxruntime-web', 'onnxruntime-web']]) {
    for (const [what, said] of [['prefill', `${prompt} tokens of a prompt`], ['token', 'a decoded token']]) {
      const [ours_ms, peer_ms] = ['UniMed', name].map((engine) => Number(fastest(engine, what).toFixed(2)));
      const ratio = Number((peer_ms / ours_ms).toFixed(2));
      console.log(JSON.stringify({ case: said, ours_ms, peer: name, peer_version: dependencies[module], peer_ms, ratio, threads }));
    }
  }
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
}
