//! One model of the list: what is known of it, what is under way with it, and how that is said.

use crate::{no_room::no_room, plan, rate::Rate, signed::Signed};
use std::rc::Rc;
use unimed_model_store::{
    opfs::{Refusal, SPARE_BYTES},
    source::AnySource,
};
use unimed_package::{Manifest, plan::Limits};
use unimed_protocol::{
    JobId, ModelAction, ModelEntry, ModelRequirements, ModelSource, Sentence, UserError,
};
use unimed_web::amounts::bytes;

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What is missing is fetched and kept.
    Keep,
    /// All of it is read and checked.
    Verify,
    /// It is removed.
    Delete,
}

/// Work under way.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Its number, by which it is stopped.
    pub(crate) job: JobId,
    /// What it is.
    pub(crate) kind: Kind,
    /// Bytes done and in all; nothing before it has begun.
    pub(crate) bytes: Option<(u64, u64)>,
    /// How fast it is.
    pub(crate) rate: Rate,
}

/// What the manifest and the store say.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The manifest.
    pub(crate) manifest: Rc<Manifest>,
    /// Who signed it.
    pub(crate) signed: Signed,
    /// Name of its folder in the store.
    pub(crate) id: String,
    /// Bytes that are kept.
    pub(crate) kept: u64,
}

/// One model.
pub(crate) struct Model {
    /// Its number.
    pub(crate) key: u32,
    /// Where it comes from.
    pub(crate) place: ModelSource,
    /// What reads it.
    pub(crate) source: AnySource,
    /// What is known, once its manifest was read.
    pub(crate) known: Option<Known>,
    /// What is under way.
    pub(crate) task: Option<Task>,
    /// What came of the last check.
    pub(crate) checked: Option<Sentence>,
    /// What went wrong last.
    pub(crate) user_error: Option<UserError>,
}

impl Model {
    /// What the page shows of it; `space` is what this browser keeps and what it may keep, in bytes.
    pub(crate) fn entry(&self, limits: &Limits, space: Option<(f64, f64)>) -> ModelEntry {
        let (state, status) = self.state();
        let bytes_done = self.task.as_ref().and_then(|task| task.bytes);
        let left = self.task.as_ref().filter(|task| task.kind == Kind::Keep);
        let needs = |known: &Known| plan::needs(&known.manifest, known.kept, limits);
        let needs = self.known.as_ref().map(needs);
        ModelEntry {
            key: self.key,
            place: self.place.clone(),
            name: self.name(),
            lines: needs
                .as_ref()
                .map(|needs| self.lines(needs, limits))
                .unwrap_or_default(),
            needs,
            state: state.to_owned(),
            status,
            share: bytes_done.map(|(done, total)| done as f64 / total.max(1) as f64),
            left_s: bytes_done
                .zip(left)
                .and_then(|((_, total), task)| task.rate.left_s(total)),
            actions: self
                .actions(state)
                .into_iter()
                .map(|(action, label)| (action, label.to_owned()))
                .collect(),
            user_error: self
                .user_error
                .clone()
                .or_else(|| self.known.as_ref()?.signed.warning())
                .or_else(|| self.too_large(space?)),
        }
    }

    /// Size and licence, who signed it, and what it needs.
    fn lines(&self, needs: &ModelRequirements, limits: &Limits) -> Vec<Sentence> {
        let mut lines = plan::lines(needs, limits);
        if let Some(known) = &self.known {
            lines.insert(1, known.signed.line());
        }
        lines
    }

    /// That there is too little space to keep it. The engine can use such a model and fetches it anew on every visit;
    /// nothing else on the page says why.
    fn too_large(&self, (used, quota): (f64, f64)) -> Option<UserError> {
        let known = self.known.as_ref()?;
        let needed = known.manifest.total_bytes().saturating_sub(known.kept) as f64;
        let free = quota - used;
        let wanted = self.task.is_none() && !matches!(self.place, ModelSource::Folder(_));
        (wanted && needed > 0.0 && free < needed + SPARE_BYTES)
            .then(|| no_room(Refusal::Space { needed, free }))
    }

