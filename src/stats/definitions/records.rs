//! What was read: input, records, messages, lengths, contents, categories.

use super::{Definition, row};

/// Figures about what was read.
pub(super) const RECORDS: &[Definition] = &[
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
        "By role; any role but system, developer, user, assistant, tool and function is unknown. Roles that occur.",
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
        "The value, at most 200 bytes; the most frequent first. What is no text is its JSON as it is written: 5 and \"5\" are one value, 5 and 5.0 are two. A record with a list counts once under each different element, of which 64 are looked at.",
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
];
