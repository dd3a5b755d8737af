// Starts the site's own engine: the player has no copy of it.
import '../../../worker_loader.js';
