//! Unix filters for chat fine-tuning data, and the library under them.
//!
//! A dataset is JSONL: one record a line, `{"messages":[{"role":...,"content":...}, ...]}`. Every tool
//! reads records from files or standard input and writes the ones it keeps byte for byte.
//!
//! The floors, from the top; each uses only those below it:
//!
//! | floor | modules | what it knows |
//! |---|---|---|
//! | tools | `validate`, `dedup`, `stats`, `split`, `generate` | options, data flow, what to report |
//! | user | `cli` | common options, exit status, messages, colour |
//! | knowledge | `rules`, `similar`, `measure`, `quality`, `tokens` | what is wrong with a record and how to mend it; equal and alike records; counts that can be put together; what makes chat data bad; token counts and chat templates |
//! | record | `record` | what a line means: values with their byte spans, messages |
//! | bytes | `stream` | inputs, blocks of whole lines, ordered parallel map, outputs, signals |
//! | trouble | `error` | the one error type |

pub mod cli;
pub mod dedup;
pub mod error;
pub mod generate;
pub mod measure;
pub mod quality;
pub mod record;
pub mod rules;
pub mod similar;
pub mod split;
pub mod stats;
pub mod stream;
pub mod tokens;
pub mod validate;
