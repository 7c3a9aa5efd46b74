//! What each target reads.

use crate::rules::kind::{Guess, Kind};
use crate::rules::roles::Role::{Assistant, Developer, System, Tool, User};

use super::{Arguments, Images, MessageKeys, Profile};

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
    arguments: Arguments::Any,
    call_keys: CALL_KEYS,
    honours_weight: true,
    reasoning: &["reasoning_content", "reasoning", "thinking"],
    family: None,
    message_keys: MessageKeys::Common(MESSAGE_KEYS),
    record_keys: RECORD_KEYS,
    more_message_keys: &[],
    more_record_keys: &[],
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
    one_system_text: false,
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

/// All profiles in the order of the columns of [`super::DIFFERENCES`].
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
        more_message_keys: &["text"],
        more_record_keys: &["interactions", "available_tools", "system_prompt", "only_last"],
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
        ..TRL
    },
    Profile {
        name: "llama-factory",
        about: "LLaMA-Factory, openai formatting",
        refusal: "drops the record or stops",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[],
        aliases: &["human", "gpt", "function_call", "observation"],
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
        aliases: &["model"],
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
        aliases: &["model"],
        parts: &["text", "refusal", "image_url", "image", "input_audio", "audio"],
        arguments: Arguments::NotRead,
        family: Some("gemma"),
        message_keys: MessageKeys::Common(&["role", "content"]),
        ..TEMPLATE
    },
    Profile {
        name: "llama3",
        about: "chat templates of Llama 3, 3.1 and 3.2",
        doubtful: &[(Developer, "is printed as a header that the model has not seen")],
        family: Some("llama3"),
        ..TEMPLATE
    },
    Profile {
        name: "qwen",
        about: "chat templates of Qwen 2.5, 3, 3.5 and 3.6",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[],
        reasoning: &["reasoning_content"],
        parts: &["text", "image_url", "image", "video"],
        family: Some("qwen"),
        ..TEMPLATE
    },
    Profile {
        name: "gpt-oss",
        about: "the chat template of gpt-oss (harmony)",
        doubtful: &[],
        one_system_text: true,
        reasoning: &["thinking"],
        family: Some("harmony"),
        ..TEMPLATE
    },
];
