// The page in Firefox as it is shipped: it opens, sees, answers and makes, without WebGPU if there is none.

import { firefox, startFirefox } from './support/firefox.mjs';
import { smoke } from './support/smoke.mjs';

const skip = firefox ? false : 'no Firefox here; on Debian: apt-get install firefox-esr';

smoke({ browser: startFirefox, skip });
