//! What every figure means: one table, from which the manual and `--list-figures` are made.

/// A figure, or several that are defined alike.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Its path in the JSON report: names joined by dots. `a|b` is either name, `*` any name or any place of a
    /// list from 0, and `<group>` at the end any figure of that [`Group`].
    pub path: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// What it is: one sentence or more.
    pub text: &'static str,
}

/// Figures that stand at the end of many paths.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its figures. The unit `=` is that of the figure that the group belongs to.
    pub figures: &'static [Definition],
}

const fn row(path: &'static str, unit: &'static str, text: &'static str) -> Definition {
    Definition { path, unit, text }
}

/// All groups.
pub const GROUPS: &[Group] = &[
    Group {
        name: "summary",
        figures: &[
            row("count", "number", "How many values there are."),
            row("total", "=", "Their sum."),
            row("mean", "=", "total / count."),
            row(
                "std",
                "=",
                "The standard deviation of the population: sqrt(count * sum of squares - total^2) / count, from exact whole numbers.",
            ),
            row("min|max", "=", "The least and the greatest."),
            row(
                "p1|p5|p25|p50|p75|p90|p95|p99",
                "=",
                "The percentile by nearest rank: the least value that at least so many percent of all values do not exceed. Exact; always a value that occurs.",
            ),
        ],
    },
    Group {
        name: "part",
        figures: &[
            row("count", "=", "How many."),
            row("share", "0 to 1", "count / all records (of messages.by_role: / all messages)."),
        ],
    },
    Group {
        name: "ranking",
        figures: &[
            row("count", "=", "How often any name was counted."),
            row(
                "distinct",
                "names",
                "Different names that are held; all of them as long as error is 0.",
            ),
            row(
                "error",
                "=",
                "How much a count can be too low. 0: all are exact. More only where there are more different names than are held; which of the rare ones are then held depends on the order of the data.",
            ),
            row(
                "top.*.name",
                "text",
                "The most frequent, first; of equal counts in the order of their bytes. At most 160 bytes of it, secrets masked. --top says how many.",
            ),
            row("top.*.count", "=", "How often it was counted."),
            row("top.*.share", "0 to 1", "Its count / the count of the ranking."),
        ],
    },
    Group {
        name: "lines",
        figures: &[
            row("*.file", "text", "The input, as it was named."),
            row(
                "*.line",
                "line number",
                "The line in it, from 1. The first lines, as many as --examples says.",
            ),
        ],
    },
    Group {
        name: "repeats",
        figures: &[
            row("total", "=", "How many were compared; what a record lacks is not."),
            row(
                "count",
                "=",
                "Those that are there beside the first of each kind: what keeping one of each would remove. The sum of (members - 1) over all groups of equal ones.",
            ),
            row("rate", "0 to 1", "count / total."),
            row("distinct", "=", "total - count."),
            row(
                "estimated",
                "true or false",
                "False: exact up to 131,072 different ones. True: from those of them whose hash begins with enough zero bits; the relative standard error of distinct is then .004 at most.",
            ),
            row(
                "largest.*.count",
                "=",
                "Members of the largest groups, first; at most as many groups as --examples and --top say. Of a sample those that are in it.",
            ),
            row("largest.*.file", "text", "The input of its first member."),
            row("largest.*.line", "line number", "The line of its first member."),
        ],
    },
    Group {
        name: "bins",
        figures: &[
            row(
                "*.from|to",
                "=",
                "The least and the greatest length of the bin. Up to 20 bins of equal width reach to the 99th percentile; longer ones are in one more.",
            ),
            row("*.count", "number", "How many are so long."),
        ],
    },
];

