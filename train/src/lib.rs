//! Losses, data mixing, curriculum, checkpoints and evaluation for UniMed models.
