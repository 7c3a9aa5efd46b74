//! Profiles: what one target reads, and how bad each fault is for it.
//!
//! A family profile (`qwen`, `llama3`, `gemma`) finds an error where the newest templates of the family
//! raise or lose text, and a warning where only older ones do.

use super::kind::{Guess, Kind};
use super::roles::Role::{self, Assistant, Developer, System, Tool, User};
use super::table::Rule;
use super::table::Severity::{self, Error, Info, Off, Warning};

/// The form in which a target reads the arguments of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// A JSON string.
    Text,
    /// An object.
    Object,
    /// Either.
    Any,
    /// It reads no calls, so the form is not judged.
    NotRead,
}

/// How a target refuses what it finds wrong; the verb of a finding's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

/// One target.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The name on the command line.
    pub name: &'static str,
    /// One line for `--list-profiles`.
    pub about: &'static str,
    /// "X refuses the file", "X drops the record" and the like, without the name.
    pub refusal: &'static str,
    /// Roles that are read (S007).
    pub roles: &'static [Role],
    /// Roles of `roles` that are read but in doubt, with the reason.
    pub doubtful: &'static [(Role, &'static str)],
    /// Aliases that the target reads by itself (no S008).
    pub aliases: &'static [&'static str],
    /// Part types (P001).
    pub parts: &'static [&'static str],
    /// Keys under which a text part may have its text (P002), the usual one first.
    pub text_keys: &'static [&'static str],
    /// Severity of a content array (S011); off: arrays are read.
    pub content_array: Severity,
    /// Form of arguments (F002).
    pub arguments: Arguments,
    /// Keys that a call must have (F001).
    pub call_keys: &'static [&'static str],
    /// Does weight 0 mask a message (L003, L005)?
    pub honours_weight: bool,
    /// Reasoning fields that are read (R005).
    pub reasoning: &'static [&'static str],
    /// The family whose control tokens are the target's own (C001).
    pub family: Option<&'static str>,
    /// Keys of a message (S013).
    pub message_keys: MessageKeys,
    /// Keys of a record (S014).
    pub record_keys: &'static [&'static str],
    /// Keys that make a record of two formats beside `messages` (S015).
    pub rival_keys: &'static [&'static str],
    /// Images a record may have (P005).
    pub max_images: usize,
    /// Image URLs that are read (P003).
    pub images: Images,
    /// Least valid records (X004).
    pub min_records: u64,
    /// Most records (X005); with images only where `max_records_of_images`.
    pub max_records: Option<u64>,
    /// `max_records` counts only records with images.
    pub max_records_of_images: bool,
    /// Most bytes (X005).
    pub max_bytes: Option<u64>,
    /// Kinds of record that are read (S001).
    pub kinds: &'static [Kind],
    /// Does a refusal stand for content (S009, S010, L003)?
    pub refusals: bool,
    /// Do `train`, `training` and `loss_weight` mask a message (L003, L004)?
    pub train_switch: bool,
    /// Of the keys in `rival_keys`, those that are refused only as long as none of these is there too (S015).
    pub rivals_in_company: &'static [&'static str],
    /// Must a tool name its type (F013)?
    pub typed_tools: bool,
    /// Does a tool need a description and parameters (F013)?
    pub strict_tools: bool,
    /// May a tool's parameters be a JSON string (F013)?
    pub parameters_as_text: bool,
    /// May an id be the word `null` (F006, F015)?
    pub null_ids: bool,
    /// Does the target read the system text from the record's key `system` (T009)?
    pub system_key: bool,
    /// Has the target its own key names for content and tools that must not stand beside the usual (S015)?
    pub mistral_keys: bool,
}

