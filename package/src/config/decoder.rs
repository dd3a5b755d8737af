//! `llm_config.json`: the two-expert decoder.

use serde::{Deserialize, Serialize};

use super::{ConfigError, MAX_LAYERS, MAX_WIDTH, require, require_countable, require_within};

const FILE: &str = "llm_config.json";

/// Positions of the published family, for files that leave the number out.
const FAMILY_POSITIONS: usize = 32_768;

/// Hyper-parameters of the decoder; field names as in the official file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecoderConfig {
    /// Width of the stream.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Key and value heads; divides the query heads.
    pub num_key_value_heads: usize,
    /// Width inside the feed-forward layers.
    pub intermediate_size: usize,
    /// Rows of the embedding and of the output matrix.
    pub vocab_size: usize,
    /// Base of the rotary wavelengths.
    pub rope_theta: f64,
    /// Added to mean squares in every RMS norm.
    pub rms_norm_eps: f64,
    /// Activation of the feed-forward layers; only `silu`.
    pub hidden_act: String,
    /// Positions that were trained: a text token takes one, an image one for each way in which it is read. No context
    /// holds more.
    #[serde(
        default = "family_positions",
        skip_serializing_if = "is_family_positions"
    )]
    pub max_position_embeddings: usize,
}

fn family_positions() -> usize {
    FAMILY_POSITIONS
}

fn is_family_positions(positions: &usize) -> bool {
    *positions == FAMILY_POSITIONS
}

impl DecoderConfig {
    /// Channels of one head.
    #[must_use]
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// Checks that the engine can run such a decoder.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] names the field.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let (hidden, heads, kv) = (
            self.hidden_size,
            self.num_attention_heads,
            self.num_key_value_heads,
        );
        require(heads > 0, FILE, "num_attention_heads", heads, "at least 1")?;
        require(kv > 0, FILE, "num_key_value_heads", kv, "at least 1")?;
        require(
            hidden > 0 && hidden.is_multiple_of(heads) && self.head_dim().is_multiple_of(2),
            FILE,
            "hidden_size",
            hidden,
            format!("a multiple of 2 x {heads} heads"),
        )?;
        require(
            hidden.is_multiple_of(4),
            FILE,
            "hidden_size",
            hidden,
            "a multiple of 4",
        )?;
        require(
            heads.is_multiple_of(kv),
            FILE,
            "num_key_value_heads",
            kv,
            format!("a divisor of {heads} heads"),
        )?;
        let act = &self.hidden_act;
        require(act == "silu", FILE, "hidden_act", act, "silu")?;
        require_within(
            FILE,
            MAX_LAYERS,
            &[("num_hidden_layers", self.num_hidden_layers)],
        )?;
        require_within(
            FILE,
            MAX_WIDTH,
            &[
                ("hidden_size", hidden),
                ("intermediate_size", self.intermediate_size),
            ],
        )?;
        require_within(
            FILE,
            1 << 30,
            &[
                ("vocab_size", self.vocab_size),
                ("max_position_embeddings", self.max_position_embeddings),
            ],
        )?;
        require_countable(FILE, "vocab_size", self.vocab_size, hidden)?;
        require_countable(FILE, "intermediate_size", self.intermediate_size, hidden)?;
        require_countable(FILE, "hidden_size", hidden, hidden)?;
        require(
            self.rope_theta > 1.0,
            FILE,
            "rope_theta",
            self.rope_theta,
            "more than 1",
        )?;
        require(
            self.rms_norm_eps > 0.0,
            FILE,
            "rms_norm_eps",
            self.rms_norm_eps,
            "more than 0",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(positions: &str) -> DecoderConfig {
        serde_json::from_str(&format!(
            r#"{{{positions}"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,
            "intermediate_size":16,"vocab_size":10,"rope_theta":1e6,"rms_norm_eps":1e-6,"hidden_act":"silu"}}"#
        ))
        .unwrap()
    }

    #[test]
    fn numbers_that_are_no_model_are_refused_by_name() {
        type Change = fn(&mut DecoderConfig);
        let changes: [(&str, Change); 5] = [
            ("num_hidden_layers", |c| c.num_hidden_layers = 1_000_000_000),
            ("hidden_size", |c| c.hidden_size = 1 << 20),
            ("intermediate_size", |c| c.intermediate_size = 1 << 20),
            ("vocab_size", |c| c.vocab_size = 1 << 29),
            ("max_position_embeddings", |c| {
                c.max_position_embeddings = 1 << 31;
            }),
        ];
        assert_eq!(config("").validate(), Ok(()));
        for (field, change) in changes {
            let mut changed = config("");
            change(&mut changed);
            let error = changed.validate().unwrap_err().to_string();
            assert!(error.contains(&format!("{field} is ")), "{error}");
        }
    }

    #[test]
    fn positions_are_the_files_or_the_familys() {
        let own = config(r#""max_position_embeddings":64,"#);
        assert_eq!(own.max_position_embeddings, 64);
        assert_eq!(
            serde_json::to_value(&own).unwrap()["max_position_embeddings"],
            64
        );
        let family = config("");
        assert_eq!(family.max_position_embeddings, 32_768);
        // A file that left it out is written as it was.
        let written = serde_json::to_value(&family).unwrap();
        assert!(written.get("max_position_embeddings").is_none());
        assert!(
            config(r#""max_position_embeddings":0,"#)
                .validate()
                .is_err()
        );
    }
}
