// A host that knows nothing of the site: no header of its own, and whatever files it is given.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { root } from './surroundings.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' };

/// A host that sends files and nothing else: no policy, no tags, no ranges. `replaced` are files that differ from dist/.
export async function startPlainHost() {
  const replaced = new Map();
  const requests = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://host').pathname.slice(1) || 'index.html';
    requests.push(path);
    try {
      const body = replaced.get(path) ?? (await readFile(join(root, 'dist', path)));
      response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    replaced,
    requests,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
