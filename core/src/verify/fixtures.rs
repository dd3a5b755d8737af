//! The fixture files.

use safetensors::{Dtype, SafeTensors};
use serde_json::Value as Json;

/// Fixtures that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixtureError {
    /// A file does not parse.
    #[error("{file} cannot be read: {why}; fetch the fixture set again")]
    File {
        /// Name of the file.
        file: &'static str,
        /// The parser's words.
        why: String,
    },
    /// A tensor is missing or has another type.
    #[error("fixture tensor {name}: {why}; fetch the fixture set again")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A metadata entry is missing or has another form.
    #[error("fixture metadata {name}: {why}; fetch the fixture set again")]
    Meta {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
}

/// Values of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Floats.
    F32(Vec<f32>),
    /// Integers.
    I32(Vec<i32>),
    /// Pictures.
    U8(Vec<u8>),
}

/// How a computed tensor may differ from the stored one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// Not at all.
    Exact,
    /// `|a - b| <= absolute + relative * |b|`.
    Float {
        /// Absolute part.
        absolute: f32,
        /// Relative part.
        relative: f32,
    },
    /// Picture levels.
    Levels(u8),
}

/// A fixture set without its weights.
#[derive(Debug)]
pub struct Fixtures {
    bytes: Vec<u8>,
    json: Json,
}

impl Fixtures {
    /// Takes the contents of `fixtures.safetensors` and `fixtures.json`.
    ///
    /// # Errors
    ///
    /// [`FixtureError::File`] when one does not parse.
    pub fn new(bytes: Vec<u8>, json: &str) -> Result<Self, FixtureError> {
        let json = serde_json::from_str(json).map_err(|error| FixtureError::File {
            file: "fixtures.json",
            why: error.to_string(),
        })?;
        SafeTensors::deserialize(&bytes).map_err(|error| FixtureError::File {
            file: "fixtures.safetensors",
            why: error.to_string(),
        })?;
        Ok(Self { bytes, json })
    }

    /// Names of the cases of this set.
    #[must_use]
    pub fn cases(&self) -> Vec<String> {
        self.json["cases"]
            .as_object()
            .map_or_else(Vec::new, |cases| cases.keys().cloned().collect())
    }

    /// Names of the output tensors of a case.
    #[must_use]
    pub fn outputs(&self, case: &str) -> Vec<String> {
        let prefix = format!("{case}.out.");
        self.json["tensors"]
            .as_object()
            .map_or_else(Vec::new, |tensors| {
                tensors
                    .keys()
                    .filter(|name| name.starts_with(&prefix))
                    .cloned()
                    .collect()
            })
    }

    /// A scalar of the whole set.
    ///
    /// # Errors
    ///
    /// [`FixtureError::Meta`] when it is missing.
    pub fn scalar(&self, name: &str) -> Result<&Json, FixtureError> {
        present(&self.json["scalars"][name], name)
    }

    /// A metadata entry of a case.
    ///
    /// # Errors
    ///
    /// [`FixtureError::Meta`] when it is missing.
    pub fn meta(&self, case: &str, key: &str) -> Result<&Json, FixtureError> {
        present(
            &self.json["cases"][case]["meta"][key],
            &format!("{case}.{key}"),
        )
    }

    /// All metadata keys of a case.
    #[must_use]
    pub fn meta_keys(&self, case: &str) -> Vec<String> {
        self.json["cases"][case]["meta"]
            .as_object()
            .map_or_else(Vec::new, |meta| meta.keys().cloned().collect())
    }

    /// Tolerance of an output.
    ///
    /// # Errors
    ///
    /// [`FixtureError::Meta`] for a form that is not known.
    pub fn tolerance(&self, name: &str) -> Result<Tolerance, FixtureError> {
        let json = &self.json["tensors"][name]["tolerance"];
        let number = |key: &str| json[key].as_f64().map(|value| value as f32);
        if json == "exact" {
            Ok(Tolerance::Exact)
        } else if let Some(levels) = json["max_level_diff"].as_u64() {
            Ok(Tolerance::Levels(u8::try_from(levels).unwrap_or(u8::MAX)))
        } else if let (Some(absolute), Some(relative)) = (number("atol"), number("rtol")) {
            Ok(Tolerance::Float { absolute, relative })
        } else {
            Err(FixtureError::Meta {
                name: name.into(),
                why: format!("tolerance is {json}"),
            })
        }
    }

    /// A stored tensor and its shape.
    ///
    /// # Errors
    ///
    /// [`FixtureError::Tensor`] when it is missing or has a type of no fixture.
    pub fn tensor(&self, name: &str) -> Result<(Value, Vec<usize>), FixtureError> {
        let tensor_error = |why: String| FixtureError::Tensor {
            name: name.into(),
            why,
        };
        let file = SafeTensors::deserialize(&self.bytes)
            .map_err(|error| tensor_error(error.to_string()))?;
        let view = file
            .tensor(name)
            .map_err(|error| tensor_error(error.to_string()))?;
        let words = || view.data().as_chunks::<4>().0.iter();
        let value = match view.dtype() {
            Dtype::F32 => Value::F32(words().map(|&word| f32::from_le_bytes(word)).collect()),
            Dtype::I32 => Value::I32(words().map(|&word| i32::from_le_bytes(word)).collect()),
            Dtype::U8 => Value::U8(view.data().to_vec()),
            other => {
                return Err(tensor_error(format!(
                    "type {other:?}, expected F32, I32 or U8"
                )));
            }
        };
        Ok((value, view.shape().to_vec()))
    }

    /// A float tensor and its shape.
    ///
    /// # Errors
    ///
    /// [`FixtureError::Tensor`] when it is missing or of another type.
    pub fn floats(&self, name: &str) -> Result<(Vec<f32>, Vec<usize>), FixtureError> {
        match self.tensor(name)? {
            (Value::F32(values), shape) => Ok((values, shape)),
            _ => Err(FixtureError::Tensor {
                name: name.into(),
                why: "expected F32".into(),
            }),
        }
    }

    /// An integer tensor whose entries are ids or positions.
    ///
    /// # Errors
    ///
    /// [`FixtureError::Tensor`] when it is missing, of another type or negative.
    pub fn ids(&self, name: &str) -> Result<Vec<u32>, FixtureError> {
        let tensor_error = |why: &str| FixtureError::Tensor {
            name: name.into(),
            why: why.into(),
        };
        match self.tensor(name)?.0 {
            Value::I32(values) => values
                .into_iter()
                .map(|value| u32::try_from(value).map_err(|_| tensor_error("negative entry")))
                .collect(),
            _ => Err(tensor_error("expected I32")),
        }
    }

    /// A picture tensor and its shape.
    ///
    /// # Errors
    ///
    /// [`FixtureError::Tensor`] when it is missing or of another type.
    pub fn bytes(&self, name: &str) -> Result<(Vec<u8>, Vec<usize>), FixtureError> {
        match self.tensor(name)? {
            (Value::U8(values), shape) => Ok((values, shape)),
            _ => Err(FixtureError::Tensor {
                name: name.into(),
                why: "expected U8".into(),
            }),
        }
    }
}

fn present<'a>(json: &'a Json, name: &str) -> Result<&'a Json, FixtureError> {
    if json.is_null() {
        Err(FixtureError::Meta {
            name: name.into(),
            why: "is missing".into(),
        })
    } else {
        Ok(json)
    }
}