/// A case of a rule that a target takes otherwise than the rest of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// S009, S010: the message without content is the assistant's.
    AnswerWithoutContent,
    /// S009, S010: the message without content is a user's or a tool result.
    TurnWithoutContent,
    /// S011: the content is a number or a boolean.
    ScalarContent,
    /// S018: the message has `function_call`.
    FunctionCall,
    /// S018: the message has role `function`.
    FunctionRole,
    /// S008: the role is an alias of `tool`.
    ToolAlias,
    /// P001: the array has no part.
    EmptyParts,
    /// P001: the part is a string.
    PartIsText,
    /// P001: the part has a text but no known type.
    UntypedText,
    /// P004: the message is a system message.
    SystemImage,
    /// P008: the refusal stands beside other parts.
    RefusalBeside,
    /// F001: `tool_calls` is no array, or a call no object.
    CallsType,
    /// F001: the calls stand in a message of another role.
    CallsOutside,
    /// F001: `id`, `type` or `function.name` of a call is missing or of another type.
    CallKey,
    /// F001: name and arguments stand in the call itself.
    FlatCall,
    /// F001: the call has no function.
    NoFunction,
    /// F001: the call has no arguments.
    NoArguments,
    /// S011: the array is the content of an assistant message.
    AnswerArray,
    /// S012: the content is not an assistant's empty string.
    NotAnEmptyAnswer,
    /// S016: the null is that of `weight`.
    NullWeight,
    /// S016: the null is that of any other key that the target's schema types.
    NullKey,
    /// S017: the name is no string.
    NameType,
    /// S019: `messages` is the string.
    MessagesString,
    /// S019: `tools` is the string.
    ToolsString,
    /// P001: the part is sound or a file.
    AudioOrFile,
    /// F001: `tool_calls` is an empty array.
    EmptyCalls,
    /// F002: the arguments are neither string nor object, or a string that holds no object and nothing that
    /// encoding it again would escape.
    BadArguments,
    /// F013: `tools`, or one of them, is no object at all.
    ToolType,
    /// F013: two tools have one name.
    DuplicateTool,
    /// F013: the description is null.
    NullDescription,
    /// F016: the message has `thinking` too.
    ThinkingWithCalls,
    /// L002: the message has an image and weight 1.
    WeightedImage,
    /// Q001: an answer list is empty.
    EmptyAnswer,
    /// Q001: an answer list holds another number of messages than one, or not the assistant's.
    OddAnswer,
    /// Q002: the prompt ends in an assistant message.
    PromptEndsInAssistant,
    /// Q002: the prompt ends in any other message but a question.
    PromptEndsElsewhere,
}

/// Which image URLs a target reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// http, https, and data URLs of jpeg, png and webp.
    Any,
    /// Data URLs of jpeg, png and webp.
    Data,
    /// Data URLs of png, jpg and jpeg.
    DataNoWebp,
}

/// Which keys a message may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKeys {
    /// One list for all roles, with the keys of calls, refusals and results bound to their role.
    Common(&'static [&'static str]),
    /// OpenAI's list for each role.
    PerRole,
}

/// Keys known everywhere unless the profile says otherwise.
const MESSAGE_KEYS: &[&str] = &[
    "role",
    "content",
    "name",
    "weight",
    "tool_calls",
    "function_call",
    "refusal",
    "tool_call_id",
    "reasoning_content",
    "reasoning",
    "thinking",
    "train",
    "training",
    "train_detail",
    "training_detail",
    "loss_weight",
];

const MISTRAL_MESSAGE_KEYS: &[&str] = &[
    "role",
    "content",
    "name",
    "weight",
    "tool_calls",
    "function_call",
    "refusal",
    "tool_call_id",
    "reasoning_content",
    "reasoning",
    "thinking",
    "train",
    "training",
    "train_detail",
    "training_detail",
    "loss_weight",
    "text",
];

const RECORD_KEYS: &[&str] = &[
    "messages",
    "tools",
    "parallel_tool_calls",
    "functions",
    "input",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
    "prompt",
    "completion",
    "chosen",
    "rejected",
    "label",
    "kto_tag",
    "images",
    "videos",
    "audios",
    "chat_template_kwargs",
    "system",
];

