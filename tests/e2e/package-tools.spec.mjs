// What other people's tools make of the package: npm packs it, attw and tsc find its types, Vite builds a page with it. Only with
// `cargo xtask test --all`: the tools take minutes of a busy core.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startForeignSite } from './support/foreign-site.mjs';
import { root, startBrowser } from './support/surroundings.mjs';

const skip = process.env.UNIMED_ALL !== '1' && 'only with --all';
/// Where each tool is installed: the compiler by `cargo xtask package`, the others here.
const tools = { tsc: join(root, 'js'), attw: join(root, 'tests/package'), vite: join(root, 'tests/package') };
const built = join(root, 'dist/unimed');

/// A foreign project that has the package among its dependencies.
let project;
const run = (program, args) =>
  execFileSync(join(tools[program], 'node_modules/.bin', program), args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const write = (name, text) => writeFileSync(join(project, name), text);

before(() => {
  if (skip) return;
  if (!existsSync(join(tools.vite, 'node_modules/.bin/vite'))) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: tools.vite, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  project = mkdtempSync(join(tmpdir(), 'unimed-project-'));
  mkdirSync(join(project, 'node_modules'));
  // A copy, as npm would make one: bundlers treat links as the project's own source.
  cpSync(built, join(project, 'node_modules/unimed'), { recursive: true });
  write('package.json', '{ "name": "project", "private": true, "type": "module" }');
});
after(() => {
  if (project) rmSync(project, { recursive: true });
});

test('npm packs what the package is made of, and nothing else', { skip }, () => {
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: built, encoding: 'utf8' }));
  const files = packed.files.map(({ path }) => path);
  const all = readdirSync(built, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.equal(files.length, all.length, 'every file of the folder is packed');
  for (const file of ['package.json', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'unimed.js', 'unimed.d.ts', 'workers/worker_bg.wasm']) {
    assert.ok(files.includes(file), `${file} in ${files}`);
  }
  assert.deepEqual(files.filter((path) => /\.(ts|map|safetensors)$/.test(path) && !path.endsWith('.d.ts')), []);
  // The engine may be 3 MB after brotli; gzip, which npm uses, takes a third more.
  assert.ok(packed.size < 6e6, `${packed.size} bytes`);
});

test('the types are found by every way of resolving modules that knows ES modules', { skip }, () => {
  const report = run('attw', ['--pack', built, '--profile', 'esm-only', '--exclude-entrypoints', 'workers/*', '--format', 'ascii', '--no-emoji']);
  // attw itself fails when something is wrong.
  for (const entry of ['unimed', 'unimed/chat', 'unimed/viewer', 'unimed/webmcp']) {
    assert.match(report, new RegExp(`"${entry}"\\s+node16 \\(from ESM\\): OK \\(ESM\\)\\s+bundler: OK`), report);
  }
});

test('a strict TypeScript project is compiled with the types', { skip }, () => {
  write(
    'typed.ts',
    `import { load, UniMedError, type Token } from 'unimed';
     import 'unimed/chat';
     import 'unimed/viewer';
     import { canOfferTools, offerTools, type Offer } from 'unimed/webmcp';
     const model = await load('model/manifest.json', { device: 'webgpu', onProgress: ({ progress }) => console.log(progress) });
     const image = document.querySelector('img')!;
     for await (const token of model.ask(image, 'What is this?')) { const { probability }: Token = token; console.log(probability); }
     const made: ImageData = (await model.make({ prompt: 'a chest X-ray', images: [image] }).finished).image;
     try { model.dispose(); } catch (error) { if (error instanceof UniMedError) console.log(error.code, made.width); }
     document.querySelector('unimed-chat')!.image = made;
     const offer: Offer | false = canOfferTools() && (await offerTools({ model, confirm: ({ tool }) => tool === 'unimed_ask' }));
     if (offer) offer.withdraw();
     // @ts-expect-error there is no such device
     await load('model/manifest.json', { device: 'npu' });`,
  );
  for (const [module, resolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']]) {
    run('tsc', ['--noEmit', '--strict', '--target', 'es2022', '--module', module, '--moduleResolution', resolution, 'typed.ts']);
  }
});

test('a page that Vite builds loads the model and answers', { skip }, async () => {
  write('index.html', '<!doctype html><title>Vite</title><img src="chest.png" alt=""><output></output><script type="module" src="main.js"></script>');
  write(
    'main.js',
    `import { load } from 'unimed';
     const model = await load('model/manifest.json', { device: 'wasm' });
     const { text } = await model.ask(document.querySelector('img'), 'What kind of image is this?').finished;
     document.querySelector('output').textContent = text;`,
  );
  mkdirSync(join(project, 'public'));
  cpSync(join(root, 'public/samples/chest.png'), join(project, 'public/chest.png'));
  symlinkSync(join(root, 'public/model'), join(project, 'public/model'));
  // Relative addresses: the page works under any path.
  run('vite', ['build', '--base', './', '--target', 'es2022', '--logLevel', 'warn']);
  const assets = readdirSync(join(project, 'dist/assets'));
  assert.ok(assets.some((name) => name.endsWith('.wasm')), `${assets}`);
  const site = await startForeignSite({ 'built/': join(project, 'dist') });
  const browser = await startBrowser([]);
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${site.url}built/index.html`);
    await page.locator('output').filter({ hasText: /X-ray/i }).waitFor({ timeout: 120_000 });
  } finally {
    await browser.close();
    await site.stop();
  }
});