/// All figures, in the order of the report.
pub const DEFINITIONS: &[Definition] = &[
    row("input.files.*", "text", "The inputs, as they were named."),
    row("input.bytes", "bytes", "Bytes read, decompressed."),
    row("input.lines", "lines", "Lines read, of any kind."),
    row("input.blank", "lines", "Lines of nothing but spaces and tabs."),
    row(
        "input.unusable",
        "lines",
        "Lines that are neither blank nor a record: not JSON, without a list of messages, or too long. They are in no figure below.",
    ),
    row("records.count", "records", "Lines that hold a JSON object with a list of messages."),
    row("records.bytes.<summary>", "bytes", "Length of a record's line without what ends it."),
    row("records.empty.<part>", "records", "Whose list of messages is empty."),
    row("records.single_turn.<part>", "records", "With exactly one user message."),
    row("records.multi_turn.<part>", "records", "With two user messages or more."),
    row("records.no_user.<part>", "records", "With no user message."),
    row(
        "records.assistant_first.<part>",
        "records",
        "Whose first message that is not of system or developer is the assistant's.",
    ),
    row("records.assistant_last.<part>", "records", "Whose last message is the assistant's."),
    row(
        "records.sequences.<ranking>",
        "records",
        "By the roles of their messages in order: S system, D developer, U user, A assistant, T tool, F function, ? any other. What repeats at once stands once, with how often: S (U A)x3. 4,096 to 8,192 different ones are held.",
    ),
    row("messages.count", "messages", "Messages of all records."),
    row("messages.per_record.<summary>", "messages", "Messages of a record."),
    row("messages.turns.<summary>", "messages", "User messages of a record."),
    row(
        "messages.by_role.*.<part>",
        "messages",
        "By role; any role but system, developer, user, assistant, tool and function is other. Roles that occur.",
    ),
    row(
        "messages.empty",
        "messages",
        "Without a call and without a content: it is absent, null, white space, or parts of such texts only.",
    ),
    row(
        "characters.record.<summary>",
        "characters",
        "The texts of all messages of a record together. A character is a Unicode code point; each surrogate without its other half is one (U+FFFD). A text is the content, or the texts of its text parts with a line feed between; nothing else counts, no calls and no reasoning.",
    ),
    row(
        "words.record.<summary>",
        "words",
        "The same in words: runs of characters that are not White_Space in Unicode, as wc -w counts. In scripts without spaces a sentence is one word.",
    ),
    row(
        "tokens.record.<summary>",
        "tokens",
        "The tokens of a record. With --chat-template those of the rendered conversation, exactly; without, the sum over its texts, each by itself, with nothing around them. Control tokens written in a text count as the text that they are. A record that the template refuses is not in it.",
    ),
    row(
        "characters|words|tokens.query.<summary>",
        "characters, words, tokens",
        "A user message, if it has any text. Tokens are those of its text alone.",
    ),
    row(
        "characters|words|tokens.response.<summary>",
        "characters, words, tokens",
        "An assistant message, if it has any text. Tokens are those of its text alone.",
    ),
    row(
        "characters|words|tokens.by_role.*.<summary>",
        "characters, words, tokens",
        "A message of the role, those without text included.",
    ),
    row(
        "characters|words|tokens.histograms.record|query|response.<bins>",
        "characters, words, tokens",
        "How often each length occurs.",
    ),
    row("tokenizer", "text", "What counted tokens; null: nothing did."),
    row("template", "text", "The chat template that tokens were counted through; null: none."),
    row(
        "system.with.<part>",
        "records",
        "With a system prompt: the texts of its system and developer messages, joined by line feeds.",
    ),
    row("system.without.<part>", "records", "Without a system or developer message."),
    row("system.variations", "texts", "Different system prompts, byte for byte."),
    row(
        "system.estimated",
        "true or false",
        "False: the variations are exact, up to 65,536. True: estimated from a sample by hash, with a relative standard error of .005.",
    ),
    row(
        "system.prompts.<ranking>",
        "records",
        "By system prompt. 4,096 to 8,192 different ones are held.",
    ),
    row(
        "contents.with_tools.<part>",
        "records",
        "With a list tools (or functions) that is not empty.",
    ),
    row(
        "contents.with_calls.<part>",
        "records",
        "With a message that has tool_calls or a function_call.",
    ),
    row("contents.calls", "calls", "Elements of tool_calls, and function_call objects."),
    row(
        "contents.calls_without_result",
        "calls",
        "Calls that no later message of role tool or function answers: by tool_call_id if the call has an id, else by its place among the results right behind it.",
    ),
    row(
        "contents.functions.*.name",
        "text",
        "The most called functions, first. Beyond 1,024 the others are one, \"...\".",
    ),
    row("contents.functions.*.calls", "calls", "Calls of it."),
    row("contents.functions.*.with_result", "calls", "Calls of it that have a result."),
    row("contents.messages_with_parts", "messages", "Whose content is a list."),
    row("contents.parts.<ranking>", "parts", "Content parts by type."),
    row(
        "contents.images",
        "images",
        "Parts of type image_url or image, and what stands in images and image beside the messages.",
    ),
    row(
        "contents.reasoning.<ranking>",
        "fields",
        "Reasoning that is more than white space, by field: reasoning_content, reasoning, thinking.",
    ),
    row(
        "contents.weights.<ranking>",
        "messages",
        "Messages with a number as weight, by that number as it is written.",
    ),
    row(
        "scripts.<ranking>",
        "records",
        "By the Unicode script of most letters that users and assistants write; none: there is no letter.",
    ),
    row(
        "languages.<ranking>",
        "records",
        "By language, guessed from the first 1,000 bytes that users and assistants write (whatlang). Guesses that are not reliable are left out, so that count may be less than all records.",
    ),
    row("categories.*.pointer", "text", "The field, as --by names it."),
    row(
        "categories.*.missing.<part>",
        "records",
        "That have nothing there, null, or an empty list.",
    ),
    row(
        "categories.*.distinct",
        "values",
        "Different values. 10,000 are held, and the others are one, \"...\".",
    ),
    row(
        "categories.*.entropy",
        "bits",
        "-sum of p * log2 p over the values, p being the share of a value in the sum of all counts.",
    ),
    row("categories.*.evenness", "0 to 1", "entropy / log2 distinct; 1 for one value."),
    row(
        "categories.*.gini",
        "0 to 1",
        "Of the counts c_1 <= ... <= c_n: 2 * sum of i * c_i / (n * sum of c_i) - (n + 1) / n. 0: all values are equally frequent.",
    ),
    row("categories.*.largest_to_smallest", "ratio", "The greatest count / the least."),
    row(
        "categories.*.values.*.value",
        "text",
        "The value, at most 200 bytes; the most frequent first. A record with a list counts once under each different element, of which 64 are looked at.",
    ),
    row("categories.*.values.*.count", "records", "Records with it."),
    row(
        "categories.*.values.*.share",
        "0 to 1",
        "count / all records. With lists the shares can add up to more than 1.",
    ),
    row(
        "categories.*.values.*.messages_mean|characters_mean|tokens_mean",
        "messages, characters, tokens",
        "The mean of its records; tokens as in tokens.record, 0 without them or where the template refuses.",
    ),
    row(
        "category_pairs.*.first|second",
        "text",
        "A value of the first --by and one of the second that meet in a record; the most frequent first. 10,000 pairs are held, the others are one, \"...\".",
    ),
    row("category_pairs.*.count", "records", "Records with both."),
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
        "diversity.*.distinct_1|distinct_2|distinct_3",
        "0 to 1",
        "Different runs of 1, 2, 3 words within a message / all such runs; 0 without any. It falls with the amount of text: compare equal amounts.",
    ),
    row(
        "diversity.*.self_repetition_4|self_repetition_10",
        "0 to 1",
        "1 - (different runs of 4, 10 words / all such runs); 0 without any.",
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
        "Records whose first message of the role has the skeleton of another record's, of those with a skeleton: the text without numbers, names, quotations, addresses, case and white space, if six words are left.",
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
        "diversity.*.templated.largest.*.file|line",
        "text, line number",
        "The first record of the skeleton.",
    ),
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
];

