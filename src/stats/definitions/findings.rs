//! What was found about the data: repetition, diversity, signs, keys.

use super::{Definition, row};

/// Figures about what was found.
pub(super) const FINDINGS: &[Definition] = &[
    row(
        "duplicates.<repeats>",
        "records",
        "Equal records: roles, contents, calls and reasoning of all messages, as chatml-dedup compares them. A record without messages is not compared.",
    ),
    row(
        "duplicates.prompts.<repeats>",
        "prompts",
        "Equal prompts: the messages before the first assistant message.",
    ),
    row(
        "duplicates.responses.<repeats>",
        "responses",
        "Equal responses: the last assistant message.",
    ),
    row(
        "duplicates.near.rate",
        "0 to 1",
        "Of the different records, those that would be removed because one that stays has a similarity of .8 or more: the share of common runs of five words in all of theirs, of what users and assistants say. Estimated: similarities from signatures of 126 components (standard error .036 at .8), the rate from up to 4,096 records among which similar ones meet (standard error .005 at .1). Of a sample (one_in over 1) it is up to .05 too high where similar records come in large groups.",
    ),
    row("duplicates.near.sample", "records", "Signatures that the rate is estimated from."),
    row(
        "duplicates.near.one_in",
        "records",
        "One of so many different records is in the sample; 1: all are.",
    ),
    row(
        "diversity.*.messages",
        "messages",
        "Of the role (user or assistant) with a word. Here a word is a run of letters and digits, without case and accents of compatibility; in scripts without spaces a character.",
    ),
    row(
        "diversity.*.values",
        "messages",
        "Of these messages, those that are a label (one to three words, or up to eight characters without a space and the end of a sentence) or JSON (an object or a list, and nothing beside it): texts of a given form, which repeat themselves because that is what they are for.",
    ),
    row(
        "diversity.*.distinct_1|distinct_2|distinct_3",
        "0 to 1",
        "Different runs of 1, 2, 3 words within a message / all such runs; null without any. It falls with the amount of text: compare equal amounts.",
    ),
    row(
        "diversity.*.self_repetition_4|self_repetition_10",
        "0 to 1",
        "1 - (different runs of 4, 10 words / all such runs); null without any.",
    ),
    row(
        "diversity.*.compression_ratio",
        "ratio",
        "Bytes / bytes compressed by zstd at level 3, of different texts chosen by hash, in the order of their hashes, of at most 16 KiB each and 1 MiB together, with a line feed between; 0 without any.",
    ),
    row(
        "diversity.*.estimated",
        "true or false",
        "True: a number of different runs is over 16,384 and estimated, with a relative standard error of .01.",
    ),
    row(
        "diversity.*.openings.<ranking>",
        "messages",
        "By their first three words; those of one message alone are not listed. 16,384 to 32,768 different ones are held.",
    ),
    row(
        "diversity.*.opening_concentration",
        "0 to 1",
        "The counts of the ten most frequent openings / the count of all.",
    ),
    row("diversity.*.length_variation", "ratio", "std / mean of the words of messages with text."),
    row(
        "diversity.*.templated.share",
        "0 to 1",
        "Records whose first message of the role with a word has the skeleton of another record's, of those with a skeleton: the text without numbers, names, quotations, addresses, case and white space, if six words are left.",
    ),
    row(
        "diversity.*.templated.largest_share",
        "0 to 1",
        "Records of the most frequent skeleton that is shared, of those with a skeleton.",
    ),
    row(
        "diversity.*.templated.estimated",
        "true or false",
        "False: exact up to 65,536 different skeletons. True: share from a sample by hash, largest_share of the most frequent of 4,096 to 8,192.",
    ),
    row(
        "diversity.*.templated.largest.*.count",
        "records",
        "Records of the most frequent skeletons, first; at most as many as --examples and --top say.",
    ),
    row(
        "diversity.*.templated.largest.*.file",
        "text",
        "The input of the first record of the skeleton.",
    ),
    row("diversity.*.templated.largest.*.line", "line number", "Its line."),
    row(
        "signs.*.count",
        "records",
        "With the sign in one of their messages, by its name (listed in the manual). Signs are found by rules and are hints: there are false alarms and misses.",
    ),
    row("signs.*.share", "0 to 1", "count / all records."),
    row("signs.*.at.<lines>", "", "Records with the sign."),
    row(
        "paths.*.path",
        "JSON pointer",
        "A place in records, 8 levels deep at most; a * in it is every element of a list. 2,000 different ones are held.",
    ),
    row("paths.*.count", "values", "Values there."),
    row("paths.*.null_share", "0 to 1", "Values that are null / count."),
    row("paths.*.types.*", "values", "By JSON type; types that occur."),
    row("not_measured.*", "text", "What was not measured, and why."),
    row(
        "checks.*.check",
        "name",
        "What is checked, as under Quality Assurance of --format info: usable, duplicates, near, diversity, fields, trained, limit, private.",
    ),
    row(
        "checks.*.verdict",
        "name",
        "passed, failed or not_made. Diversity fails where, of a role with 100 messages or more, the compression ratio is over 4, one of ten openings begins more than .4 of the messages, or more than .2 of the records share a template.",
    ),
    row("checks.*.text", "text", "What was found, or why the check was not made, in words."),
];
