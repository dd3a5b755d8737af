//! Weights of any size that are made when they are asked for: from a seed, never from a file, and
//! the same on every machine. For measurements and tests at shapes whose weights nobody has at hand.

use crate::{
    DType, PackageError, PackedData, PackedForm, PackedShape, Quantization, TensorIndex,
    TensorMeta, config::ModelConfig, host::LocalFuture, packed_form, plan::inventory,
};
use half::f16;

/// A repeatable sequence of numbers (Steele, Lea and Flood, 2014: SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// A sequence of its own for every name.
    fn named(name: &str) -> Self {
        let fold = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
    }

    /// The next number, all of its 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// The next number, in -1..1.
    pub fn float(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// All tensors of a model, its matrices in 4 bit as the converter would pack them.
#[derive(Debug, Clone)]
pub struct Seeded(Vec<(String, Vec<usize>)>);

impl Seeded {
    /// The tensors of a model whose vision tower has `vision_layers` blocks.
    #[must_use]
    pub fn new(config: &ModelConfig, vision_layers: usize) -> Self {
        let weights = inventory(config, vision_layers).into_iter();
        Self(weights.map(|weight| (weight.name, weight.shape)).collect())
    }

    fn shape(&self, name: &str) -> Option<&[usize]> {
        let found = self.0.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    fn floats(&self, name: &str) -> Result<Vec<u8>, PackageError> {
        let shape = self.shape(name).ok_or_else(|| missing(name))?;
        let mut random = Random::named(name);
        // Values keep their size on the way: a matrix or a convolution gives back the variance
        // that it gets, a norm is near 1, a bias near 0.
        let (middle, size) = match shape {
            [_, inputs @ ..] if !inputs.is_empty() => {
                let inputs: usize = inputs.iter().product();
                (0.0, (3.0 / inputs as f32).sqrt())
            }
            _ if name.ends_with(".weight") => (1.0, 0.25),
            _ => (0.0, 0.25),
        };
        let values = (0..shape.iter().product()).map(|_| middle + size * random.float());
        Ok(values.flat_map(f32::to_le_bytes).collect())
    }

    fn matrix(&self, name: &str) -> Result<PackedData, PackageError> {
        let shape = self.packed(name).ok_or_else(|| missing(name))?;
        let mut random = Random::named(name);
        let count = shape.rows * shape.words();
        let mut words = Vec::with_capacity(count + 1);
        while words.len() < count {
            let two = random.bits();
            words.extend([two as u32, (two >> 32) as u32]);
        }
        words.truncate(count);
        // Stored values are spread evenly over -8..8 or -128..128. Scales of both signs, as the
        // converter finds them; half to one and a half times the size that keeps the variance.
        let spread = match shape.form {
            PackedForm::Q4 => 4.64,
            PackedForm::Q8 => 73.9,
        };
        let size = 1.0 / (spread * (shape.columns as f32).sqrt());
        let scales = (0..shape.rows * shape.groups()).map(|_| {
            let value = random.float();
            f16::from_f32(size * (value + 0.5_f32.copysign(value)))
        });
        let data = PackedData::new(shape, words, scales.collect());
        Ok(data.expect("invariant: as many words and scales as the shape has"))
    }
}

fn missing(name: &str) -> PackageError {
    PackageError::Missing {
        name: name.to_owned(),
        file: "the seeded model".to_owned(),
    }
}

impl TensorIndex for Seeded {
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    fn meta(&self, name: &str) -> Option<TensorMeta> {
        let floats = TensorMeta {
            dtype: DType::F32,
            shape: self.shape(name)?.to_vec(),
        };
        Some(self.packed(name).map_or(floats, |shape| shape.words_meta()))
    }

    fn read<'a>(&'a self, name: &'a str) -> LocalFuture<'a, Result<Vec<u8>, PackageError>> {
        Box::pin(std::future::ready(self.floats(name)))
    }

    fn packed(&self, name: &str) -> Option<PackedShape> {
        let shape = self.shape(name)?;
        let form = packed_form(name, shape, Quantization::Q4)?;
        Some(PackedShape {
            form,
            rows: shape[0],
            columns: shape[1],
        })
    }

    fn read_packed<'a>(
        &'a self,
        name: &'a str,
    ) -> LocalFuture<'a, Result<PackedData, PackageError>> {
        Box::pin(std::future::ready(self.matrix(name)))
    }
}
