//! Models as backends: who is asked, how a request travels, and what becomes of its faults.
//!
//! A model is slow, costs money and fails in many ways, and whoever makes a data set meets all of them. So the rest of
//! the tool knows one thing only, the [`Carrier`]: it takes a [`Request`] and gives an [`Answer`] or says in a
//! [`Refusal`] why there is none. What lies between stands here, apart from everything that knows what the request
//! is about:
//!
//! ```text
//! carrier   the backends of a plan in order; the next one takes over when one is given up; budget
//!   line    one backend: asks again after what may pass, waits, adapts, gives up (asking: what goes with a request)
//!     class      what a fault means: ONE table                  classify: from a status and a body to a class
//!     gate       who may send now: slots, pace, pauses          bucket, spacing of requests and tokens
//!     breaker    when a backend is worth no more requests       backoff, how long to wait
//!     openai     a server: body, HTTP, answer as stream         body, wire, sse, reply, habits
//!     command    a program                                      child
//!     replay     recorded answers
//! ```
//!
//! A request that was answered in part is never taken for one that was answered: a stream without its end, an
//! answer cut off at the limit, a chunk that is no JSON are faults.

mod address;
mod answer;
mod asking;
mod backoff;
mod body;
mod breaker;
mod bucket;
mod carrier;
mod child;
mod class;
mod classify;
mod clock;
mod command;
mod fault;
mod gate;
mod habits;
mod keys;
mod line;
mod openai;
mod replay;
mod reply;
mod request;
mod roots;
mod sse;
mod tally;
mod wire;

pub use answer::{Answer, GivenUp, Lost, Refusal, Usage};
pub use body::batch_body;
pub use carrier::{Carrier, Settings};
pub use class::{Action, Class};
pub use clock::Clock;
pub use keys::Keys;
pub use request::{Id, Request, Role, Shape, hex};
pub use roots::VARIABLE as ROOTS;
pub use tally::{Event, Tally};