const MISTRAL_RECORD_KEYS: &[&str] = &[
    "messages",
    "tools",
    "parallel_tool_calls",
    "functions",
    "input",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
    "prompt",
    "completion",
    "chosen",
    "rejected",
    "label",
    "kto_tag",
    "images",
    "videos",
    "audios",
    "chat_template_kwargs",
    "system",
    "interactions",
    "available_tools",
    "system_prompt",
    "only_last",
];

const OPENAI_RECORD_KEYS: &[&str] = &[
    "messages",
    "tools",
    "parallel_tool_calls",
    "functions",
    "input",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
];

const PARTS: &[&str] =
    &["text", "refusal", "image_url", "image", "input_audio", "audio", "file", "video"];

const RIVAL_KEYS: &[&str] = &["conversations", "text", "prompt", "completion", "instruction"];

const TRL_RIVAL_KEYS: &[&str] =
    &["conversations", "prompt", "completion", "chosen", "rejected", "label"];

const ALL_KINDS: &[Kind] = &[
    Kind::Chat,
    Kind::PreferenceLlamaFactory,
    Kind::PreferenceOpenai,
    Kind::PreferenceTrl,
    Kind::PromptCompletion,
];

const TRL_KINDS: &[Kind] = &[
    Kind::Chat,
    Kind::PreferenceTrl,
    Kind::PromptCompletion,
    Kind::Other(Guess::RawText),
    Kind::Other(Guess::PromptCompletionText),
];

const CALL_KEYS: &[&str] = &["id", "type", "function.name", "function.arguments"];
const TRL_CALL_KEYS: &[&str] = &["function.name", "function.arguments"];

/// What profile `default` reads; the others say where they differ.
const DEFAULT: Profile = Profile {
    name: "default",
    about: "what most targets take; the best-known objector is named",
    refusal: "refuses the record",
    roles: &[Developer, System, User, Assistant, Tool],
    doubtful: &[],
    aliases: &[],
    parts: PARTS,
    text_keys: &["text"],
    content_array: Off,
    arguments: Arguments::Any,
    call_keys: CALL_KEYS,
    honours_weight: true,
    reasoning: &["reasoning_content", "reasoning", "thinking"],
    family: None,
    message_keys: MessageKeys::Common(MESSAGE_KEYS),
    record_keys: RECORD_KEYS,
    rival_keys: RIVAL_KEYS,
    max_images: 10,
    images: Images::Any,
    min_records: 0,
    max_records: None,
    max_records_of_images: false,
    max_bytes: None,
    kinds: ALL_KINDS,
    refusals: true,
    train_switch: true,
    rivals_in_company: &[],
    typed_tools: false,
    strict_tools: false,
    parameters_as_text: false,
    null_ids: false,
    system_key: false,
    mistral_keys: false,
};

const OPENAI: Profile = Profile {
    name: "openai",
    about: "OpenAI fine-tuning files (schema of 2024-12)",
    refusal: "refuses the file",
    roles: &[System, User, Assistant, Tool, Developer],
    doubtful: &[(Developer, "is in the API's role list but not in the fine-tuning schema")],
    parts: &["text", "image_url", "refusal"],
    arguments: Arguments::Text,
    reasoning: &[],
    message_keys: MessageKeys::PerRole,
    record_keys: OPENAI_RECORD_KEYS,
    min_records: 10,
    max_records: Some(50_000),
    max_records_of_images: true,
    kinds: &[Kind::Chat, Kind::PreferenceOpenai],
    train_switch: false,
    typed_tools: true,
    ..DEFAULT
};

