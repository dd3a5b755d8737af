// The page in WebKit, the engine of Safari, as Debian's WebKitGTK has it.

import { smoke } from './support/smoke.mjs';
import { missing, startWebKit } from './support/webkit.mjs';

smoke({ browser: startWebKit, skip: missing });
