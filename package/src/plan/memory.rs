//! The plan itself.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Job, Part, PlanError, Split, Storage,
    requirements::{JobRequirements, requirements},
};
use crate::config::ModelConfig;

/// What a device allows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    /// GPU memory for the model, where it is known; WebGPU does not tell.
    pub memory_bytes: Option<u64>,
    /// Largest buffer.
    pub max_buffer_bytes: u64,
    /// Largest part of a buffer that a shader sees.
    pub max_binding_bytes: u64,
    /// How fast weights come from storage to the device, bytes per second.
    pub bandwidth: f64,
}

impl Limits {
    /// What every WebGPU device has, and an ordinary solid-state disk.
    #[must_use]
    pub fn webgpu() -> Self {
        Self {
            memory_bytes: None,
            max_buffer_bytes: 256 << 20,
            max_binding_bytes: 128 << 20,
            bandwidth: 1e9,
        }
    }
}

/// How weights are kept during a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Residency {
    /// Everything that the job needs stays.
    Kept,
    /// What a phase does not need is dropped after the one that did.
    Dropped,
    /// Decoder layers come from storage in every pass: slow.
    Streamed,
    /// Not even one layer at a time fits.
    Impossible,
}

/// One phase of a job, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// What happens.
    pub name: &'static str,
    /// Weights by part.
    pub weights: BTreeMap<Part, u64>,
    /// Keys and values of all contexts.
    pub cache: u64,
    /// What a forward call needs while it runs.
    pub working: u64,
    /// All of it.
    pub total: u64,
}

/// Layers that do not stay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Streaming {
    /// Decoder layers that come anew in every pass.
    pub layers: u64,
    /// Their bytes.
    pub bytes_per_pass: u64,
    /// Seconds that this adds to a pass: a step of painting, or a token of an answer.
    pub seconds_per_pass: f64,
    /// Passes of the whole job.
    pub passes: u64,
}

/// What a job needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemoryPlan {
    /// The job.
    pub job: Job,
    /// How weights are kept.
    pub residency: Residency,
    /// The phases in order.
    pub phases: Vec<Phase>,
    /// Bytes of the largest phase.
    pub peak: u64,
    /// Tensors that are cut.
    pub splits: Vec<Split>,
    /// What streaming costs, where it is needed.
    pub streaming: Option<Streaming>,
}

impl MemoryPlan {
    /// The parts that are on the device in some phase, in the order of a package.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let there = |part: &Part| self.phases.iter().any(|p| p.weights.contains_key(part));
        Part::ALL.into_iter().filter(there).collect()
    }
}

/// Plans a job.
///
/// Weights stay where everything fits; else parts that few phases need come and go; else decoder
/// layers are streamed. Without a known memory, parts come and go. Parts in `resident` are there in
/// every phase whatever the job.
///
/// # Errors
///
/// [`PlanError`] for a size that the model cannot read or paint, or a device without room for a
/// row.
pub fn plan(
    config: &ModelConfig,
    storage: &Storage,
    job: &Job,
    limits: &Limits,
    resident: &[Part],
) -> Result<MemoryPlan, PlanError> {
    let needs = requirements(config, job)?;
    let parts = storage.parts();
    let mut all = needs.lasting.clone();
    all.extend(resident);
    for part in needs.phases.iter().flat_map(|phase| &phase.passing) {
        if !all.contains(part) {
            all.push(*part);
        }
    }
    let limit = limits.max_binding_bytes.min(limits.max_buffer_bytes);
    let splits = storage.splits(&all, limit)?;

    let kept = phases(&needs, &parts, &all);
    let dropped = phases(&needs, &parts, resident);
    let fits = |phases: &[Phase]| {
        limits
            .memory_bytes
            .is_some_and(|memory| peak(phases) <= memory)
    };
    let mut streaming = None;
    let (residency, phases) = if fits(&kept) {
        (Residency::Kept, kept)
    } else if limits.memory_bytes.is_none() || fits(&dropped) {
        (Residency::Dropped, dropped)
    } else {
        let memory = limits.memory_bytes.unwrap_or(u64::MAX);
        let layer = storage.layer(&needs.lasting);
        let count = config.decoder.num_hidden_layers as u64;
        // Two layers of room: one computes while the next one comes.
        let layers = (peak(&dropped) + 2 * layer - memory).div_ceil(layer.max(1));
        let away = layers.min(count);
        let bytes = away * layer;
        streaming = Some(Streaming {
            layers: away,
            bytes_per_pass: bytes,
            seconds_per_pass: bytes as f64 / limits.bandwidth,
            passes: needs.passes,
        });
        let residency = if layers <= count {
            Residency::Streamed
        } else {
            Residency::Impossible
        };
        (residency, without(dropped, storage, &needs.lasting, away))
    };
    Ok(MemoryPlan {
        job: job.clone(),
        residency,
        peak: peak(&phases),
        phases,
        splits,
        streaming,
    })
}

fn peak(phases: &[Phase]) -> u64 {
    phases.iter().map(|phase| phase.total).max().unwrap_or(0)
}

/// The phases with their weights; `kept` lists parts that are there in every phase.
fn phases(needs: &JobRequirements, parts: &BTreeMap<Part, u64>, kept: &[Part]) -> Vec<Phase> {
    needs
        .phases
        .iter()
        .map(|need| {
            let present = needs.lasting.iter().chain(&need.passing);
            let weights: BTreeMap<Part, u64> = present
                .chain(kept)
                .filter_map(|part| Some((*part, *parts.get(part)?)))
                .collect();
            Phase {
                name: need.name,
                cache: need.cache,
                working: need.working,
                total: weights.values().sum::<u64>() + need.cache + need.working,
                weights,
            }
        })
        .collect()
}