const TRL: Profile = Profile {
    name: "trl",
    about: "TRL's trainers: Arrow and a chat template",
    refusal: "raises or trains on something else",
    roles: &[System, User, Assistant, Tool, Developer],
    doubtful: &[(Developer, "is kept by 7, lost by 7 and refused by 6 of 20 templates")],
    arguments: Arguments::Object,
    call_keys: TRL_CALL_KEYS,
    honours_weight: false,
    reasoning: &["reasoning_content", "thinking"],
    rival_keys: TRL_RIVAL_KEYS,
    kinds: TRL_KINDS,
    refusals: false,
    train_switch: false,
    rivals_in_company: &["completion", "chosen"],
    ..DEFAULT
};

const TEMPLATE: Profile =
    Profile { refusal: "template raises or loses text", reasoning: &[], kinds: ALL_KINDS, ..TRL };

/// All profiles in the order of the columns of [`DIFFERENCES`].
pub static PROFILES: &[Profile] = &[
    DEFAULT,
    OPENAI,
    Profile {
        name: "azure",
        about: "Azure OpenAI fine-tuning files",
        max_images: 64,
        max_records: None,
        ..OPENAI
    },
    Profile {
        name: "together",
        about: "Together AI",
        refusal: "refuses the file",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[(Tool, "is documented but refused by the client of 2025-12")],
        parts: &["text", "image_url"],
        arguments: Arguments::Text,
        reasoning: &["reasoning", "reasoning_content"],
        record_keys: &["messages", "tools", "input", "preferred_output", "non_preferred_output"],
        images: Images::Data,
        min_records: 1,
        max_bytes: Some(501 * (1 << 30) / 10), // 50.1 x 2^30
        kinds: &[
            Kind::Chat,
            Kind::PreferenceOpenai,
            Kind::Other(Guess::RawText),
            Kind::Other(Guess::PromptCompletionText),
        ],
        refusals: false,
        train_switch: false,
        ..DEFAULT
    },
    Profile {
        name: "fireworks",
        about: "Fireworks AI (from its documentation)",
        refusal: "refuses the file",
        roles: &[System, User, Assistant, Tool],
        parts: &["text", "image_url"],
        arguments: Arguments::Text,
        reasoning: &["reasoning_content"],
        images: Images::DataNoWebp,
        min_records: 3,
        max_records: Some(3_000_000),
        kinds: &[Kind::Chat, Kind::PreferenceOpenai],
        train_switch: false,
        ..DEFAULT
    },
    Profile {
        name: "bedrock",
        about: "Amazon Bedrock, Claude 3 Haiku shape",
        refusal: "refuses the file",
        roles: &[User, Assistant, System, Developer],
        parts: &["text"],
        arguments: Arguments::NotRead,
        call_keys: &[],
        reasoning: &[],
        message_keys: MessageKeys::Common(&["role", "content"]),
        record_keys: &["system", "messages"],
        min_records: 32,
        kinds: &[Kind::Chat],
        refusals: false,
        train_switch: false,
        system_key: true,
        ..DEFAULT
    },
    Profile {
        name: "mistral",
        about: "mistral-finetune with mistral-common V3",
        refusal: "raises",
        roles: &[System, User, Assistant, Tool],
        arguments: Arguments::Text,
        call_keys: &["id", "function.name", "function.arguments"],
        reasoning: &[],
        message_keys: MessageKeys::Common(MISTRAL_MESSAGE_KEYS),
        record_keys: MISTRAL_RECORD_KEYS,
        parts: &["text"],
        kinds: &[Kind::Chat],
        refusals: false,
        train_switch: false,
        strict_tools: true,
        null_ids: true,
        mistral_keys: true,
        ..DEFAULT
    },
    TRL,
    Profile {
        name: "axolotl",
        about: "Axolotl, type: chat_template",
        refusal: "raises or drops the record",
        aliases: &["human", "gpt"],
        parts: &["text", "image_url", "image", "input_audio", "audio", "file", "video"],
        text_keys: &["text", "content", "value"],
        arguments: Arguments::Any,
        reasoning: &["reasoning_content"],
        rival_keys: RIVAL_KEYS,
        kinds: &[Kind::Chat],
        parameters_as_text: true,
        ..TRL
    },
    Profile {
        name: "unsloth",
        about: "Unsloth's data preparation and TRL under it",
        rival_keys: RIVAL_KEYS,
        content_array: Warning,
        ..TRL
    },
    Profile {
        name: "llama-factory",
        about: "LLaMA-Factory, openai formatting",
        refusal: "drops the record or stops",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[],
        aliases: &["human", "gpt", "function_call", "observation"],
        content_array: Warning,
        arguments: Arguments::Any,
        reasoning: &[],
        rival_keys: RIVAL_KEYS,
        min_records: 1,
        kinds: &[Kind::Chat, Kind::PreferenceLlamaFactory],
        ..TRL
    },
    Profile {
        name: "gemma",
        about: "chat templates of Gemma 1 and 2",
        roles: &[User, Assistant, System, Developer],
        doubtful: &[],
        content_array: Error,
        arguments: Arguments::NotRead,
        family: Some("gemma"),
        message_keys: MessageKeys::Common(&["role", "content"]),
        ..TEMPLATE
    },
    Profile {
        name: "gemma3",
        about: "chat templates of Gemma 3 and 3n",
        roles: &[User, Assistant, System],
        doubtful: &[],
        arguments: Arguments::NotRead,
        family: Some("gemma"),
        message_keys: MessageKeys::Common(&["role", "content"]),
        ..TEMPLATE
    },
    Profile {
        name: "llama3",
        about: "chat templates of Llama 3, 3.1 and 3.2",
        doubtful: &[(Developer, "is printed as a header that the model has not seen")],
        content_array: Error,
        family: Some("llama3"),
        ..TEMPLATE
    },
    Profile {
        name: "qwen",
        about: "chat templates of Qwen 2.5, 3, 3.5 and 3.6",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[],
        content_array: Warning,
        reasoning: &["reasoning_content"],
        parts: &["text", "image_url", "image", "video"],
        family: Some("qwen"),
        ..TEMPLATE
    },
    Profile {
        name: "gpt-oss",
        about: "the chat template of gpt-oss (harmony)",
        doubtful: &[],
        content_array: Error,
        reasoning: &["thinking"],
        family: Some("harmony"),
        ..TEMPLATE
    },
];

