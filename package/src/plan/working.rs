//! Memory that is not weights: keys and values, and what a forward call needs while it runs.
//!
//! Everything is counted in f32, kernel by kernel as the engine launches them: attention keeps no score matrix, and
//! feed-forward layers run over at most [`BLOCK_TOKENS`] tokens at a time, which changes no number. What a kernel reads
//! and what it writes are there at once. `unimed bench counts` compares these sums with what a device holds.

use crate::config::{AutoencoderConfig, DecoderConfig, HAAR_DETAILS, ModelConfig};

/// Bytes of a value.
const FLOAT: u64 = 4;
/// Tokens by which the keys and values of a context grow, at least.
const BLOCK: u64 = 64;
/// Bytes that remembered contexts and their pictures may take beside a job: some 2000 tokens of the 14B model.
pub const REMEMBERED_BYTES: u64 = 256 << 20;
/// Most tokens that a feed-forward layer takes at a time.
pub const BLOCK_TOKENS: usize = 1024;

/// Keys and values of a context.
pub(super) fn cache(config: &DecoderConfig, tokens: u64) -> u64 {
    config.num_hidden_layers as u64 * layer_cache(config, tokens)
}

/// Keys and values of one layer.
pub(super) fn layer_cache(config: &DecoderConfig, tokens: u64) -> u64 {
    2 * tokens * (config.num_key_value_heads * config.head_dim()) as u64 * FLOAT
}

/// Tokens that a context has room for when so many were read at once.
pub(super) fn room(tokens: u64) -> u64 {
    (tokens + BLOCK).next_multiple_of(8)
}

/// The same after `more` tokens that came one by one.
pub(super) fn room_after(tokens: u64, more: u64) -> u64 {
    let mut room = room(tokens);
    for held in tokens..tokens + more {
        if held + 1 > room {
            room = (held + 1 + (held / 2).max(BLOCK)).next_multiple_of(8);
        }
    }
    room
}

/// One forward call of the decoder with so many new tokens, through the widest moment of a layer.
pub(super) fn decoder(config: &DecoderConfig, tokens: u64) -> u64 {
    let d = config.hidden_size as u64;
    let heads = (config.num_attention_heads * config.head_dim()) as u64;
    let kv = (config.num_key_value_heads * config.head_dim()) as u64;
    let hidden = config.intermediate_size as u64;
    // The stream and what is added to it, their sum and its norm.
    let norm = 4 * d;
    // The stream; queries, keys and values of the product, and the queries alone.
    let split = d + 2 * heads + 2 * kv;
    // The stream; gate and up side by side, and their product.
    let gate = 3 * hidden;
    let block = tokens.min(BLOCK_TOKENS as u64);
    // In blocks the norm waits, and so do the blocks that are done.
    let waiting = if tokens > block { 3 * d } else { d };
    let feed_forward = tokens * waiting + block * gate;
    let tables = 2 * tokens * config.head_dim() as u64;
    ((tokens * norm.max(split)).max(feed_forward) + tables) * FLOAT
}

/// Logits of one token, and where they are read from.
pub(super) fn logits(config: &DecoderConfig) -> u64 {
    2 * config.vocab_size as u64 * FLOAT
}

/// The vision tower and the connector on the patches of one image.
pub(super) fn vision(config: &ModelConfig, patches: u64) -> u64 {
    let (v, d) = (&config.vision, config.decoder.hidden_size as u64);
    let width = v.hidden_size as u64;
    let input = v.patch_dim() as u64;
    // The stream, its norm, three products and the same three in the order of heads.
    let attention = 8 * width;
    // The stream, and the hidden layer before and after its activation.
    let feed_forward = width + 2 * v.intermediate_size as u64;
    // Pixels in the order of patches, positions, the product.
    let embedding = 2 * input + 3 * width;
    let connector = width + 3 * d;
    patches * attention.max(feed_forward).max(embedding).max(connector) * FLOAT
}

/// Latents to an image of this size.
pub(super) fn decoding(config: &AutoencoderConfig, width: u64, height: u64) -> u64 {
    let factor = config.upscale_factor as u64;
    let (width, height) = (width / factor, height / factor);
    let plain = autoencoder(config, width, height);
    let Some(fold) = config.upscale_fold() else {
        return plain;
    };
    let area = width * height;
    let (colours, details) = (config.out_ch as u64, HAAR_DETAILS as u64);
    let map = config.ch as u64 * area / (fold * fold) as u64;
    // Beside the image a residual block, or details, four pixels for each of the image, and these in rows.
    let upscale = colours * area + (3 * map).max(colours * area * (details + 2 * 4));
    plain.max(upscale * FLOAT)
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
    fn an_image_of_twice_the_side_takes_what_its_decoder_takes() {
        let mut config = full().autoencoder;
        assert_eq!(decoding(&config, 512, 512), autoencoder(&config, 512, 512));
        (config.pixel_unshuffle, config.upscale_factor) = (4, 2);
        // The plain decoder has 1/16 of the pixels; the level 1/4, with three maps of 128 channels and the image.
        let pixels = 256 * 256;
        assert_eq!(autoencoder(&config, 256, 256), pixels / 16 * 6 * 128 * 4);
        let level = pixels * 3 + pixels / 4 * 3 * 128;
        assert_eq!(decoding(&config, 512, 512), level * 4);
    }

    #[test]
    fn long_inputs_run_in_blocks() {
        let config = full().decoder;
        let one = |tokens| decoder(&config, tokens);
        let block = BLOCK_TOKENS as u64;
        let more = one(3 * block) - one(2 * block);
        assert_eq!(more, block * (3 * 3584 + 2 * 128) * 4);
        assert!(one(block) > block * 3 * 18_944 * 4);
    }

    #[test]
    fn a_context_grows_by_half_of_itself() {
        assert_eq!(room(0), 64);
        assert_eq!(room(10), 80);
        assert_eq!(room_after(10, 70), 80);
        assert_eq!(room_after(10, 71), 144 + 8);
        assert_eq!(room_after(1000, 65), (1065 + 532_u64).next_multiple_of(8));
    }
}
