//! The files of a data set, by the names that they have in its folder.

/// What is trained on.
pub(crate) const TRAINING: &str = "training_data.jsonl";

/// What is set apart.
pub(crate) const VALIDATION: &str = "validation_data.jsonl";

/// What the data set is made of.
pub(crate) const INFO: &str = "dataset_info.txt";

/// Who was dealt where.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What the run that made it tells of itself.
pub(crate) const RUN: &str = "run.json";

/// What it asked for and was answered, while it runs and afterwards.
pub(crate) const JOURNAL: &str = "journal.jsonl";