/// A pattern of names, and the row and the figure of its group that it is from.
type Pattern = (Vec<&'static str>, (&'static str, Option<&'static str>));

/// Every pattern of the table, those of groups written out.
fn patterns() -> impl Iterator<Item = Pattern> {
    let names = |path: &'static str| path.split('.').collect::<Vec<_>>();
    DEFINITIONS.iter().flat_map(move |row| {
        let own = names(row.path);
        let Some((group, before)) =
            own.split_last().and_then(|(last, rest)| Some((group(last)?, rest)))
        else {
            return vec![(own, (row.path, None))];
        };
        let of = |figure: &Definition| {
            ([before, &names(figure.path)].concat(), (row.path, Some(figure.path)))
        };
        group.figures.iter().map(of).collect()
    })
}

/// The group of `<name>`.
fn group(name: &str) -> Option<&'static Group> {
    let name = name.strip_prefix('<')?.strip_suffix('>')?;
    GROUPS.iter().find(|group| group.name == name)
}

fn accepts(pattern: &[&str], names: &[&str]) -> bool {
    let accepts = |(pattern, name): (&&str, &&str)| {
        *pattern == "*" || pattern.split('|').any(|one| one == *name)
    };
    pattern.iter().zip(names).all(accepts)
}

/// The rows that define the figure at a path: one, unless there is no such figure. A figure of a group is told
/// behind its row.
pub fn rows_of(path: &str) -> Vec<(&'static str, Option<&'static str>)> {
    let names: Vec<&str> = path.split('.').collect();
    let fits = |(pattern, _): &Pattern| pattern.len() == names.len() && accepts(pattern, &names);
    patterns().filter(fits).map(|(_, row)| row).collect()
}

