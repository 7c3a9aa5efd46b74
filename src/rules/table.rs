//! The one table of rules. Help, man page, `--explain`, reports and tests are made from it.
//!
//! A code is never used again for another meaning. Each rule has one default severity; profiles change it
//! ([`super::profile`]), and so may the user.

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Not judged.
    Off,
    /// Allowed; worth knowing.
    Info,
    /// Some targets fail or lose text, or it is probably not what was meant.
    Warning,
    /// A reader crashes, refuses or drops the record, or trains on something else than it says.
    Error,
}

impl Severity {
    /// The word in messages and reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Off => "off",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What can be done about a finding mechanically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Repair {
    /// Nothing; the message says what to do.
    No,
    /// The text to be trained stays the same and nothing is guessed.
    Safe,
    /// Something is dropped or guessed, or the trained text changes.
    Unsafe,
    /// Safe in some cases, unsafe in others.
    Mixed,
}

impl Repair {
    /// The word in lists.
    pub fn name(self) -> &'static str {
        match self {
            Repair::No => "no",
            Repair::Safe => "safe",
            Repair::Unsafe => "unsafe",
            Repair::Mixed => "mixed",
        }
    }
}

/// One row of the table.
#[derive(Debug, Serialize)]
pub struct RuleInfo {
    /// Letter of the group and three digits.
    pub code: &'static str,
    /// The same rule by name.
    pub name: &'static str,
    /// Severity in profile `default`.
    pub default: Severity,
    /// Severity when a rule that is off is turned on by name or code.
    pub when_on: Severity,
    /// Mechanical repair.
    pub repair: Repair,
    /// What triggers it.
    pub trigger: &'static str,
    /// What it leads to: the second clause of a finding.
    pub effect: &'static str,
    /// How to put it right: the last clause of a finding.
    pub advice: &'static str,
    /// What the repair does; empty when there is none.
    pub fix: &'static str,
}

macro_rules! rules {
    ($($code:ident $name:literal $default:ident $on:ident $repair:ident
        $trigger:literal; $effect:literal; $advice:literal; $fix:literal)*) => {
        /// A rule, named by its code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)] // the table below documents each
        pub enum Rule { $($code),* }

        /// All rules in the order of their codes' groups.
        pub static RULES: &[RuleInfo] = &[$(RuleInfo {
            code: stringify!($code),
            name: $name,
            default: Severity::$default,
            when_on: Severity::$on,
            repair: Repair::$repair,
            trigger: $trigger,
            effect: $effect,
            advice: $advice,
            fix: $fix,
        }),*];

        const ALL: &[Rule] = &[$(Rule::$code),*];
    };
}

impl Rule {
    /// Number of rules.
    pub const COUNT: usize = ALL.len();

    /// All rules in the order of the table.
    pub fn all() -> impl Iterator<Item = Rule> {
        ALL.iter().copied()
    }

    /// Its row.
    pub fn info(self) -> &'static RuleInfo {
        &RULES[self as usize]
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        self.info().code
    }

    /// The rule of that code (any case) or name.
    pub fn find(text: &str) -> Option<Rule> {
        let is_it = |word: &str| word.eq_ignore_ascii_case(text);
        Rule::all().find(|r| is_it(r.code()) || is_it(r.info().name))
    }
}

