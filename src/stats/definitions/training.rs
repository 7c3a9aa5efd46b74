//! What is trained on, and what training takes.

use super::{Definition, row};

/// Figures about training.
pub(super) const TRAINING: &[Definition] = &[
    row("supervision.max_tokens", "tokens", "The limit, --max-tokens; null: none."),
    row("supervision.tokens", "tokens", "Tokens of all records, before any cut."),
    row(
        "supervision.trained",
        "tokens",
        "Tokens that count in the loss, before any cut. With a chat template that marks them (see the manual): those, whatever weights the messages have. Else: the texts of assistant messages but those of weight or loss_weight 0, and those of train or training false.",
    ),
    row("supervision.share", "0 to 1", "trained / tokens."),
    row(
        "supervision.per_record.<summary>",
        "tokens",
        "Trained tokens of a record, before any cut.",
    ),
    row(
        "supervision.fully.<part>",
        "records",
        "Of which every token is trained, and there is one.",
    ),
    row(
        "supervision.idle.<part>",
        "records",
        "With nothing to train on: no trained token, none before the limit, or refused by the chat template.",
    ),
    row(
        "supervision.idle_by_cause.no_assistant",
        "records",
        "Idle: there is no assistant message.",
    ),
    row(
        "supervision.idle_by_cause.empty_assistant",
        "records",
        "Idle: no assistant message has a text or a call.",
    ),
    row(
        "supervision.idle_by_cause.not_trained",
        "records",
        "Idle: weight or train leaves out every assistant message.",
    ),
    row(
        "supervision.idle_by_cause.not_marked",
        "records",
        "Idle: the chat template marks nothing.",
    ),
    row(
        "supervision.idle_by_cause.cut",
        "records",
        "Idle: all trained tokens stand behind the limit.",
    ),
    row(
        "supervision.idle_by_cause.refused",
        "records",
        "Idle: the chat template refuses the record.",
    ),
    row(
        "supervision.only_calls.<part>",
        "records",
        "Whose answers that are trained on hold calls and no text, where no template with marks says in how many tokens: they are not idle, and their trained tokens are not known.",
    ),
    row("supervision.idle_at.<lines>", "", "Records with nothing to train on."),
    row("supervision.over.<part>", "records", "Of more tokens than the limit."),
    row("supervision.over_at.<lines>", "", "Records over the limit."),
    row(
        "supervision.lost",
        "tokens",
        "Tokens behind the limit, which a trainer that cuts loses. Which of them are trained is exact with a template that marks; else what stands around the texts is taken to stand before them.",
    ),
    row("supervision.trained_lost", "tokens", "Those of them that are trained."),
    row(
        "supervision.cut_inside.<part>",
        "records",
        "Cut within a run of trained tokens, of which some stand before the limit: the end of the answer is not learned.",
    ),
    row("supervision.cut_at.<lines>", "", "Records cut so."),
    row(
        "supervision.refused.<part>",
        "records",
        "That the chat template refuses; they have no tokens, and are in no figure of tokens but by_role, query and response.",
    ),
    row("supervision.refused_at.<lines>", "", "Records that are refused."),
    row(
        "supervision.refused_why.<ranking>",
        "records",
        "By the reason that the template gives, of which 16 to 32 are told apart.",
    ),
    row("training.epochs", "passes", "--epochs."),
    row("training.batch_size", "sequences", "--batch-size."),
    row(
        "training.packing.*.limit",
        "tokens",
        "The length of a sequence: --max-tokens, or else 2,048, 4,096, 8,192 and 32,768.",
    ),
    row(
        "training.packing.*.sequences",
        "sequences",
        "With several records in one sequence, by best-fit decreasing: by falling length, each into the fullest sequence with room for it; a record over the limit is cut to it. A trainer packs within batches and does slightly worse.",
    ),
    row(
        "training.packing.*.efficiency",
        "0 to 1",
        "Tokens that are left / (sequences * limit); 0 without any.",
    ),
    row(
        "training.packing.*.padded_efficiency",
        "0 to 1",
        "Tokens that are left / (records * limit): one record a sequence, padded to the limit.",
    ),
    row("training.packing.*.over", "records", "Of more tokens than the limit."),
    row("training.packing.*.lost", "tokens", "Tokens behind the limit."),
    row("training.steps", "steps", "ceil(records with tokens / batch_size) * epochs."),
    row(
        "training.steps_packed",
        "steps",
        "ceil(sequences at --max-tokens / batch_size) * epochs; null without --max-tokens.",
    ),
    row("training.tokens", "tokens", "Tokens of all records, cut to --max-tokens, * epochs."),
    row("training.cost", "as --price", "training.tokens / 1,000,000 * --price; null without it."),
];