/// Severities that differ from the default column: one letter for each profile in the order of
/// [`PROFILES`]; E error, W warning, I info, - off, a dot for "as the rule's default".
#[rustfmt::skip]
pub const DIFFERENCES: &[(Rule, &str)] = &[
    //                dflt open azur toge fire bedr mist trl axol unsl llam gem gem3 ll3 qwen goss
    (Rule::B001, "W . I E . . E . . . . . . . . ."),
    (Rule::B010, "W . . E . . E . . . . . . . . ."),
    (Rule::B019, "I . . E . . E . . . . . . . . ."),
    (Rule::S007, "E . . . . . . W W W . . . W . ."),
    (Rule::S008, "E . . . . . . . . . . . . W . ."),
    (Rule::S009, "E . . . . . . W W W . W W W W ."),
    (Rule::S010, "E . . . . . . . W . . W . W W ."),
    (Rule::S011, "E . . . . . . W . W . . . . . ."),
    (Rule::S012, "W . . . . . E . . . . . . . . ."),
    (Rule::S013, "I W W . . E . . . . . W W . . ."),
    (Rule::S014, "I . . E . E . . . . . . . . . ."),
    (Rule::S015, "E W W . . . W . W W W W W W W W"),
    (Rule::S016, "W . . . . . . . I . . . . . . ."),
    (Rule::S018, "W . . E . E E . . . . . . . . ."),
    (Rule::S020, "W - - E . . - . . . - E E I - W"),
    (Rule::S021, "I - - E . . - W W W E E E - - -"),
    (Rule::P001, "E . . . . . . W W W . . . . . ."),
    (Rule::P002, "E . . . . . . W W W . . W . . ."),
    (Rule::P003, "E . . . . . . W W W . . W . W ."),
    (Rule::P004, "E . . . . . . W W W . . W . W ."),
    (Rule::P006, "W . . E . . . W W W E E W E W E"),
    (Rule::P008, "E . . . . . . W W W . . W . . ."),
    (Rule::T002, "W . . . . E E . . . E E E . E ."),
    (Rule::T003, "E W W W . . . W W W . W W W W W"),
    (Rule::T004, "W . . . E . . . . . E . E . E E"),
    (Rule::T005, "W . . . . . E . . . E . E . E E"),
    (Rule::T006, "I . . E . E W . . . E E E . . ."),
    (Rule::T007, "W . . . . E . . . . E E E . . ."),
    (Rule::T008, "W . E E . E . . . . E E E . . ."),
    (Rule::T009, "- . . . . E . . . . . E . . . ."),
    (Rule::T010, "- . . . . E . . . . . . . . . ."),
    (Rule::F001, "E . . . . . . W . W . . . . . ."),
    (Rule::F002, "E . . . . . . W . W . . . . . ."),
    (Rule::F003, "E W W . . . . W . W W . . . . ."),
    (Rule::F004, "E W W . . . . . . . . . . . . ."),
    (Rule::F005, "E W W . . . . W W W W . . . . ."),
    (Rule::F006, "E W W W . . . W W W W W W W W W"),
    (Rule::F007, "E . . W . . . W W W W W W W W W"),
    (Rule::F008, "E W W . . . . W W W W . . W W ."),
    (Rule::F009, "E W W W . . . W W W W W W W W W"),
    (Rule::F013, "E . . . . . . W W W W . . . . ."),
    (Rule::F014, "E W W . . . . W W W W . . . . ."),
    (Rule::F015, "- . . . . . E . . . . . . . . ."),
    (Rule::F016, "- . . . . . E . . . W . . W . W"),
    (Rule::F017, "- . . . . . . . . . . . . E . W"),
    (Rule::L001, "E . . . . . . W W W W W W W W W"),
    (Rule::L005, "- . . . . . . W W W W W W W W W"),
    (Rule::L006, "W . . . . E . . . . . . . . . ."),
    (Rule::R004, "E W W W W W W W W W W W W W W ."),
    (Rule::R005, "- . . W W . W W W W W W W W W W"),
    (Rule::R006, "E W W W W W W W W W W W W W W ."),
    (Rule::X004, "- E E E E W . . . . E . . . . ."),
    (Rule::X005, "- W . W W . . . . . . . . . . ."),
    (Rule::Q002, "E W W . . . . . . . . . . W . ."),
    (Rule::Q004, "E . . . . . . . . . . W W W W W"),
    (Rule::Q005, "E . . . . . . W . W . W W W W W"),
    (Rule::Q006, "W E E . . . . . . . . E E E E E"),
];

