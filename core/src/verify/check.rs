//! Computed results against stored ones.

use std::{collections::BTreeMap, ops::AddAssign};

use serde::Serialize;
use serde_json::Value as Json;

use super::{
    agreement::Agreement,
    fixtures::{FixtureError, Fixtures, Tolerance, Value},
    quantized::{Bound, bound},
};
use unimed_package::Quantization;

/// Share of the pixels of a picture that may differ at all: a picture that was rounded instead of
/// truncated stays within one level, but differs in half of its pixels.
const DIFFERING_PIXELS: f64 = 0.01;

/// Share of the tokens that must be the most probable ones, at 8 bit.
const AGREEMENT_Q8: f64 = 0.98;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Name of the tensor, or of the metadata entry.
    pub tensor: String,
    /// Largest absolute difference; null where nothing could be compared.
    pub max_abs: Option<f64>,
    /// `||computed - stored|| / ||stored||` of float tensors.
    pub relative_l2: Option<f64>,
    /// What was allowed, in words.
    pub tolerance: String,
    /// How much of that the worst value takes: at most 1 where it holds; null where it cannot be said in a number.
    pub share: Option<f64>,
    /// Whether it holds.
    pub pass: bool,
    /// Why it does not, where the numbers do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Tokens that were predicted, where these are what is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
}

/// Counts of comparisons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Comparisons that hold.
    pub passed: usize,
    /// Comparisons that do not.
    pub failed: usize,
    /// Outputs of the set that nothing computed.
    pub skipped: usize,
}

