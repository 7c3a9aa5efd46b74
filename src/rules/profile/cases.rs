//! The cases of rules that some target takes otherwise than the rest of the rule.

use crate::rules::table::Rule;

macro_rules! cases {
    ($($case:ident [$($rule:ident)+] $when:literal)*) => {
        /// A case of a rule that a target takes otherwise than the rest of the rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Case { $(#[doc = $when] $case),* }

        impl Case {
            /// All cases in the order of the table.
            pub const ALL: &[Case] = &[$(Case::$case),*];

            /// The rules that have it.
            pub fn rules(self) -> &'static [Rule] {
                match self { $(Case::$case => &[$(Rule::$rule),+]),* }
            }

            /// When it is the case: the end of a sentence.
            pub fn when(self) -> &'static str {
                match self { $(Case::$case => $when),* }
            }
        }
    };
}

cases! {
AnswerWithoutContent [S009 S010]
    "the message without content is the assistant's"
TurnWithoutContent [S009 S010]
    "the message without content is a user's or a tool result"
ScalarContent [S011]
    "the content is a number or a boolean"
FunctionCall [S018]
    "the message has function_call"
FunctionRole [S018]
    "the message has role function"
ToolAlias [S008]
    "the role is an alias of tool"
EmptyParts [P001]
    "the array has no part"
PartIsText [P001]
    "the part is a string"
UntypedText [P001]
    "the part has a text but no known type"
SystemImage [P004]
    "the message is a system message"
RefusalBeside [P008]
    "the refusal stands beside other parts"
CallsType [F001]
    "tool_calls is no array, or a call no object"
CallsOutside [F001]
    "the calls stand in a message of another role"
CallKey [F001]
    "function.name of a call is missing or no string"
FlatCall [F001]
    "name and arguments stand in the call itself"
NoFunction [F001]
    "the call has no function"
NoArguments [F001]
    "the call has no arguments"
UnreadRefusal [S009 S010]
    "the message has a refusal, which the target does not read"
SystemWithoutContent [S010]
    "the message is a system message"
TextNumber [P002]
    "the text is a number"
TextNull [P002]
    "the text is null"
CallId [F001]
    "id or type of a call is missing or of another type"
ResultBehindUser [F008]
    "the result directly follows a user message, or opens the list"
AnswerArray [S011]
    "the content of an assistant message is an array"
NotAnEmptyAnswer [S012]
    "the content is not an assistant's empty string"
NullWeight [S016]
    "the null is that of weight"
NullKey [S016]
    "the null is that of any other key that the target's schema types"
NameType [S017]
    "the name is no string"
MessagesString [S019]
    "messages is the string"
ToolsString [S019]
    "tools is the string"
AudioOrFile [P001]
    "the part is sound or a file"
EmptyCalls [F001]
    "tool_calls is an empty array"
BadArguments [F002]
    "the arguments are neither string nor object, or a string that holds no object and nothing that encoding it again would escape"
ToolType [F013]
    "tools, or one of them, is no object at all"
DuplicateTool [F013]
    "two tools have one name"
NullDescription [F013]
    "the description is null"
ThinkingWithCalls [F016]
    "the message has thinking too"
WeightedImage [L002]
    "the message has an image and weight 1"
EmptyAnswer [Q001]
    "an answer list is empty"
OddAnswer [Q001]
    "an answer list holds another number of messages than one, or not the assistant's"
PromptEndsInAssistant [Q002]
    "the prompt ends in an assistant message"
PromptEndsElsewhere [Q002]
    "the prompt ends in any other message but a question"
ContentArray [S011]
    "the content is an array"
DoubtfulRole [S007]
    "the target may or may not take the role"
RivalInCompany [S015]
    "completion or chosen is among the other keys"
OwnToken [C001]
    "the token is of the target's own family"
ExactTokens [L007]
    "the tokens are counted exactly"
ContentForm [X001 X002]
    "the content of a message is here a string, there an array"
}