rules! {
B001 "bom" Warning Warning Safe
    "the first three bytes of an input are a UTF-8 byte order mark";
    "python's json, orjson, pandas and serde fail on line 1";
    "delete the three bytes"; "deletes the three bytes"
B002 "utf16" Error Error No
    "an input is UTF-16 or UTF-32: it starts with such a byte order mark, or its first bracket has a NUL beside it";
    "every JSONL reader fails, and nothing of this input is judged";
    "convert it with iconv -f UTF-16 -t UTF-8"; ""
B003 "invalid-utf8" Error Error Unsafe
    "a line holds bytes that are not well-formed UTF-8";
    "readers stop at this byte or train on U+FFFD";
    "find the file's encoding and convert it to UTF-8"; "writes U+FFFD for each ill-formed sequence"
B004 "invalid-json" Error Error Unsafe
    "a line is not a JSON text";
    "readers fail on the line or skip it";
    "correct the line"; "deletes one comma after a complete object"
B005 "json-array-file" Error Error No
    "the input is one JSON array, not one object a line";
    "JSONL readers fail, and nothing of this input is judged";
    "write one object per line, as with: jq -c '.[]'"; ""
B006 "not-object" Error Error No
    "the value of a line is not an object";
    "loaders look for keys and fail";
    "write an object"; ""
B007 "duplicate-key" Error Error Unsafe
    "one object holds the same key twice, compared after unescaping";
    "readers keep the last value without a word, Arrow refuses the line";
    "keep one of them"; "deletes all but the last"
B008 "non-finite-number" Error Error Unsafe
    "NaN, Infinity or -Infinity stands where a value is expected";
    "python and datasets take it, strict parsers and services fail";
    "write null or a number"; "writes null"
B009 "lone-surrogate" Error Error Unsafe
    "a string or key holds the escape of half a surrogate pair";
    "orjson refuses it, tokenizers and UTF-8 writers crash on it";
    "write the whole character"; "writes \\ufffd"
B010 "blank-line" Warning Warning Safe
    "a blank line stands before a later record";
    "readers that parse every line fail on it (together, mistral-finetune)";
    "delete it"; "deletes the line"
B011 "no-final-newline" Info Info Safe
    "the last byte of an input is not a newline";
    "cat glues the next file's first record to it";
    "add a newline"; "adds it"
B012 "crlf" Info Info Safe
    "line 1 of an input ends in CR LF";
    "byte-level tools and hashes differ";
    "convert with tr -d '\\r'"; "deletes the CRs"
B013 "line-separator" Warning Warning Safe
    "a line holds a literal U+2028, U+2029 or U+0085";
    "readers built on str.splitlines cut the record in two";
    "write it as an escape"; "writes it as an escape"
B014 "nul-or-control" Warning Warning Unsafe
    "a string value holds a control character other than tab, LF and CR";
    "tokenizers and databases refuse NUL and its like";
    "delete it"; "deletes it"
B015 "line-too-long" Warning Warning No
    "a line is longer than 10,485,760 bytes (--long-line), or as error than the reading limit";
    "Arrow readers fail with \"straddling object\"";
    "split the record"; ""
B016 "too-deep" Error Error No
    "more than 128 arrays and objects are open at once, or the line has more than 400,000 values";
    "parsers stop at 128 (serde_json) or about 1000 (python)";
    "flatten the record"; ""
B017 "trailing-data" Error Error Unsafe
    "further complete JSON values follow the first on the line";
    "every reader fails with \"extra data\"";
    "write one value per line"; "writes one value per line"
B018 "empty-input" Warning Warning No
    "all inputs together hold no record";
    "there is nothing to train on and loaders raise";
    "check where the data comes from"; ""
B019 "trailing-blank-line" Info Info Safe
    "blank lines follow the last record of an input";
    "strict readers fail on the last line";
    "delete them"; "deletes them"
B020 "mixed-line-endings" Warning Warning Safe
    "the line ending of a line differs from that of line 1";
    "it is a sign of files joined by hand";
    "convert with tr -d '\\r'"; "deletes the CRs"

S001 "missing-messages" Error Error Unsafe
    "the record has no messages and is no other kind that is known";
    "chat loaders fail with KeyError or missing_messages_list";
    "convert it to messages"; "turns ShareGPT conversations into messages when every role is known"
S002 "messages-not-array" Error Error No
    "messages is not an array";
    "every loader fails";
    "make it an array of messages"; ""
S003 "messages-empty" Error Error No
    "messages is an empty array";
    "axolotl, trl and templates raise IndexError, services refuse it";
    "remove the record or fill it"; ""
S004 "message-not-object" Error Error No
    "an element of a message list is not an object";
    "every loader fails";
    "write an object with role and content"; ""
S005 "missing-role" Error Error No
    "a message has no role";
    "every loader fails";
    "add the role"; ""
S006 "role-type" Error Error No
    "role is not a string";
    "templates render it as text or fail";
    "write the role as a string"; ""
S007 "unknown-role" Error Error No
    "role is a string that the profile does not know";
    "the turn vanishes in 8 of 20 templates, 6 raise, llama-factory drops the record";
    "use a known role"; ""
S008 "role-spelling" Error Error Mixed
    "role is a known role in other case or spacing, or an alias of one";
    "the turn vanishes in 8 of 20 templates, 6 raise";
    "write the role"; "writes the role (unsafe for an alias)"
S009 "missing-content" Error Error No
    "a message has no content, no tool calls and no refusal";
    "every loader fails or skips the turn";
    "add the content or remove the message"; ""
S010 "null-content" Error Error No
    "content is null, and the message has no tool calls and no refusal";
    "templates raise or train the word \"None\"";
    "add the content or remove the message"; ""
S011 "content-type" Error Error Unsafe
    "content is neither string, array nor null, or an array where the profile reads none";
    "templates raise or train its printed form";
    "write the content as a string"; "joins an array of text parts into one string"
S012 "empty-content" Warning Warning Unsafe
    "content is empty: white space only, or empty text parts";
    "mistral raises, axolotl warns, nothing is learned";
    "fill the content or remove the message"; "deletes the message where no error follows from it"
S013 "unknown-message-key" Info Info Unsafe
    "a message has a key that the profile does not list for its role";
    "openai, azure and bedrock refuse it";
    "remove the key"; "deletes the key"
S014 "unknown-record-key" Info Info Unsafe
    "the record has a top-level key that the profile does not list";
    "together, bedrock and llm-foundry refuse the line";
    "remove the key"; "deletes the key unless it can hold a conversation"
S015 "mixed-format" Error Error No
    "the record holds messages and the keys of another format";
    "together refuses it, trl raises or takes the wrong column";
    "keep one format"; ""
S016 "null-padding" Warning Warning Safe
    "an optional key is present with null";
    "it is padding left by Arrow; older llama 3, gpt-oss and deepseek templates raise on a null tool_calls, together refuses a null weight";
    "remove the key"; "deletes the key"
S017 "bad-name" Warning Warning No
    "the name of a message does not match ^[a-zA-Z0-9_-]{1,64}$";
    "openai and mistral refuse it";
    "rename it"; ""
S018 "deprecated-functions" Warning Warning Unsafe
    "functions, function_call or role function is used";
    "openai deprecates it; mistral, together and templates do not know it";
    "use tools and tool_calls"; "turns functions into tools, calls into tool_calls with made-up ids"
S019 "json-string-field" Warning Warning Safe
    "messages or tools is a string that holds a JSON array";
    "only axolotl reads messages so; axolotl, trl and llama-factory read tools so";
    "write the array itself"; "writes the array itself"
S020 "null-content-with-calls" Warning Warning Unsafe
    "content is null beside tool calls";
    "openai and mistral want it so; together refuses it, older templates raise or print \"None\"";
    "write an empty string if the target is one of these"; "writes an empty string"
S021 "missing-content-with-calls" Info Info Unsafe
    "a message with tool calls has no content key";
    "llama-factory raises KeyError, together refuses it, 8 of 20 templates raise";
    "add an empty content if the target is one of these"; "adds an empty content"

P001 "part-shape" Error Error No
    "content is an empty array, or a part is not an object of a known type";
    "openai, together and templates fail";
    "write parts as {\"type\":\"text\",\"text\":...}"; ""
P002 "text-part" Error Error No
    "a text part has no text string";
    "openai, together and templates fail";
    "put the text under the key text"; ""
P003 "image-part" Error Error No
    "the url or detail of an image part is malformed";
    "openai and together refuse it";
    "write {\"image_url\":{\"url\":...}} with an https or base64 data URL"; ""
P004 "image-role" Error Error No
    "an image part stands in a message that is not the user's";
    "openai and together refuse it, qwen raises for system";
    "move the image into a user message"; ""
P005 "image-limit" Warning Warning No
    "the record has more images, or a larger one, than the profile allows";
    "services skip or refuse the record";
    "use fewer or smaller images"; ""
P006 "mixed-parts" Warning Warning Safe
    "one message list has string contents and array contents";
    "together refuses it, Arrow raises \"cannot mix list and non-list\"";
    "use one form"; "unwraps contents of one text part, else writes each string as one"
P007 "placeholder-count" Error Error No
    "images, videos or audios is not an array as long as its placeholders are many";
    "llama-factory and trl stop the run";
    "make them equal in number"; ""
P008 "refusal-part" Error Error No
    "a refusal part stands outside an assistant message, or beside other parts";
    "openai refuses it";
    "make it the only part of an assistant message"; ""

T001 "no-assistant" Error Error No
    "no message has role assistant";
    "there is nothing to learn; openai, together and mistral refuse it";
    "add the answer or remove the record"; ""
T002 "no-user" Warning Warning No
    "no message has role user";
    "qwen 3.5 and later, gemma, mistral and bedrock refuse it";
    "add the question"; ""
T003 "last-not-assistant" Error Error Unsafe
    "the last message is not the assistant's";
    "mistral raises, llama-factory drops it, nothing after the last answer is learned";
    "end the record with the answer"; "deletes the messages after the last answer"
T004 "system-not-first" Warning Warning Unsafe
    "a system or developer message stands after other messages";
    "qwen 3.5 and later, gemma, mistral and fireworks refuse it, gpt-oss loses it";
    "move it to the front"; "moves it to the front"
T005 "multiple-system" Warning Warning Unsafe
    "there is a second system message";
    "mistral-finetune and qwen 3.5 raise, gpt-oss loses it";
    "join the two"; "joins it to the first with a blank line"
T006 "not-alternating" Info Info Unsafe
    "a user or system message follows one of the same role, or a user message a tool result";
    "together, bedrock, gemma and cohere refuse it, llama-factory drops the record";
    "join the two messages"; "joins messages of the same role with a blank line"
T007 "first-not-user" Warning Warning No
    "the first message after the system messages is the assistant's";
    "bedrock, gemma, mistral and llama-factory refuse or drop it";
    "add the question, or remove the answer that has none"; ""
T008 "consecutive-assistant" Warning Warning Unsafe
    "an assistant message follows an assistant message";
    "azure, together, gemma and llama-factory refuse or drop it";
    "join the two messages"; "joins them when neither has tool calls"
T009 "system-role-unsupported" Off Error Unsafe
    "there is a system or developer message, and the target has no such role";
    "gemma 1 and 2 raise \"System role not supported\", bedrock wants a top-level system";
    "move the text to where the target reads it: the first user message, or for bedrock the key system"; "moves the text to where the profile reads it"
T010 "too-few-messages" Off Error No
    "there are fewer than 2 messages";
    "bedrock and torchtune refuse it";
    "add the missing turn or remove the record"; ""

F001 "tool-calls-shape" Error Error Safe
    "tool_calls or function_call has not the shape of a call, or stands outside an assistant message";
    "openai and mistral refuse it, templates raise or lose the answer";
    "write {\"id\":...,\"type\":\"function\",\"function\":{\"name\":...,\"arguments\":...}}"; "deletes an empty tool_calls"
F002 "args-type" Error Error Mixed
    "arguments have not the form that the profile reads: string or object";
    "openai and mistral want a string; templates raise on a string or escape it twice";
    "write them in the form the target reads"; "string to object (safe), object to string (unsafe)"
F003 "args-invalid-json" Error Error Unsafe
    "arguments are a string that is not JSON";
    "axolotl raises, the model learns broken JSON";
    "correct the JSON"; "writes {} for an empty string"
F004 "args-double-encoded" Error Error Unsafe
    "arguments are a JSON string inside a JSON string";
    "the model learns the extra quotes and backslashes";
    "encode the object once"; "writes the inner string"
F005 "args-not-object" Error Error No
    "arguments parse to something other than an object";
    "callers expect named arguments";
    "write an object"; ""
F006 "dup-call-id" Error Error Unsafe
    "two calls of one list have the same id";
    "results cannot be told apart; newer mistral raises";
    "give each call its own id"; "makes new ids, the same in calls and results"
F007 "tool-missing-id" Error Error Unsafe
    "a tool message has no tool_call_id string";
    "openai and mistral refuse it";
    "add the id of its call"; "writes the id of the only open call"
F008 "orphan-tool" Error Error No
    "a tool result answers no open call";
    "openai, mistral and gpt-oss raise, others lose it";
    "add the call or remove the result"; ""
F009 "unanswered-call" Error Error No
    "a call has no result before the conversation goes on";
    "openai and mistral refuse it";
    "add the result or remove the call"; ""
F010 "unknown-tool" Warning Warning No
    "a call names a function that is not in tools";
    "the model learns to call what it was not given";
    "add the tool or correct the name"; ""
F011 "args-schema" Warning Warning No
    "the arguments of a call do not fit the tool's parameters";
    "wrong calls are learned";
    "correct the arguments or the schema"; ""
F012 "tools-missing" Warning Warning No
    "a message has tool calls and the record has no tools";
    "the prompt trained on is not the prompt used later";
    "add the tools"; ""
F013 "tool-def" Error Error No
    "a tool definition is malformed";
    "openai and mistral refuse it";
    "write {\"type\":\"function\",\"function\":{\"name\":...,\"parameters\":{...}}}"; ""
F014 "function-name" Error Error No
    "a function name does not match ^[a-zA-Z0-9_-]{1,64}$";
    "openai and mistral refuse it";
    "rename the function"; ""
F015 "mistral-id" Off Error Unsafe
    "the id of a call does not match ^[a-zA-Z0-9]{9}$";
    "mistral-common and mistral templates raise";
    "use ids of nine letters and digits"; "makes such an id from the old one, the same in calls and results"
F016 "content-and-calls" Off Warning No
    "an assistant message has content and tool calls";
    "mistral raises; llama 3.1, gpt-oss and llama-factory lose the text";
    "split the message or drop the text"; ""
F017 "multi-call" Off Warning No
    "tool_calls has more than one element";
    "llama 3.1 raises, gpt-oss renders only the first";
    "make one call a message"; ""

L001 "weight-value" Error Error Unsafe
    "weight is not exactly 0 or 1";
    "openai, together and mistral take the integers 0 and 1";
    "write 0 or 1"; "writes 1 for true, 1.0 and \"1\"; 0 for false, 0.0 and \"0\""
L002 "weight-role" Warning Warning Unsafe
    "weight stands on a message that is not the assistant's";
    "openai allows it on assistant messages only";
    "remove it"; "deletes the key"
L003 "nothing-to-train" Error Error No
    "no assistant message is trainable";
    "the loss is 0 on this record";
    "give one answer weight 1 and content, or remove the record"; ""
L004 "last-weight-zero" Info Info No
    "the last assistant message is not trained";
    "the end-of-turn token may be learned wrongly";
    "check that this is meant"; ""
L005 "weight-ignored" Off Warning No
    "an assistant message has weight 0 and the target does not honour weights";
    "trl, unsloth, axolotl and llama-factory train on it all the same";
    "remove the message, or mask it as the target does"; ""
L006 "too-long" Warning Warning No
    "the record has more tokens than the limit";
    "trainers truncate or drop it";
    "shorten or split the record"; ""
L007 "answer-beyond-window" Warning Warning No
    "the first answer starts at or after the token limit";
    "after truncation nothing is left to train";
    "shorten what stands before it"; ""

R001 "think-unbalanced" Warning Warning No
    "<think> and </think> do not alternate in an answer";
    "qwen3-style templates cut the text at the wrong place";
    "close every <think>"; ""
R002 "think-misplaced" Warning Warning No
    "<think> or </think> stands outside an assistant message";
    "it opens a thought in the prompt";
    "rephrase it"; ""
R003 "reasoning-conflict" Warning Warning No
    "a message has its reasoning twice";
    "one of them is dropped or doubled";
    "keep one"; ""
R004 "reasoning-type" Error Error No
    "a reasoning field is neither a string nor text parts";
    "templates fail or print it raw";
    "write a string"; ""
R005 "reasoning-unsupported" Off Warning Unsafe
    "a reasoning field is not one that the profile reads";
    "the field is dropped without a word";
    "rename it to what the target reads"; "renames it when the profile reads exactly one field"
R006 "harmony-markup" Error Error No
    "text holds <|channel|> and then <|message|>";
    "the gpt-oss template raises, others learn raw markup";
    "put the reasoning into its own field"; ""
R007 "think-unopened" Info Info No
    "an answer has one </think> and no <think>";
    "it is normal for raw Qwen3 completions, whose template opens the tag";
    "check that the template opens it"; ""

C001 "special-token" Warning Warning No
    "text holds a control token of a model family";
    "the rendered text is tokenized as a whole, so it ends or forges a turn";
    "rephrase it or tokenize without special tokens"; ""
C002 "replacement-char" Warning Warning No
    "text holds U+FFFD";
    "the text was damaged before";
    "restore it from the source"; ""
C003 "mojibake" Warning Warning Unsafe
    "text holds UTF-8 that was read as Windows-1252";
    "the model learns the damage";
    "decode it again"; "decodes the run"
C004 "invisible" Info Info Unsafe
    "text holds invisible or direction characters";
    "they hide text and make odd tokens";
    "delete them unless they are meant"; "deletes them"
C005 "dummy-marker" Warning Warning No
    "text holds an unfilled {{name}} outside fenced code, or is a dummy marker";
    "the model learns the placeholder";
    "fill it in, unless it is meant as code"; ""
C006 "role-prefix" Info Info No
    "text starts with a role and a colon, or with a heading of another template";
    "another template's text is inside the turn";
    "remove the prefix if it is one"; ""
C007 "markup-in-assistant" Info Info No
    "an answer holds <think>, <tool_call> or their like";
    "they are single tokens in qwen and others: right when meant, wrong when quoted";
    "check that they are meant"; ""

X001 "type-drift" Warning Warning No
    "one path has two types in the data";
    "Arrow fails with \"changed from X to Y\" or converts values";
    "use one type"; ""
X002 "late-column" Warning Warning No
    "a path or its second type first stands more than 10,485,760 bytes into the stream";
    "datasets settles types on its first chunk and fails to cast later ones";
    "move such a record to the front"; ""
X003 "mixed-record-format" Error Error No
    "a record is of another kind than the first";
    "together refuses the file, trl looks at the first record only";
    "keep one format per file"; ""
X004 "min-records" Off Error No
    "there are fewer valid records than the target's minimum";
    "the service refuses the file";
    "add records"; ""
X005 "max-size" Off Warning No
    "there are more bytes or records than the target's limit";
    "the service refuses the file";
    "split the file"; ""
X006 "duplicate-record" Off Warning No
    "the same line was seen before";
    "repeated records are learned twice and leak across splits";
    "keep one of them"; ""

Q001 "pref-shape" Error Error No
    "a preference record has not the shape of its form";
    "openai, together and trl refuse it";
    "give it a question and two answers of one form"; ""
Q002 "pref-prompt-end" Error Error No
    "the prompt does not end in a user message or a tool result";
    "together and trl refuse it";
    "end the prompt with the question"; ""
Q003 "pref-identical" Warning Warning No
    "chosen and rejected answer are equal";
    "there is nothing to prefer, and trl splits the prompt at the wrong place";
    "remove the record or correct one answer"; ""
Q004 "pref-implicit-prompt" Error Error No
    "chosen and rejected share no prompt before their last message";
    "trl takes the longest common beginning as prompt";
    "make all but the last message equal"; ""
Q005 "pref-label" Error Error Unsafe
    "label or kto_tag is not a boolean";
    "trl and llama-factory want true or false";
    "write true or false"; "writes the boolean for 1, 0, \"true\" and \"false\""
Q006 "pref-old-names" Warning Warning Safe
    "the answers are under preferred_completion and non_preferred_completion";
    "together reads only preferred_output and non_preferred_output";
    "rename them"; "renames them"
}