/// Severities of cases of a rule, in the same form; a dot for "as the profile has the rule".
#[rustfmt::skip]
pub const CASES: &[(Case, &str)] = &[
    //                                 dflt open azur toge fire bedr mist trl axol unsl llam gem gem3 ll3 qwen goss
    (Case::AnswerWithoutContent, ". W W . . . . W . W . . W . . ."),
    (Case::TurnWithoutContent, ". . . . . . . W . W . . W . . ."),
    (Case::ScalarContent, ". . . . . . . . . . . W . W . ."),
    (Case::FunctionCall, ". . . . . . . . . . E . . E . ."),
    (Case::FunctionRole, ". . . . . . . . . . E . . . E ."),
    (Case::ToolAlias, ". . . . . . . W W W . . . . . ."),
    (Case::EmptyParts, ". . . . . . . . . . . . W . W ."),
    (Case::PartIsText, ". . . . . . . . . . . . W . . ."),
    (Case::UntypedText, ". . . . . . . . . . . . . . W ."),
    (Case::SystemImage, ". . . . . . . E . E . . E . E ."),
    (Case::RefusalBeside, ". W W . . . . . . . . . . . . ."),
    (Case::CallsType, ". . . . . . . E . E . . . . . ."),
    (Case::CallsOutside, ". W W . . . . . W . . . . . . ."),
    (Case::CallKey, ". . . . . . . . W . . . . . . ."),
    (Case::FlatCall, ". . . . . . . . W . . . . . W W"),
    (Case::NoFunction, ". . . . . . . E . E . . . . . ."),
    (Case::NoArguments, ". . . . . . . E . E . . . . W ."),
    (Case::AnswerArray, ". . . . . . E . . . . . . . . ."),
    (Case::NotAnEmptyAnswer, ". . . . . . W . . . . . . . . ."),
    (Case::NullWeight, ". E E E . . . . . . . . . . . ."),
    (Case::NullKey, ". E E . . . . . . . . . . . . ."),
    (Case::NameType, ". E E . . . . . . . . . . . . ."),
    (Case::MessagesString, ". E E E E E E E - . E E E E E E"),
    (Case::ToolsString, ". E E E E E E - - . - - - - - -"),
    (Case::AudioOrFile, ". W W . . . . . . . . . . . . ."),
    (Case::EmptyCalls, ". W W W . . W W W W W W W . W ."),
    (Case::DuplicateTool, ". W W . . . W W W W W W W W W W"),
    (Case::ToolType, ". . . . . . . E E E E . . . . ."),
    (Case::NullDescription, ". E E . . . . . . . . . . . . ."),
    (Case::BadArguments, ". . . . . . . . . . . . . W . W"),
    (Case::ThinkingWithCalls, ". . . . . . . . . . . . . . . E"),
    (Case::WeightedImage, ". . . E . . . . . . . . . . . ."),
    (Case::EmptyAnswer, ". . . . . . . . . . . W W W W W"),
    (Case::OddAnswer, ". . . . . . . . . . . . . W W W"),
    (Case::PromptEndsInAssistant, ". . . . . . . I . I . . . I I I"),
    (Case::PromptEndsElsewhere, ". . . . . . . W . W . . . W . ."),
];

