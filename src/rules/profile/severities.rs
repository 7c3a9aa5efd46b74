//! How each target takes each rule, and the cases of a rule that it takes otherwise than the rest.
//!
//! Where the loaders of a target were measured, a rule is an error for it when they refuse or harm such
//! records, and a warning when they take them although the data is probably not what its author meant.

use crate::rules::table::Rule;

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
    /// F001: `function.name` of a call is missing or no string.
    CallKey,
    /// F001: name and arguments stand in the call itself.
    FlatCall,
    /// F001: the call has no function.
    NoFunction,
    /// F001: the call has no arguments.
    NoArguments,
    /// S009, S010: the message has a refusal, which the target does not read.
    UnreadRefusal,
    /// S010: the message is a system message.
    SystemWithoutContent,
    /// P002: the text is a number.
    TextNumber,
    /// P002: the text is null.
    TextNull,
    /// F001: `id` or `type` of a call is missing or of another type.
    CallId,
    /// F008: the result directly follows a user message, or opens the list.
    ResultBehindUser,
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

/// Severities that differ from the default column: one letter for each profile in the order of
/// [`super::PROFILES`]; E error, W warning, I info, - off, a dot for "as the rule's default".
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
    (Rule::P004, "E . . . . . . W . W . . W . W ."),
    (Rule::P006, "W - - E . . . W W W E E W E W E"),
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
    (Rule::F017, "- . . . . . . . . . . . . E . E"),
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
    (Case::FunctionCall, ". . . . . . . . . . E . . E . E"),
    (Case::FunctionRole, ". . . . . . . . . . E . . . E E"),
    (Case::ToolAlias, ". . . . . . . W W W . . . . . ."),
    (Case::EmptyParts, ". . . . . . W . . . . . W . W ."),
    (Case::PartIsText, ". . . . . . . . . . . . W . . ."),
    (Case::UntypedText, ". . . . . . . . . . . . . . W ."),
    (Case::SystemImage, ". . . . . . . E W E . . E . E ."),
    (Case::RefusalBeside, ". W W . . . . . . . . . . . . ."),
    (Case::CallsType, ". . . . . . . E . E . . . . . ."),
    (Case::CallsOutside, ". W W . . . . . W . . . . . . ."),
    (Case::CallKey, ". . . . . . . . W . . . . . . ."),
    (Case::FlatCall, ". . . . . . . . W . . . . . W W"),
    (Case::NoFunction, ". . . . . . . E . E . . . . . ."),
    (Case::NoArguments, ". . . . . . . E . E . . . . W ."),
    (Case::UnreadRefusal, ". . . . . . . W . W . E E E E ."),
    (Case::SystemWithoutContent, ". . . . . . . . . . W . . . . W"),
    (Case::TextNumber, ". . . . . . . . E . . . . . W ."),
    (Case::TextNull, ". . . . . . . . . . . . E . . ."),
    (Case::CallId, ". . . . . . . . W . W . . . . ."),
    (Case::ResultBehindUser, ". . . . . . . . . . E . . . . ."),
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
