//! Every tensor of a model, from its configuration alone: name, shape, and the part of the model
//! that it belongs to, in the order in which a package holds them (docs/reference/model.md 2.1, 2.2).

use serde::{Deserialize, Serialize};

use crate::config::{AutoencoderConfig, HAAR_DETAILS, ModelConfig};

/// Parts of a model that are needed, loaded and dropped together; in the order of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Token embedding: for every text and for the image markers.
    Embedding,
    /// The understanding expert: text, vision tokens, image markers.
    Understanding,
    /// The output matrix: only while an answer is decoded.
    Output,
    /// The generation expert and the bridges of the flow: only for painting.
    Generation,
    /// Vision tower and connector: only while an image is read.
    Vision,
    /// Image to latent: only for an image as a condition.
    Encoder,
    /// Latent to image: only after sampling and for previews.
    Decoder,
}

impl Part {
    /// All parts in the order of a package.
    pub const ALL: [Self; 7] = [
        Self::Embedding,
        Self::Understanding,
        Self::Output,
        Self::Generation,
        Self::Vision,
        Self::Encoder,
        Self::Decoder,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::Understanding => "understanding",
            Self::Output => "output",
            Self::Generation => "generation",
            Self::Vision => "vision",
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        }
    }
}

/// One tensor of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    /// Official name.
    pub name: String,
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// Where it belongs.
    pub part: Part,
    /// The decoder layer that it belongs to.
    pub layer: Option<usize>,
}

impl Weight {
    /// True for tables that can be computed and may be absent.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.name.ends_with("pos_embed.pos_embed")
    }

    /// Number of values.
    #[must_use]
    pub fn values(&self) -> u64 {
        self.shape.iter().map(|&side| side as u64).product()
    }
}

/// All tensors of a model whose vision tower has `vision_layers` blocks.
#[must_use]
pub fn inventory(config: &ModelConfig, vision_layers: usize) -> Vec<Weight> {
    let mut list = List::default();
    decoder(&mut list, config);
    bridges(&mut list, config);
    vision(&mut list, config, vision_layers);
    autoencoder(&mut list, &config.autoencoder);
    list.weights
        .sort_by_key(|weight| (weight.part, weight.layer.is_none(), weight.layer));
    list.weights
}

#[derive(Default)]
struct List {
    weights: Vec<Weight>,
    layer: Option<usize>,
}

impl List {
    fn add(&mut self, part: Part, name: impl Into<String>, shape: &[usize]) {
        self.weights.push(Weight {
            name: name.into(),
            shape: shape.to_vec(),
            part,
            layer: self.layer,
        });
    }

    /// Weight and bias of a module.
    fn pair(&mut self, part: Part, module: &str, shape: &[usize]) {
        self.add(part, format!("{module}.weight"), shape);
        self.add(part, format!("{module}.bias"), &shape[..1]);
    }
}

fn decoder(list: &mut List, config: &ModelConfig) {
    let config = &config.decoder;
    let (d, hidden) = (config.hidden_size, config.intermediate_size);
    let (q, kv) = (
        config.num_attention_heads * config.head_dim(),
        config.num_key_value_heads * config.head_dim(),
    );
    let model = "language_model.model";
    list.add(
        Part::Embedding,
        format!("{model}.embed_tokens.weight"),
        &[config.vocab_size, d],
    );
    for (part, suffix) in [(Part::Understanding, ""), (Part::Generation, "_moe_gen")] {
        for layer in 0..config.num_hidden_layers {
            list.layer = Some(layer);
            let at = format!("{model}.layers.{layer}");
            for norm in ["input_layernorm", "post_attention_layernorm"] {
                list.add(part, format!("{at}.{norm}{suffix}.weight"), &[d]);
            }
            for (name, rows) in [("q_proj", q), ("k_proj", kv), ("v_proj", kv)] {
                list.pair(part, &format!("{at}.self_attn.{name}{suffix}"), &[rows, d]);
            }
            let attention = format!("{at}.self_attn");
            list.add(part, format!("{attention}.o_proj{suffix}.weight"), &[d, q]);
            for norm in ["q_norm", "k_norm"] {
                let name = format!("{attention}.{norm}{suffix}.weight");
                list.add(part, name, &[config.head_dim()]);
            }
            let mlp = format!("{at}.mlp{suffix}");
            list.add(part, format!("{mlp}.gate_proj.weight"), &[hidden, d]);
            list.add(part, format!("{mlp}.up_proj.weight"), &[hidden, d]);
            list.add(part, format!("{mlp}.down_proj.weight"), &[d, hidden]);
        }
        list.layer = None;
        list.add(part, format!("{model}.norm{suffix}.weight"), &[d]);
    }
    list.add(
        Part::Output,
        "language_model.lm_head.weight",
        &[config.vocab_size, d],
    );
}