impl Profile {
    /// The profile of that name.
    pub fn find(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|p| p.name == name)
    }

    /// The severity that this profile gives a rule, before any case of its own.
    pub fn severity(&self, rule: Rule) -> Severity {
        self.cell(DIFFERENCES, rule).unwrap_or(rule.info().default)
    }

    /// The severity of a case, where it differs from that of its rule.
    pub fn case(&self, case: Case) -> Option<Severity> {
        self.cell(CASES, case)
    }

    /// The cell of this profile in a table of severities; none for a dot.
    fn cell<Row: PartialEq>(&self, table: &[(Row, &str)], row: Row) -> Option<Severity> {
        let column = PROFILES.iter().position(|p| p.name == self.name)?;
        let (_, cells) = table.iter().find(|(of, _)| *of == row)?;
        match cells.split(' ').nth(column)? {
            "E" => Some(Error),
            "W" => Some(Warning),
            "I" => Some(Info),
            "-" => Some(Off),
            _ => None,
        }
    }

    /// Does the target read records of this kind?
    pub fn reads(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Is it the profile that stands for no single target?
    pub fn is_default(&self) -> bool {
        self.name == "default"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_profile() {
        for (rule, cells) in DIFFERENCES {
            assert_eq!(cells.split(' ').count(), PROFILES.len(), "{rule:?}");
        }
        for (case, cells) in CASES {
            assert_eq!(cells.split(' ').count(), PROFILES.len(), "{case:?}");
        }
        assert_eq!(PROFILES.len(), 16);
    }
}