/// Is there a figure at the path, or are there figures below it?
pub fn leads_to_a_figure(path: &str) -> bool {
    let names: Vec<&str> = path.split('.').collect();
    patterns().any(|(pattern, _)| pattern.len() >= names.len() && accepts(&pattern, &names))
}

/// The table as text.
pub fn list() -> String {
    let mut out = String::from(HEAD);
    for Definition { path, unit, text } in DEFINITIONS {
        out.push_str(&format!("\n{path}{}\n{}", bracketed(unit), wrapped(text)));
    }
    for Group { name, figures } in GROUPS {
        out.push_str(&format!("\n<{name}> is one of these:\n"));
        for Definition { path, unit, text } in *figures {
            out.push_str(&format!("\n<{name}>: {path}{}\n{}", bracketed(unit), wrapped(text)));
        }
    }
    out
}

const HEAD: &str = "\
The figures of chatml-stats by their path in the JSON report, each with its unit.
In a path a|b is either name and * any name or any place of a list, from 0.
";

fn bracketed(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "=" => " [as the figure]".to_owned(),
        _ => format!(" [{unit}]"),
    }
}

/// Bytes of a line in the list.
const WIDTH: usize = 78;

fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        if width == 0 || width + 1 + word.len() > WIDTH {
            out.push_str(if width == 0 { "  " } else { "\n  " });
            width = 2;
        } else {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.len();
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_by_its_row_and_by_that_of_its_group() {
        assert_eq!(rows_of("input.bytes"), [("input.bytes", None)]);
        let p50 = Some("p1|p5|p25|p50|p75|p90|p95|p99");
        assert_eq!(rows_of("tokens.query.p50"), [("characters|words|tokens.query.<summary>", p50)]);
        for none in ["input", "input.bytes.p50", "tokens.query.p51", "", "tokens.queries.p50"] {
            assert_eq!(rows_of(none), [], "{none}");
        }
        assert!(leads_to_a_figure("duplicates.prompts") && !leads_to_a_figure("duplicates.prompt"));
        assert!(leads_to_a_figure("signs.email") && !leads_to_a_figure("sign.email"));
    }

    #[test]
    fn every_group_is_used_and_every_group_that_is_used_exists() {
        let named =
            |row: &Definition| row.path.split('.').next_back().filter(|end| end.starts_with('<'));
        let used: Vec<&str> = DEFINITIONS.iter().filter_map(named).collect();
        assert!(used.iter().all(|name| group(name).is_some()), "{used:?}");
        for Group { name, .. } in GROUPS {
            assert!(used.contains(&format!("<{name}>").as_str()), "{name}");
        }
    }

    #[test]
    fn no_line_of_the_list_is_too_long_for_a_terminal() {
        let list = list();
        assert!(list.lines().filter(|line| line.starts_with("  ")).all(|line| line.len() <= WIDTH));
    }
}