fn bridges(list: &mut List, config: &ModelConfig) {
    let d = config.decoder.hidden_size;
    let part = Part::Generation;
    list.pair(part, "time_embedder.mlp.0", &[d, 256]);
    list.pair(part, "time_embedder.mlp.2", &[d, d]);
    list.pair(part, "vae2llm", &[d, config.latent_dim()]);
    list.pair(part, "llm2vae", &[config.latent_dim(), d]);
    let positions = config.max_latent_size * config.max_latent_size;
    list.add(part, "latent_pos_embed.pos_embed", &[positions, d]);
    let part = Part::Vision;
    list.pair(part, "connector.fc1", &[d, config.vision.hidden_size]);
    list.pair(part, "connector.fc2", &[d, d]);
    let side = config.vit_max_num_patch_per_side;
    list.add(part, "vit_pos_embed.pos_embed", &[side * side, d]);
}

fn vision(list: &mut List, config: &ModelConfig, layers: usize) {
    let config = &config.vision;
    let (d, hidden) = (config.hidden_size, config.intermediate_size);
    let (part, tower) = (Part::Vision, "vit_model.vision_model");
    let embeddings = format!("{tower}.embeddings");
    list.pair(
        part,
        &format!("{embeddings}.patch_embedding"),
        &[d, config.patch_dim()],
    );
    let positions = config.side() * config.side();
    let name = format!("{embeddings}.position_embedding.weight");
    list.add(part, name, &[positions, d]);
    for layer in 0..layers {
        let at = format!("{tower}.encoder.layers.{layer}");
        list.pair(part, &format!("{at}.layer_norm1"), &[d]);
        for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            list.pair(part, &format!("{at}.self_attn.{name}"), &[d, d]);
        }
        list.pair(part, &format!("{at}.layer_norm2"), &[d]);
        list.pair(part, &format!("{at}.mlp.fc1"), &[hidden, d]);
        list.pair(part, &format!("{at}.mlp.fc2"), &[d, hidden]);
    }
    list.pair(part, &format!("{tower}.post_layernorm"), &[d]);
}

fn autoencoder(list: &mut List, config: &AutoencoderConfig) {
    let widths = config.widths();
    let (levels, top) = (widths.len(), widths[widths.len() - 1]);
    let folded = config.pixel_unshuffle * config.pixel_unshuffle;

    let part = Part::Encoder;
    let image = config.in_channels * folded;
    list.pair(part, "encoder.conv_in", &[config.ch, image, 3, 3]);
    let mut previous = config.ch;
    for (level, &width) in widths.iter().enumerate() {
        for block in 0..config.num_res_blocks {
            let at = format!("encoder.down.{level}.block.{block}");
            residual(list, part, &at, previous, width);
            previous = width;
        }
        if level + 1 < levels {
            let at = format!("encoder.down.{level}.downsample.conv");
            list.pair(part, &at, &[width, width, 3, 3]);
        }
    }
    middle(list, part, "encoder.mid", previous);
    list.pair(part, "encoder.norm_out", &[previous]);
    let shape = [2 * config.z_channels, previous, 3, 3];
    list.pair(part, "encoder.conv_out", &shape);

    let part = Part::Decoder;
    list.pair(part, "decoder.conv_in", &[top, config.z_channels, 3, 3]);
    middle(list, part, "decoder.mid", top);
    let mut previous = top;
    for (level, &width) in widths.iter().enumerate().rev() {
        for block in 0..=config.num_res_blocks {
            let at = format!("decoder.up.{level}.block.{block}");
            residual(list, part, &at, previous, width);
            previous = width;
        }
        if level > 0 {
            let at = format!("decoder.up.{level}.upsample.conv");
            list.pair(part, &at, &[width, width, 3, 3]);
        }
    }
    list.pair(part, "decoder.norm_out", &[previous]);
    let shape = [config.out_ch * folded, previous, 3, 3];
    list.pair(part, "decoder.conv_out", &shape);
    if let Some(fold) = config.upscale_fold() {
        upscale(list, config, fold * fold);
    }
}