/// The phases with `away` layers of each expert on storage and room for two on their way.
fn without(phases: Vec<Phase>, storage: &Storage, lasting: &[Part], away: u64) -> Vec<Phase> {
    phases
        .into_iter()
        .map(|mut phase| {
            for part in lasting {
                let layer = storage.layer(&[*part]);
                if let Some(bytes) = phase.weights.get_mut(part) {
                    let less = away.saturating_sub(2) * layer;
                    *bytes -= less;
                    phase.total -= less;
                }
            }
            phase
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::configs::full, *};
    use crate::Quantization;

    const GIB: u64 = 1 << 30;

    fn ask(side: usize) -> Job {
        Job::Ask {
            images: vec![(side, side)],
            text_tokens: 64,
            answer_tokens: 512,
        }
    }

    fn paint(side: usize, image: Option<(usize, usize)>) -> Job {
        Job::Paint {
            width: side,
            height: side,
            image,
            text_tokens: 128,
            steps: 49,
            previews: true,
        }
    }

    fn planned(job: &Job, memory: Option<f64>) -> MemoryPlan {
        let config = full();
        let storage = Storage::new(&config, 26, Quantization::Q4);
        let limits = Limits {
            memory_bytes: memory.map(|gib| (gib * GIB as f64) as u64),
            ..Limits::webgpu()
        };
        plan(&config, &storage, job, &limits, &[]).unwrap()
    }

    #[test]
    fn the_full_model_answers_within_its_target() {
        for side in [224, 512, 980, 4000] {
            let plan = planned(&ask(side), Some(5.5));
            assert!(
                matches!(plan.residency, Residency::Kept | Residency::Dropped),
                "{side}: {:.2} GiB",
                plan.peak as f64 / GIB as f64
            );
            assert!(plan.peak <= 11 * GIB / 2);
            assert!(
                plan.phases
                    .iter()
                    .all(|p| !p.weights.contains_key(&Part::Generation))
            );
        }
    }

    #[test]
    fn the_full_model_paints_within_its_target() {
        for image in [None, Some((512, 512))] {
            let plan = planned(&paint(512, image), Some(9.0));
            assert!(
                matches!(plan.residency, Residency::Kept | Residency::Dropped),
                "{image:?}: {:.2} GiB",
                plan.peak as f64 / GIB as f64
            );
            assert!(plan.peak <= 9 * GIB);
            assert!(
                plan.phases
                    .iter()
                    .all(|p| !p.weights.contains_key(&Part::Output))
            );
            let names: Vec<_> = plan.phases.iter().map(|phase| phase.name).collect();
            let all = ["encode", "see", "look", "read", "sample", "decode"];
            assert_eq!(names, if image.is_some() { &all[..] } else { &all[3..] });
        }
    }

    #[test]
    fn phases_add_up() {
        for job in [ask(512), paint(512, Some((600, 400)))] {
            let plan = planned(&job, None);
            assert_eq!(plan.residency, Residency::Dropped);
            for phase in &plan.phases {
                let weights: u64 = phase.weights.values().sum();
                assert_eq!(phase.total, weights + phase.cache + phase.working);
                let vision = phase.weights.contains_key(&Part::Vision);
                assert_eq!(vision, phase.name == "see");
            }
            assert!(
                plan.splits
                    .iter()
                    .any(|split| split.tensor.contains("embed_tokens"))
            );
        }
        let kept = planned(&ask(512), Some(100.0));
        assert_eq!(kept.residency, Residency::Kept);
        assert!(
            kept.phases
                .iter()
                .all(|p| p.weights.contains_key(&Part::Vision))
        );
    }

    /// What does not fit is streamed, and the plan says for how much time.
    #[test]
    fn layers_are_streamed_where_experts_do_not_fit() {
        let job = paint(512, None);
        let whole = planned(&job, None).peak;
        let plan = planned(&job, Some(6.0));
        assert_eq!(plan.residency, Residency::Streamed);
        assert!(plan.peak <= 6 * GIB);
        let streaming = plan.streaming.unwrap();
        let layer = streaming.bytes_per_pass / streaming.layers;
        assert!(plan.peak + layer > 6 * GIB, "one layer less would do");
        assert_eq!(whole - plan.peak, (streaming.layers - 2) * layer);
        assert_eq!(streaming.passes, 49);
        let seconds = streaming.bytes_per_pass as f64 / 1e9;
        assert!((streaming.seconds_per_pass - seconds).abs() < 1e-9);
        let none = planned(&job, Some(0.5));
        assert_eq!(none.residency, Residency::Impossible);
        assert_eq!(none.streaming.unwrap().layers, 28);
        assert!(none.peak > GIB / 2);
        let answer = planned(&ask(224), Some(4.0)).streaming.unwrap();
        assert_eq!(answer.passes, 513);
    }

    #[test]
    fn sizes_that_cannot_be_painted_have_no_plan() {
        let config = full();
        let storage = Storage::new(&config, 26, Quantization::Q4);
        for side in [0, 500, 1040] {
            let error = plan(
                &config,
                &storage,
                &paint(side, None),
                &Limits::webgpu(),
                &[],
            );
            assert!(matches!(error, Err(PlanError::Size { .. })), "{side}");
        }
        let error = plan(&config, &storage, &ask(0), &Limits::webgpu(), &[]).unwrap_err();
        assert!(error.to_string().contains("0 x 0 pixels"), "{error}");
    }
}
