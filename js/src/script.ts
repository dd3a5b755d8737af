// For pages without modules: `<script src="unimed/script.js">` sets `UniMed`, a promise of the package's exports.

globalThis.UniMed = import(new URL('unimed.js', (document.currentScript as HTMLScriptElement).src).href);

declare var UniMed: Promise<typeof import('./unimed.js')>;