    fn name(&self) -> String {
        match (&self.known, &self.place) {
            (Some(known), _) => known.manifest.name.clone(),
            (
                None,
                ModelSource::Url(place) | ModelSource::Folder(place) | ModelSource::Kept(place),
            ) => place.clone(),
        }
    }

    fn state(&self) -> (&'static str, Sentence) {
        let size = |count: u64| bytes(count as f64);
        if let Some(task) = &self.task {
            return match (task.kind, task.bytes) {
                (Kind::Delete, _) => ("deleting", Sentence::new("Removing it", [])),
                (kind, None) => (
                    if kind == Kind::Keep {
                        "fetching"
                    } else {
                        "verifying"
                    },
                    Sentence::new("Waiting for its turn; another tab may be at it", []),
                ),
                (Kind::Verify, Some((done, total))) => (
                    "verifying",
                    Sentence::new("Checked {} of {}", [size(done), size(total)]),
                ),
                (Kind::Keep, Some((done, total))) => (
                    "fetching",
                    match task.rate.per_second() {
                        Some(rate) => Sentence::new(
                            "{} of {}, {} per second",
                            [size(done), size(total), bytes(rate)],
                        ),
                        None => Sentence::new("{} of {}", [size(done), size(total)]),
                    },
                ),
            };
        }
        let Some(known) = &self.known else {
            return if self.user_error.is_some() {
                ("failed", Sentence::new("Could not be read", []))
            } else {
                ("reading", Sentence::new("Reading what it is", []))
            };
        };
        let total = known.manifest.total_bytes();
        let here = known.kept == total;
        let in_folder = matches!(self.place, ModelSource::Folder(_));
        match &self.checked {
            Some(checked) if here || in_folder => {
                (if here { "here" } else { "folder" }, checked.clone())
            }
            _ if here => (
                "here",
                Sentence::new("All of it is kept on this device", []),
            ),
            _ if in_folder => ("folder", Sentence::new("In a folder on this device", [])),
            _ if known.kept > 0 => (
                "partial",
                Sentence::new(
                    "{} of {} are on this device",
                    [size(known.kept), size(total)],
                ),
            ),
            _ => ("away", Sentence::new("Not on this device", [])),
        }
    }

