// Somebody else's web server: it has the package in a folder of its own site, and a policy of its own on every response.

import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { root } from './surroundings.mjs';

const guide = readFileSync(join(root, 'docs/guides/embedding.md'), 'utf8');

/// A block of a language in the guide to embedding, counted from 0.
export const guideBlock = (language, place = 0) => guide.split(`\`\`\`${language}\n`)[place + 1].split('```')[0].trim();

/// The strictest policy under which the package works, as the guide names it.
export const strictPolicy = guideBlock('text');

const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

/// The package, the default model and a picture, as a site has them that follows the guide.
export const hosted = {
  'unimed/': join(root, 'dist/unimed'),
  'model/': join(root, 'public/model'),
  'chest.png': join(root, 'public/samples/chest.png'),
};

/// Serves files under `path`. `files`, which may change, names a file or folder of this machine, or gives the text or bytes themselves;
/// `requests` grows by each address that is asked for.
export async function startForeignSite(files, { policy = strictPolicy, path = '/', headers = {} } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    requests.push(pathname);
    for (const [name, value] of Object.entries({ ...headers, 'Content-Security-Policy': policy })) response.setHeader(name, value);
    const found = pathname.startsWith(path) && find(files, decodeURI(pathname.slice(path.length)) || 'index.html');
    if (!found) {
      response.writeHead(404).end('not here');
      return;
    }
    response.setHeader('Content-Type', types[extname(found.name)] ?? 'application/octet-stream');
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) {
      response.writeHead(200, { 'Content-Length': found.bytes.length });
      response.end(request.method === 'HEAD' ? undefined : found.bytes);
      return;
    }
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), found.bytes.length - 1)];
    response.writeHead(206, {
      'Content-Length': end - start + 1,
      'Content-Range': `bytes ${start}-${end}/${found.bytes.length}`,
    });
    response.end(found.bytes.subarray(start, end + 1));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}${path}`,
    files,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/// The bytes at a path, and a name that ends as its type wants.
function find(files, path) {
  const given = files[path];
  if (Buffer.isBuffer(given)) return { name: path, bytes: given };
  if (given !== undefined && !existsSync(given)) return { name: path, bytes: Buffer.from(given) };
  const folder = Object.keys(files).find((name) => name.endsWith('/') && path.startsWith(name));
  const file = given ?? (folder && join(files[folder], path.slice(folder.length)));
  // The server is for tests on this machine; still, nothing above its folders is anybody's business.
  if (!file || path.split('/').includes('..') || !existsSync(file) || !statSync(file).isFile()) return undefined;
  return { name: file, bytes: readFileSync(file) };
}