impl Summary {
    /// Counts a comparison.
    pub(super) fn count(&mut self, pass: bool) {
        if pass {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// What a case computed.
#[derive(Debug, Default)]
pub(super) struct Results {
    tensors: BTreeMap<String, Value>,
    facts: Vec<(String, Json, Json)>,
    /// Tokens predicted from stored ones.
    pub(super) agreement: Agreement,
}

impl Results {
    /// Records an output tensor under its full name.
    pub(super) fn tensor(&mut self, name: impl Into<String>, value: Value) {
        self.tensors.insert(name.into(), value);
    }

    /// Records a metadata entry that must equal the stored one (numbers to 1e-6).
    pub(super) fn fact(&mut self, name: impl Into<String>, found: impl Into<Json>, stored: &Json) {
        self.facts.push((name.into(), found.into(), stored.clone()));
    }

    pub(super) fn compare(
        &self,
        fixtures: &Fixtures,
        case: &str,
        quantization: Quantization,
        on_check: &mut dyn FnMut(Check),
    ) -> Summary {
        let mut summary = Summary::default();
        for name in fixtures.outputs(case) {
            let allowed = fixtures
                .tolerance(&name)
                .map(|stored| bound(&name, stored, quantization));
            if allowed == Ok(Bound::Counted) {
                continue;
            }
            let Some(found) = self.tensors.get(&name) else {
                summary.skipped += 1;
                on_check(Check {
                    tensor: name,
                    max_abs: None,
                    relative_l2: None,
                    tolerance: String::new(),
                    share: None,
                    pass: false,
                    why: Some("no case of this engine computes it".into()),
                    agreement: None,
                });
                continue;
            };
            let check = compare_tensor(&name, found, fixtures, allowed);
            summary.count(check.pass);
            on_check(check);
        }
        for (name, found, stored) in &self.facts {
            let pass = same(found, stored);
            summary.count(pass);
            on_check(Check {
                tensor: format!("{case}.meta.{name}"),
                max_abs: None,
                relative_l2: None,
                tolerance: "exact".into(),
                share: None,
                pass,
                why: (!pass).then(|| format!("expected {stored}, got {found}")),
                agreement: None,
            });
        }
        summary
    }
}

impl Agreement {
    /// The comparison of the whole set; `None` where no text was decoded.
    pub(super) fn check(&self, quantization: Quantization) -> Option<Check> {
        let share = self.agreed as f64 / self.predicted as f64;
        let (pass, tolerance) = match quantization {
            _ if self.predicted == 0 => return None,
            Quantization::Q4 => (true, "reported only".to_owned()),
            _ => (share >= AGREEMENT_Q8, format!("at least {AGREEMENT_Q8}")),
        };
        Some(Check {
            tensor: "forced_decoding.top1".into(),
            max_abs: None,
            relative_l2: None,
            tolerance,
            share: None,
            pass,
            why: Some(self.in_words(share)),
            agreement: Some(self.clone()),
        })
    }
}

fn compare_tensor(
    name: &str,
    found: &Value,
    fixtures: &Fixtures,
    allowed: Result<Bound, FixtureError>,
) -> Check {
    let failed = |why: String| Check {
        tensor: name.into(),
        max_abs: None,
        relative_l2: None,
        tolerance: String::new(),
        share: None,
        pass: false,
        why: Some(why),
        agreement: None,
    };
    let (stored, allowed) = match (fixtures.tensor(name), allowed) {
        (Ok((stored, _)), Ok(allowed)) => (stored, allowed),
        (Err(error), _) | (_, Err(error)) => return failed(error.to_string()),
    };
    let pairs: Vec<(f64, f64)> = match (found, &stored) {
        (Value::F32(a), Value::F32(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .map(|(&a, &b)| (f64::from(a), f64::from(b)))
            .collect(),
        (Value::I32(a), Value::I32(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .map(|(&a, &b)| (f64::from(a), f64::from(b)))
            .collect(),
        (Value::U8(a), Value::U8(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .map(|(&a, &b)| (f64::from(a), f64::from(b)))
            .collect(),
        _ => return failed("type or number of values differs".into()),
    };
    let max_abs = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let differing = pairs.iter().filter(|(a, b)| a != b).count() as f64 / pairs.len() as f64;
    let finite = pairs.iter().all(|(a, _)| a.is_finite());
    let square = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(|p| f(p).powi(2)).sum::<f64>();
    let distance = square(|(a, b)| a - b) / square(|(_, b)| *b).max(f64::MIN_POSITIVE);
    let distance = distance.sqrt();
    let exact = if max_abs == 0.0 { 0.0 } else { f64::INFINITY };
    let (pass, share, words) = match allowed {
        Bound::Stored(Tolerance::Exact) => (max_abs == 0.0, exact, "exact".into()),
        Bound::Stored(Tolerance::Levels(0)) => (max_abs == 0.0, exact, "0 levels".into()),
        Bound::Stored(Tolerance::Levels(levels)) => (
            max_abs <= f64::from(levels) && differing < DIFFERING_PIXELS,
            (max_abs / f64::from(levels)).max(differing / DIFFERING_PIXELS),
            format!("{levels} levels in less than 1 % of the values"),
        ),
        Bound::Stored(Tolerance::Float { absolute, relative }) => {
            let allowed = |b: f64| f64::from(absolute) + f64::from(relative) * b.abs();
            (
                pairs.iter().all(|(a, b)| (a - b).abs() <= allowed(*b)),
                pairs
                    .iter()
                    .map(|(a, b)| (a - b).abs() / allowed(*b))
                    .fold(0.0, f64::max),
                format!("{absolute} + {relative} * |expected|"),
            )
        }
        Bound::Relative(most) => (
            distance <= most,
            distance / most,
            format!("relative L2 {most}"),
        ),
        Bound::Counted => return failed("tokens are not compared one by one".into()),
    };
    let shown = matches!(found, Value::F32(_)) || matches!(allowed, Bound::Relative(_));
    let relative_l2 = shown.then_some(distance);
    Check {
        tensor: name.into(),
        max_abs: Some(max_abs),
        relative_l2,
        tolerance: words,
        // A value that differs where none may is no multiple of what is allowed.
        share: (share.is_finite() && finite).then_some(share),
        pass: pass && finite,
        why: (!finite).then(|| "values are not finite".into()),
        agreement: None,
    }
}

/// Equality of metadata, numbers to 1e-6.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-6,
            _ => false,
        },
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