    fn actions(&self, state: &str) -> Vec<(ModelAction, &'static str)> {
        use ModelAction::{Delete, Forget, Keep, Pause, Use, Verify};
        let kept = self.known.as_ref().is_some_and(|known| known.kept > 0);
        let mut actions = match state {
            "fetching" => vec![(Pause, "Pause")],
            "verifying" => vec![(Pause, "Stop")],
            "here" => vec![(Use, "Use"), (Verify, "Verify"), (Delete, "Delete")],
            "folder" => vec![
                (Use, "Use"),
                (Keep, "Copy into this browser"),
                (Verify, "Verify"),
            ],
            "partial" => vec![(Keep, "Resume"), (Delete, "Delete")],
            "away" => vec![(Keep, "Download"), (Forget, "Remove from the list")],
            "failed" => vec![(Forget, "Remove from the list")],
            _ => Vec::new(),
        };
        if state == "folder" {
            actions.push(if kept {
                (Delete, "Delete the copy")
            } else {
                (Forget, "Remove from the list")
            });
        }
        actions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unimed_package::{MemorySource, Seen, TrustStatus};

    fn model(place: ModelSource, kept: u64) -> Model {
        let mut manifest = Manifest::new("M", "MIT", "", Default::default());
        manifest.files.push(unimed_package::FileEntry {
            name: "a".into(),
            size: 8_000_000,
            sha256: Vec::new(),
        });
        Model {
            key: 1,
            place,
            source: Rc::new(MemorySource::new()),
            known: Some(Known {
                manifest: Rc::new(manifest),
                signed: Signed::new(None, TrustStatus::Unsigned),
                id: "00".into(),
                kept,
            }),
            task: None,
            checked: None,
            user_error: None,
        }
    }

    fn url() -> ModelSource {
        ModelSource::Url("https://x/".into())
    }

    fn actions(entry: &ModelEntry) -> Vec<ModelAction> {
        entry.actions.iter().map(|(action, _)| *action).collect()
    }

    #[test]
    fn what_can_be_done_follows_from_what_is_kept() {
        use ModelAction::{Delete, Forget, Keep, Use, Verify};
        let limits = Limits::webgpu();
        for (place, kept, state, wanted) in [
            (url(), 0, "away", &[Keep, Forget][..]),
            (url(), 4_000_000, "partial", &[Keep, Delete]),
            (url(), 8_000_000, "here", &[Use, Verify, Delete]),
            (
                ModelSource::Folder("f".into()),
                0,
                "folder",
                &[Use, Keep, Verify, Forget],
            ),
            (
                ModelSource::Folder("f".into()),
                9,
                "folder",
                &[Use, Keep, Verify, Delete],
            ),
            (
                ModelSource::Kept("00".into()),
                8_000_000,
                "here",
                &[Use, Verify, Delete],
            ),
        ] {
            let entry = model(place, kept).entry(&limits, None);
            assert_eq!((&entry.state[..], &actions(&entry)[..]), (state, wanted));
        }
    }

    #[test]
    fn a_download_says_how_far_how_fast_and_how_long() {
        let mut model = model(url(), 0);
        let mut rate = Rate::default();
        rate.note(0.0, 0);
        rate.note(2_000.0, 2_000_000);
        model.task = Some(Task {
            job: JobId(1),
            kind: Kind::Keep,
            bytes: Some((2_000_000, 8_000_000)),
            rate,
        });
        let entry = model.entry(&Limits::webgpu(), None);
        assert_eq!(
            (&entry.state[..], entry.share, entry.left_s),
            ("fetching", Some(0.25), Some(6.0))
        );
        assert_eq!(entry.status.parts, ["2.0 MB", "8.0 MB", "1.0 MB"]);
        assert_eq!(actions(&entry), [ModelAction::Pause]);
    }

    #[test]
    fn a_model_that_does_not_fit_says_so_before_it_is_fetched() {
        let limits = Limits::webgpu();
        let says = |model: &Model, space| model.entry(&limits, space).user_error;
        // 8 MB, and 64 MB that must stay free.
        let tight = Some((1e6, 72e6));
        let user_error = says(&model(url(), 0), tight).expect("it does not fit");
        assert_eq!(
            user_error.what,
            "The model needs 8.0 MB more, and this browser lets the page have 71.0 MB."
        );
        assert_eq!(says(&model(url(), 0), Some((1e6, 73e6))), None);
        assert_eq!(says(&model(url(), 1_000_000), tight), None);
        assert_eq!(says(&model(url(), 8_000_000), Some((72e6, 72e6))), None);
        assert_eq!(
            says(&model(ModelSource::Folder("f".into()), 0), tight),
            None
        );
        assert_eq!(says(&model(url(), 0), None), None);
        // What went wrong comes first.
        let mut failed = model(url(), 0);
        failed.user_error = Some(UserError::new("a", "b", unimed_protocol::Remedy::None));
        assert_eq!(says(&failed, tight), failed.user_error);
    }

    #[test]
    fn a_signature_that_is_missed_is_said_before_a_lack_of_space() {
        let mut model = model(url(), 0);
        let tight = Some((72e6, 72e6));
        let said = |model: &Model| {
            model
                .entry(&Limits::webgpu(), tight)
                .user_error
                .expect("one")
        };
        assert!(said(&model).what.contains("8.0 MB more"));
        let before = Seen {
            name: "M".into(),
            key: String::new(),
            signer: None,
            first_seen: 0,
            newest: 0,
        };
        let known = model.known.as_mut().expect("known");
        known.signed = Signed::new(None, TrustStatus::NoLongerSigned(before));
        assert!(said(&model).what.contains("is not signed"));
        let entry = model.entry(&Limits::webgpu(), None);
        assert!(entry.lines[1].words.starts_with("Not signed"));
    }

    #[test]
    fn a_model_that_could_not_be_read_can_only_leave() {
        let mut model = model(url(), 0);
        model.known = None;
        assert_eq!(model.entry(&Limits::webgpu(), None).state, "reading");
        model.user_error = Some(UserError::new("a", "b", unimed_protocol::Remedy::None));
        let entry = model.entry(&Limits::webgpu(), None);
        assert_eq!(
            (&entry.state[..], &entry.name[..]),
            ("failed", "https://x/")
        );
        assert_eq!(actions(&entry), [ModelAction::Forget]);
    }
}
