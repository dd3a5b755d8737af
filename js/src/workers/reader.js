// Starts the decoder's program. The loader that the site's own build writes names the program by its path; bundlers follow this
// import instead.
import init from './decoder.js';

// No top-level await: bundlers may write workers as classic scripts. A failure is told as the protocol tells a panic.
init().catch((error) => postMessage([JSON.stringify({ failed: { detail: String(error) } })]));