/// The decoder's upscale level, whose pixels are folded by blocks of so many.
fn upscale(list: &mut List, config: &AutoencoderConfig, area: usize) {
    let (part, at, width) = (Part::Decoder, "decoder.upscale", config.ch);
    let conv = |list: &mut List, name: &str, output: usize, input: usize| {
        list.pair(part, &format!("{at}.{name}"), &[output, input, 3, 3]);
    };
    conv(list, "upsample.conv", width, width);
    conv(
        list,
        "conv_in",
        width,
        (config.out_ch + HAAR_DETAILS) * area,
    );
    for block in 0..=config.num_res_blocks {
        residual(list, part, &format!("{at}.block.{block}"), width, width);
    }
    list.pair(part, &format!("{at}.norm_out"), &[width]);
    conv(list, "conv_out", config.out_ch * HAAR_DETAILS * area, width);
}

fn residual(list: &mut List, part: Part, at: &str, input: usize, output: usize) {
    list.pair(part, &format!("{at}.norm1"), &[input]);
    list.pair(part, &format!("{at}.conv1"), &[output, input, 3, 3]);
    list.pair(part, &format!("{at}.norm2"), &[output]);
    list.pair(part, &format!("{at}.conv2"), &[output, output, 3, 3]);
    if input != output {
        list.pair(part, &format!("{at}.nin_shortcut"), &[output, input, 1, 1]);
    }
}

fn middle(list: &mut List, part: Part, at: &str, width: usize) {
    residual(list, part, &format!("{at}.block_1"), width, width);
    list.pair(part, &format!("{at}.attn_1.norm"), &[width]);
    for name in ["q", "k", "v", "proj_out"] {
        let module = format!("{at}.attn_1.{name}");
        list.pair(part, &module, &[width, width, 1, 1]);
    }
    residual(list, part, &format!("{at}.block_2"), width, width);
}

#[cfg(test)]
mod tests {
    use super::{super::configs, *};

    /// docs/reference/model.md 1.2 and 2.1.
    #[test]
    fn the_full_model_has_its_numbers() {
        let all = inventory(&configs::full(), 26);
        let count = |keep: &dyn Fn(&Weight) -> bool| -> (usize, u64) {
            let kept: Vec<_> = all.iter().filter(|weight| keep(weight)).collect();
            (kept.len(), kept.iter().map(|weight| weight.values()).sum())
        };
        let autoencoder = |w: &Weight| matches!(w.part, Part::Encoder | Part::Decoder);
        assert_eq!(count(&|w| !autoencoder(w)), (1223, 14_607_260_128));
        assert_eq!(count(&autoencoder).1, 83_819_683);
        assert_eq!(count(&|w| w.part == Part::Encoder).1, 34_274_208);
        assert_eq!(count(&|w| w.part == Part::Understanding).1, 6_525_628_928);
        assert_eq!(count(&|w| w.part == Part::Embedding).1, 544_997_376);
        assert_eq!(count(&|w| w.layer == Some(3)).1, 2 * 233_058_048);
        let parts: Vec<_> = all.iter().map(|weight| weight.part).collect();
        assert!(parts.is_sorted());
    }

    #[test]
    fn the_upscale_level_only_adds_to_the_decoder() {
        let mut config = configs::full();
        config.autoencoder.pixel_unshuffle = 4;
        let plain = inventory(&config, 1);
        config.autoencoder.upscale_factor = 2;
        let all = inventory(&config, 1);
        let added: Vec<_> = all.iter().filter(|w| !plain.contains(w)).collect();
        assert_eq!(added.len(), all.len() - plain.len());
        assert!(added.iter().all(|weight| {
            weight.part == Part::Decoder && weight.name.starts_with("decoder.upscale.")
        }));
        let shape = |name: &str| {
            let found = added.iter().find(|weight| weight.name == name);
            found.map(|weight| weight.shape.as_slice())
        };
        assert_eq!(
            shape("decoder.upscale.conv_in.weight"),
            Some(&[128, 24, 3, 3][..])
        );
        assert_eq!(
            shape("decoder.upscale.conv_out.weight"),
            Some(&[36, 128, 3, 3][..])
        );
        assert_eq!(
            shape("decoder.upscale.block.2.norm1.bias"),
            Some(&[128][..])
        );
    }
}
