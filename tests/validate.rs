//! chatml-validate as its users meet it: a process with arguments, streams and an exit status.

mod check;
mod filter;
mod fix;
mod input;
mod sharegpt;
