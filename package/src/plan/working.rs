//! Memory that is not weights: keys and values, and what a forward call needs while it runs.
//!
//! Everything is counted in f32. The counts are those of the planned kernels: attention keeps no
//! score matrix, and feed-forward layers run over at most [`BLOCK_TOKENS`] tokens at a time, which
//! changes no number. Operations that are not fused keep input and output at once, which is what
//! the factors below say.

use crate::config::{AutoencoderConfig, DecoderConfig, ModelConfig};

/// Bytes of a value.
const FLOAT: u64 = 4;
/// Most tokens that a feed-forward layer takes at a time.
pub const BLOCK_TOKENS: u64 = 1024;

/// Keys and values of a context.
pub(super) fn cache(config: &DecoderConfig, tokens: u64) -> u64 {
    let layer = 2 * (config.num_key_value_heads * config.head_dim()) as u64;
    tokens * config.num_hidden_layers as u64 * layer * FLOAT
}

/// One forward call of the decoder: `tokens` new ones in all branches together, `past` cached ones.
pub(super) fn decoder(config: &DecoderConfig, tokens: u64, past: u64) -> u64 {
    let d = config.hidden_size as u64;
    let kv = (config.num_key_value_heads * config.head_dim()) as u64;
    // The stream, its normed copy and the sum that replaces it.
    let stream = 3 * tokens * d;
    // Queries before and after rotation and what attention puts out; keys and values, old and new.
    let attention = tokens * 3 * d + 2 * (past + tokens) * kv;
    // Gate, up, and their product.
    let feed_forward = tokens.min(BLOCK_TOKENS) * 3 * config.intermediate_size as u64;
    (stream + attention.max(feed_forward)) * FLOAT
}

/// Logits of one token.
pub(super) fn logits(config: &DecoderConfig) -> u64 {
    config.vocab_size as u64 * FLOAT
}

/// The vision tower and the connector on the patches of one image.
pub(super) fn vision(config: &ModelConfig, patches: u64) -> u64 {
    let (v, d) = (&config.vision, config.decoder.hidden_size as u64);
    let width = v.hidden_size as u64;
    let input = v.patch_dim() as u64;
    let attention = 4 * width;
    let feed_forward = 2 * v.intermediate_size as u64;
    let tower = 3 * width + attention.max(feed_forward).max(input);
    let connector = width + 2 * d;
    patches * tower.max(connector) * FLOAT
}

/// One half of the autoencoder on an image. The largest moment is a residual block or a change of
/// size at some level: its input, the normed copy and the output.
pub(super) fn autoencoder(config: &AutoencoderConfig, width: u64, height: u64) -> u64 {
    let fold = config.pixel_unshuffle as u64;
    let (width, height) = (width / fold, height / fold);
    let widths = config.widths();
    let mut peak = 0;
    for (level, &channels) in widths.iter().enumerate() {
        let area = (width >> level) * (height >> level);
        // On its way up the decoder brings the width of the coarser level along.
        let coarser = widths[(level + 1).min(widths.len() - 1)];
        let (output, input) = (channels as u64, coarser.max(channels) as u64);
        let block = 2 * input + output.max(input);
        peak = peak.max(area * block * FLOAT);
    }
    peak
}

#[cfg(test)]
mod tests {
    use super::{super::configs::full, *};

    /// docs/reference/model.md 1.3: 57 344 bytes a token in 16 bit.
    #[test]
    fn a_token_keeps_its_keys_and_values() {
        assert_eq!(cache(&full().decoder, 1), 2 * 57_344);
        assert_eq!(cache(&full().decoder, 9100), 9100 * 2 * 57_344);
    }

    /// docs/reference/model.md 1.3: 128 channels at 1024 x 1024 are 512 MB; the largest block has 256 going in.
    #[test]
    fn the_autoencoder_peaks_at_full_resolution() {
        let map = 128 * 1024 * 1024 * 4;
        assert_eq!(autoencoder(&full().autoencoder, 1024, 1024), 6 * map);
        assert_eq!(autoencoder(&full().autoencoder, 512, 512), 6 * map / 4);
    }

    #[test]
    fn long_inputs_run_in_blocks() {
        let config = full().decoder;
        let one = |tokens| decoder(&config, tokens, 0);
        let more = one(2 * BLOCK_TOKENS) - one(BLOCK_TOKENS);
        assert_eq!(more, BLOCK_TOKENS * 3 * 3584 * 4);
        assert!(one(BLOCK_TOKENS) > BLOCK_TOKENS * 3 * 18_944 * 4);
    }
}
