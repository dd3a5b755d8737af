//! The UniMed page, its engine worker and its decoding worker.
